import contextlib
import hashlib
import io
import json
import os
import pathlib
import tempfile
import unittest
import unittest.mock
import wave

import spool

SESSION = "0190aa5e-1b2c-4d3e-8f90-a1b2c3d4e5f6"


def block(sequence, samples=b"\x01\x00" * 480, **more):
    fields = {"endpoint": "http://h/in", "content-type": "audio/L16; rate=48000; channels=1", "meeting": "RM_1", "participant": "Zo%C3%AB",
              "track": "TR_1", "session": SESSION, "sequence": sequence, "sample": sequence * 480, "samples": 480, "utc-ns": 1, "rate": 48000,
              "channels": 1, "created-ns": 1, "attempts": 3, "reason": "HTTP 503", "bytes": len(samples),
              "sha256": hashlib.sha256(samples).hexdigest(), **more}
    return spool.MAGIC + "".join(f"{n}: {v}\n" for n, v in fields.items()).encode() + b"\n" + samples


def name(sequence):
    return f"{1:016}-{SESSION}-{7:016x}-{sequence:012}.block"


class Spool(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.directory = pathlib.Path(temporary.name)
        for folder in ("dead", "retry"):
            (self.directory / folder).mkdir()

    def run_tool(self, *arguments):
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = spool.main([*arguments, str(self.directory)])
        return status, out.getvalue(), err.getvalue()

    def put(self, sequence, folder=".", **more):
        (self.directory / folder / name(sequence)).write_bytes(block(sequence, **more))

    def test_lists_blocks_in_the_order_of_delivery(self):
        for sequence in (2, 0, 1):
            self.put(sequence)
        status, out, _ = self.run_tool("list", "--json")
        rows = json.loads(out)
        self.assertEqual(status, 0)
        self.assertEqual([row["sequence"] for row in rows], [0, 1, 2])
        self.assertEqual((rows[0]["participant"], rows[0]["attempts"], rows[0]["key"]), ("Zoë", 3, f"{SESSION}-0"))
        self.assertIn("3 blocks", self.run_tool("list")[1])

    def test_names_cannot_reach_the_terminal_as_control_characters(self):
        self.put(0, meeting="%1B[2J")
        self.assertNotIn("\x1b", self.run_tool("list")[1])

    def test_tells_what_is_not_readable_and_goes_on(self):
        self.put(0)
        self.put(1)
        os.truncate(self.directory / name(1), 700)
        (self.directory / name(2)).symlink_to(self.directory / name(0))
        (self.directory / name(3)).mkdir()
        (self.directory / name(4)).write_bytes(b"")
        status, out, err = self.run_tool("list", "--json")
        self.assertEqual(status, 1)
        self.assertEqual(len(json.loads(out)), 1)
        self.assertEqual(len(err.splitlines()), 4)

    def test_names_file_and_track_of_what_is_not_whole(self):
        self.put(1)
        os.truncate(self.directory / name(1), 700)
        (self.directory / name(2)).write_bytes(b"")
        (self.directory / "bad").mkdir()
        self.put(3, "bad", track="TR_%1B3")
        os.truncate(self.directory / "bad" / name(3), 700)
        for command in (["list"], ["export", "--output", str(self.directory / "out")]):
            status, _, err = self.run_tool(*command)
            self.assertEqual(status, 1)
            self.assertEqual(err.splitlines(), [
                f"tools/spool: {self.directory / name(1)}: cut or changed; block 1 of the track TR_1 of the meeting RM_1",
                f"tools/spool: {self.directory / name(2)}: not a block of a version that is known; block 2 of the start {SESSION}",
                f"tools/spool: {self.directory / 'bad' / name(3)}: put aside: cut or changed; block 3 of the track TR_?3 of the meeting RM_1"])

    def test_a_file_is_no_block_of_another_start_or_number_than_its_name_says(self):
        self.put(0, session="../../../../tmp/x")
        (self.directory / name(1)).write_bytes(block(2))
        status, _, err = self.run_tool("export", "--output", str(self.directory / "out"))
        self.assertEqual(status, 1)
        self.assertEqual([line.split(": ")[2].split(";")[0] for line in err.splitlines()], 2 * ["not the block that its name says"])
        self.assertEqual(os.listdir(self.directory / "out"), [])

    def test_a_disk_that_gives_an_error_is_told_with_the_file(self):
        self.put(0)
        with unittest.mock.patch("os.fstat", side_effect=OSError(5, "Input/output error")):
            status, _, err = self.run_tool("list")
        self.assertEqual(status, 1)
        self.assertIn(f"{self.directory / name(0)}: Input/output error", err)

    def test_puts_dead_letters_of_a_track_back(self):
        self.put(0, "dead")
        self.put(1, "dead", track="TR_2")
        (self.directory / "dead" / (name(0) + ".answer")).write_text("status: 422\n")
        self.assertEqual(self.run_tool("retry", "--track", "TR_1")[0], 0)
        self.assertEqual(spool.names(self.directory / "retry"), [name(0)])
        self.assertEqual(sorted(os.listdir(self.directory / "dead")), [name(1)])

    def test_exports_a_file_for_every_run_of_blocks(self):
        for sequence in (0, 1, 3):
            self.put(sequence)
        target = self.directory / "out"
        self.assertEqual(self.run_tool("export", "--output", str(target))[0], 0)
        lengths = sorted(wave.open(str(path)).getnframes() for path in target.iterdir())
        self.assertEqual(lengths, [480, 960], "the hole is between two files")
        self.assertEqual(self.run_tool("export", "--output", str(target))[0], 1, "nothing is overwritten")

    def test_a_missing_directory_is_a_wrong_call(self):
        self.directory = self.directory / "none"
        self.assertEqual(self.run_tool("list")[0], 2)


if __name__ == "__main__":
    unittest.main()
