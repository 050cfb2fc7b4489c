"""tools/verify and blocks that are said to wait in the spool, or to be dead letters."""
import contextlib
import hashlib
import io
import json
import unittest
import unittest.mock

from verifiedmeeting import BLOCK, FRAME, RATE, Meeting, verify


class Spooled(Meeting):
    """The last block, with one of audio that is what was cut, is said to be spooled."""

    def setUp(self):
        super().setUp()
        self.key = "01234567-89ab-cdef-0123-456789abcdef-23"
        self.change("state", 23, state="spooled", key=self.key, reason="HTTP 503")
        self.payload = self.audio[23_000 * FRAME:]

    def keep(self, folder=".", payload=None, **changed):
        payload = self.payload if payload is None else payload
        fields = {"session": self.key[:36], "sequence": 23, "sample": 23_000, "samples": BLOCK, "utc-ns": 0, "rate": RATE, "channels": 2,
                  "created-ns": 1, "attempts": 1, "content-type": "audio/L16", "bytes": len(payload),
                  "sha256": hashlib.sha256(payload).hexdigest(), **changed}
        path = self.root / "spool" / folder / f"{'1' * 16}-{self.key[:36]}-{'a' * 16}-{23:012d}.block"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"live-meeting-block 1\n" + "".join(f"{n}: {v}\n" for n, v in fields.items()).encode() + b"\n" + payload)
        return path

    def states(self):
        return json.loads(self.verify("--json")[1])["tracks"][0]["states"]

    def later(self, state, key=None):
        path = self.ledger.parent / "late" / "states.jsonl"
        path.parent.mkdir(exist_ok=True)
        with path.open("a") as file:
            file.write(json.dumps({"line": "late-state", "time": "t", "state": state, "key": key or self.key}) + "\n")

    def test_is_proven_by_a_file_with_the_same_audio(self):
        self.keep()
        self.assertEqual(self.problems(), [])
        self.assertEqual(self.states(), {"acknowledged": 23, "spooled": 1})

    def test_is_not_believed_without_the_file(self):
        self.assertRegex(self.problems()[0], r"^block 23 \[23000, 24000\) of TR_1 is spooled, and \*-0.*-000000000023.block is not in ")

    def test_that_left_without_a_word_when_the_daemon_was_killed_may_not_have_arrived(self):
        self.lines = self.lines[:-1]
        self.write()
        self.assertEqual(self.problems(), [])
        self.assertEqual(self.states(), {"acknowledged": 23, "lost": 1})

    def test_a_file_that_is_not_what_was_cut_is_found_out(self):
        self.keep(payload=bytes(reversed(self.payload)))
        self.assertRegex(self.problems()[0], "is not what was cut")
        self.keep(sample=22_000)
        self.assertRegex(self.problems()[0], "is not what was cut")
        path = self.keep()
        path.write_bytes(path.read_bytes()[:-1])
        self.assertRegex(self.problems()[0], f"of TR_1 is spooled, and {path} is not whole: cut or changed")

    def test_a_file_that_cannot_be_read_is_named_with_its_track(self):
        path = self.keep()
        path.unlink()
        path.symlink_to(self.ledger)
        self.assertRegex(self.problems()[0], f"of TR_1 is spooled, and {path} is not whole: ")
        with unittest.mock.patch("os.open", side_effect=OSError(5, "Input/output error")):
            self.assertRegex(self.problems()[0], f"of TR_1 is spooled, and {path} is not whole: Input/output error")

    def test_a_file_that_the_daemon_put_aside_is_named_with_its_track(self):
        path = self.keep("bad")
        self.assertEqual(self.problems(), [f"block 23 [23000, 24000) of TR_1 is spooled, and {path} was put aside, because it is no whole block"])

    def test_a_spool_that_cannot_be_looked_at_proves_nothing(self):
        (self.root / "spool").write_text("no directory")
        self.lines = self.lines[:-1]
        self.write()
        problems = self.problems()
        self.assertRegex(problems[0], r"of TR_1 is spooled, and \*-.*.block is not in ")
        self.assertRegex(problems[1], "the spool cannot be looked at whole: .*Not a directory")

    def test_a_file_that_goes_to_another_folder_meanwhile_is_found_there(self):
        path = self.keep()
        look = verify.recordedtrack.KeptBlocks._later

        def moved(kept):
            if path.exists():
                path.rename(self.keep("dead"))
            return look(kept)
        with unittest.mock.patch.object(verify.recordedtrack.KeptBlocks, "_later", moved):
            self.assertEqual(self.states(), {"acknowledged": 23, "dead-lettered": 1})

    def test_without_a_spool_it_says_that_there_is_none(self):
        with unittest.mock.patch.object(verify.settings, "directory", lambda _: None):
            options = ["--ledger", str(self.root / "ledger"), "--recordings", str(self.root / "recordings"), "RM_1"]
            with contextlib.redirect_stdout(io.StringIO()) as out:
                self.assertEqual(verify.main(options), 1)
        self.assertIn("of TR_1 is spooled, and no spool is looked at: IMENTIV_SPOOL_DIR is none", out.getvalue())

    def test_the_directory_says_whether_it_waits_or_is_dead(self):
        self.keep("dead")
        self.assertEqual(self.problems(), [])
        self.assertEqual(self.states(), {"acknowledged": 23, "dead-lettered": 1})

    def test_a_delivery_after_the_track_is_the_last_word(self):
        self.later("dead-lettered")
        self.later("delivered-from-spool", "another")
        self.assertRegex(self.problems()[0], "not in ")
        self.later("delivered-from-spool")
        self.assertEqual(self.problems(), [])
        self.assertEqual(self.states(), {"acknowledged": 23, "delivered-from-spool": 1})


if __name__ == "__main__":
    unittest.main()
