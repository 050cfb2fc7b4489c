"""tools/verify against ledgers that are whole, and against every way in which they could not be."""
import contextlib
import hashlib
import importlib.machinery
import importlib.util
import io
import json
import pathlib
import random
import subprocess
import tempfile
import unittest
import wave

import xxh3

TOOL = pathlib.Path(__file__).resolve().parents[2] / "tools" / "verify"
SPEC = importlib.util.spec_from_loader("verify", importlib.machinery.SourceFileLoader("verify", str(TOOL)))
verify = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(verify)
RATE, FRAME = 8000, 4
BLOCK = 1000


class Meeting(unittest.TestCase):
    """Three seconds of stereo noise in blocks; 500 frames from 10,000 on were not recorded, in the last two thousandths."""

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.root = pathlib.Path(directory.name)
        self.recordings, self.ledger = self.root / "recordings" / "RM_1", self.root / "ledger" / "RM_1" / "a.jsonl"
        for path in (self.recordings, self.ledger.parent):
            path.mkdir(parents=True)
        self.audio = random.Random(1).randbytes(24_000 * FRAME)
        self.lines = self.whole()
        self.write()

    def file(self, name, begin, end):
        path = self.recordings / name
        with wave.open(str(path), "wb") as file:
            file.setparams((2, 2, RATE, 0, "NONE", ""))
            file.writeframes(self.audio[begin * FRAME:end * FRAME])
        return {"file": str(path), "sample": begin, "rate": RATE, "channels": 2}

    def whole(self):
        first, second = self.file("a.wav", 0, 10_000), self.file("a-part2.wav", 10_500, 24_000)
        lines = [{"line": "track", "version": 1, "track": "t", "trackId": "TR_1", "room": "r", "meetingId": "the meeting",
                  "participant": "ann", "rate": RATE, "channels": 2, "file": first["file"], "sends": True, "normalizes": False},
                 {"line": "part", "part": 1, **first}]
        for sequence in range(24):
            at = sequence * BLOCK
            place = {"sequence": sequence, "sample": at, "samples": BLOCK}
            lines.append({"line": "block", **place, "bytes": BLOCK * FRAME, "rate": RATE, "channels": 2, "gain": 1.0,
                          "hash": xxh3.hex128(self.audio[at * FRAME:(at + BLOCK) * FRAME]), "reason": "duration"})
            lines.append({"line": "state", "state": "acknowledged", **place, "key": f"k-{sequence}"})
            if sequence == 10:
                lines += [{"line": "part-closed", "part": 1, "samples": 10_000, **first},
                          {"line": "paused", "sample": 10_000, "reason": "disk full"},
                          {"line": "skipped", "branch": "recording", "sample": 10_000, "samples": 500, "reason": "disk full"},
                          {"line": "part", "part": 2, **second}]
        return lines + [{"line": "received", "samples": 24_000, "bytes": 96_000},
                        {"line": "part-closed", "part": 2, "samples": 13_500, **second},
                        {"line": "recorded", "samples": 23_500, "skipped": 500, "parts": 2},
                        {"line": "end", "outcome": "ok", "message": ""}]

    def write(self, lines=None, number=True):
        lines = self.lines if lines is None else lines
        if number:
            lines = [{"n": n, "time": "2026-01-01T00:00:00.000Z", **line} for n, line in enumerate(lines)]
        self.ledger.write_text("".join(json.dumps(line) + "\n" for line in lines))

    def numbered(self):
        return [json.loads(line) for line in self.ledger.read_text().splitlines()]

    def verify(self, *arguments, meeting="RM_1"):
        """(exit status, standard output)"""
        with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()):
            status = verify.main(["--ledger", str(self.root / "ledger"), "--recordings", str(self.root / "recordings"), "--spool", str(self.root / "spool"),
                                  *map(str, arguments), meeting])
        return status, out.getvalue()

    def problems(self):
        status, text = self.verify("--json")
        answer = json.loads(text)
        self.assertEqual(status, 0 if answer["proven"] else 1)
        return [p for track in answer["tracks"] for p in track["problems"]] + answer["unknownRecordings"]

    def change(self, kind, index=0, **fields):
        chosen = [line for line in self.lines if line["line"] == kind][index]
        chosen.update(fields)
        self.write()


