"""tools/verify against ledgers that are whole, and against every way in which they could not be."""
import json
import pathlib
import subprocess
import unittest

import xxh3
from verifiedmeeting import BLOCK, FRAME, RATE, TOOL, Meeting


class Proven(Meeting):
    def test_a_whole_ledger_with_a_pause_is_proven(self):
        status, text = self.verify()
        self.assertEqual(status, 0, text)
        self.assertIn("received 24000 = recorded 23500 + skipped 500 frames", text)
        self.assertIn("1 of 1 tracks proven", text)

    def test_who_speaks_cannot_write_the_verdict(self):
        self.change("track", participant="ann\nproven      bob", trackId="\x1b[2J")
        self.change("skipped", reason="full\r\x9b2J")
        text = self.verify()[1]
        self.assertFalse([c for c in text if not c.isprintable() and c != "\n"], text)
        self.assertEqual(sum(line.startswith("proven") for line in text.splitlines()), 1, text)

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
        self.assertEqual(self.problems(), [f"block 3 [3000, 4000) of TR_1 is spooled, and *-k-*-000000000003.block is not in {self.root / 'spool'}"])
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