class Proven(Meeting):
    def test_a_whole_ledger_with_a_pause_is_proven(self):
        status, text = self.verify()
        self.assertEqual(status, 0, text)
        self.assertIn("received 24000 = recorded 23500 + skipped 500 frames", text)
        self.assertIn("1 of 1 tracks proven", text)

    def test_a_meeting_is_found_by_its_id_too(self):
        self.assertEqual(self.verify(meeting="the meeting")[0], 0)

    def test_moved_recordings_are_found(self):
        elsewhere = self.root / "elsewhere"
        (self.root / "recordings").rename(elsewhere)
        self.assertEqual(self.verify("--recordings", elsewhere)[0], 0)

    def move(self):
        """To a meeting that became known after the socket, from the folder of the room."""
        self.lines[0]["meetingId"] = ""
        for line in self.lines:
            if "file" in line:
                line["file"] = line["file"].replace("/RM_1/", "/r/")
        self.lines.append({"line": "meeting", "meetingId": "the meeting"})
        self.write()

    def test_a_track_that_moved_to_its_meeting_is_found_there(self):
        self.move()
        for meeting in ("RM_1", "the meeting", "r"):
            status, text = self.verify(meeting=meeting)
            self.assertEqual(status, 0, text)
        self.assertEqual(self.verify(meeting="another")[0], 2)

    def test_what_became_of_a_block_of_a_moved_track_is_read_where_the_track_was(self):
        for line in self.lines:
            if line.get("key") == "k-3":
                line["state"] = "spooled"
        self.move()
        self.assertEqual(self.problems(), [f"block 3 [3000, 4000) is spooled, and not in {self.root / 'spool'}"])
        late = self.root / "ledger" / "r" / "late" / "states.jsonl"
        late.parent.mkdir(parents=True)
        late.write_text('{"line":"late-state","state":"delivered-from-spool","key":"k-3"}\n')
        self.assertEqual(self.problems(), [])

    def test_a_moved_track_that_a_kill_cut_is_found_by_the_name_it_was_to_have(self):
        self.lines = self.lines[:1]
        self.move()
        (self.recordings / "a-part2.wav").unlink()
        status, text = self.verify()
        self.assertEqual(status, 0, text)
        self.assertIn("received 10000 = recorded 10000", text)

    def test_a_block_that_was_given_up_with_a_reason_is_accounted_for_and_said(self):
        self.change("state", 3, state="failed", reason="timeout")
        status, text = self.verify()
        self.assertEqual(status, 0, text)
        self.assertIn("block 3 [3000, 4000) was not delivered (timeout)", text)

    def test_what_became_of_a_spooled_block_after_its_track_is_read_beside_it(self):
        for line in self.lines:
            if line.get("key") in ("k-3", "k-4"):
                line["state"] = "spooled"
        self.write()
        late = self.ledger.parent / "late" / "states.jsonl"
        late.parent.mkdir()
        state = {"line": "late-state", "participant": "ann", "trackId": "TR_1", "sequence": 3, "sample": 3000, "samples": BLOCK}
        lines = [{**state, "state": "delivered-from-spool", "key": "k-3"}, {**state, "state": "dead-lettered", "key": "another's"}]
        late.write_text("".join(json.dumps(line) + "\n" for line in lines) + '{"line":"late-st')
        [track] = json.loads(self.verify("--json")[1])["tracks"]
        self.assertEqual(track["states"], {"acknowledged": 22, "delivered-from-spool": 1, "spooled": 1})

    def test_what_a_muted_track_left_out_has_no_place_in_it(self):
        self.lines.insert(5, {"line": "skipped", "branch": "source", "sample": 3_000, "samples": 96_000, "reason": "muted"})
        self.write()
        status, text = self.verify()
        self.assertEqual(status, 0, text)
        self.assertIn("96000 frames were left out before 3000: muted", text)

    def test_a_block_that_was_silence_and_not_sent_is_accounted_for(self):
        self.audio = self.audio[:3_000 * FRAME] + bytes(1_000 * FRAME) + self.audio[4_000 * FRAME:]
        self.lines = self.whole()
        self.change("state", 3, state="skipped", reason="silence")
        status, text = self.verify()
        self.assertEqual(status, 0, text)
        self.assertIn("23 acknowledged, 1 skipped", text)

    def test_a_ledger_that_a_kill_cut_is_completed_from_the_recording(self):
        self.lines = self.lines[:-4]
        last = next(i for i in reversed(range(len(self.lines))) if self.lines[i]["line"] == "block")
        del self.lines[last + 1:]  # its end is not known
        del self.lines[last - 2:last]  # the block before it was never written
        self.lines.insert(last - 2, self.lines.pop())
        self.lines[-1].update(sequence=22, sample=22_000, hash=xxh3.hex128(self.audio[22_000 * FRAME:23_000 * FRAME]))
        self.write()
        self.ledger.write_text(self.ledger.read_text() + '{"n": 99, "li')
        status, text = self.verify()
        self.assertEqual(status, 0, text)
        self.assertIn("(killed, 3.000 s)", text)
        self.assertIn("[23000, 24000) is in the recording and was in no block", text)
        self.assertIn("block 22 [22000, 23000) was under way when the daemon was killed", text)


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
        self.assertRegex(self.problems()[0], r"^block 23 \[23000, 24000\) is spooled, and not in ")

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
        self.assertRegex(self.problems()[0], "is not whole: cut or changed")

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


class Corrected(Meeting):
    """One channel was declared, and 8,000 frames were counted so before it was found out."""

    def whole(self):
        part = self.file("a.wav", 0, 24_000)
        lines = [{"line": "track", "version": 1, "track": "t", "trackId": "TR_1", "room": "r", "meetingId": "the meeting",
                  "participant": "ann", "rate": RATE, "channels": 1, "file": part["file"], "sends": True, "normalizes": False},
                 {"line": "part", "part": 1, **part, "channels": 1}]
        # The second stereo block has a place that a mono one had.
        cuts = [(at, 2000, 1) for at in range(0, 8000, 2000)] + [(at, 2000, 2) for at in range(4000, 24_000, 2000)]
        states = []
        for sequence, (at, size, channels) in enumerate(cuts):
            if sequence == 4:
                lines += [{"line": "gap", "sample": 6000, "samples": 400, "durationNs": 1, "unfilledNs": 0},
                          {"line": "format", "sample": 4000, "rate": RATE, "channels": 1, "measuredRate": RATE, "measuredChannels": 2,
                           "corrected": True, "reason": "twice the bytes"}]
            place = {"sequence": sequence, "sample": at, "samples": size}
            audio = self.audio[at * channels * 2:(at + size) * channels * 2]
            lines.append({"line": "block", **place, "bytes": len(audio), "rate": RATE, "channels": channels, "gain": 1.0,
                          "hash": xxh3.hex128(audio), "reason": "duration"})
            states.append({"line": "state", "state": "acknowledged", **place, "key": f"k-{sequence}"})
        return lines + states + [{"line": "received", "samples": 24_000, "bytes": 96_000},
                                 {"line": "part-closed", "part": 1, "samples": 24_000, **part},
                                 {"line": "recorded", "samples": 24_000, "skipped": 0, "parts": 1},
                                 {"line": "end", "outcome": "ok", "message": ""}]

    def test_is_proven_in_frames_of_the_true_format(self):
        self.assertEqual(self.problems(), [])
        track = json.loads(self.verify("--json")[1])["tracks"][0]
        self.assertEqual((track["received"], track["hashed"], track["filled"]), (24_000, 14, 200))

    def test_without_the_line_about_it_nothing_fits(self):
        self.lines = [line for line in self.lines if line["line"] != "format"]
        self.write()
        self.assertTrue(self.problems())


class NotProven(Meeting):
    def test_every_line_but_the_last_is_missed(self):
        lines = self.numbered()
        for removed in range(len(lines) - 1):
            with self.subTest(line=lines[removed]):
                self.write(lines[:removed] + lines[removed + 1:], number=False)
                self.assertTrue(self.problems())

    def test_a_line_that_was_removed_and_the_rest_renumbered_is_missed_when_a_claim_rests_on_it(self):
        for kind in ("part", "part-closed", "skipped", "block", "state", "recorded"):
            with self.subTest(kind):
                index = next(i for i, line in enumerate(self.lines) if line["line"] == kind)
                self.write(self.lines[:index] + self.lines[index + 1:])
                self.assertTrue(self.problems())

    def test_one_changed_bit_of_a_recording_names_the_block(self):
        path = self.recordings / "a-part2.wav"
        data = bytearray(path.read_bytes())
        data[44 + (15_200 - 10_500) * FRAME] ^= 1
        path.write_bytes(data)
        self.assertEqual(self.problems(), ["block 15 [15000, 16000) is not what the recording holds"])

    def test_a_block_that_was_not_sent_as_silence_and_is_sound(self):
        self.change("state", 3, state="skipped", reason="silence")
        self.assertEqual(self.problems(), ["block 3 [3000, 4000) was not sent as silence, and is none"])

    def test_a_shortened_recording(self):
        self.file("a-part2.wav", 10_500, 23_999)
        self.assertTrue(any("nothing covers [23999, 24000)" in p for p in self.problems()))

    def test_a_recording_that_is_gone(self):
        (self.recordings / "a.wav").unlink()
        self.assertTrue(any("cannot be read" in p for p in self.problems()))

    def test_overlapping_ranges(self):
        self.change("skipped", sample=9_999, samples=501)
        self.assertTrue(any("overlaps what ends at 10000" in p for p in self.problems()), self.problems())

    def test_blocks_that_overlap_or_leave_a_hole(self):
        for sample in (4_999, 5_001):
            self.change("block", 5, sample=sample)
            self.assertTrue(any(p.startswith("blocks: ") for p in self.problems()), sample)

    def test_more_was_received_than_the_ranges_say(self):
        self.change("received", samples=24_001)
        self.assertTrue(any("nothing covers [24000, 24001)" in p for p in self.problems()))

    def test_a_recording_that_no_ledger_knows(self):
        self.file("b.wav", 0, 10)
        self.assertEqual([pathlib.Path(p).name for p in self.problems()], ["b.wav"])

    def test_lines_that_are_no_lines(self):
        whole = self.ledger.read_text().splitlines()
        for wrong in ("null", "[]", "{}", "{", '{"n":3,"line":"block"}', '{"n":3,"line":"part","part":"x"}'):
            with self.subTest(wrong):
                self.ledger.write_text("\n".join(whole[:3] + [wrong] + whole[4:]) + "\n")
                self.assertTrue(self.problems())


class Usage(Meeting):
    def test_help(self):
        result = subprocess.run([TOOL, "--help"], capture_output=True, text=True, timeout=120)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertIn("Exit status: 0 all is proven", result.stdout)

    def test_wrong_usage_and_unknown_meetings(self):
        for arguments in ([], ["--nonsense", "x"], ["--ledger", "/nowhere", "RM_1"]):
            result = subprocess.run([TOOL, *arguments], capture_output=True, text=True, timeout=120)
            self.assertEqual((result.returncode, result.stdout), (2, ""), arguments)
        self.assertEqual(self.verify(meeting="..")[0], 2)


if __name__ == "__main__":
    unittest.main()
