"""tools/verify and tracks whose sockets named no meeting: before, while and after they go to it."""
import contextlib
import io
import json
import unittest
import unittest.mock

from verifiedmeeting import RATE, Meeting, verify


class OnItsWay(Meeting):
    """A track whose socket named no meeting: made in the folder of its room, RM_1 is where it goes."""

    def setUp(self):
        super().setUp()
        self.room = self.root / "recordings" / "r", self.root / "ledger" / "r" / "a.jsonl"
        for path in (self.room[0], self.room[1].parent):
            path.mkdir(parents=True)
        self.lines[0]["meetingId"] = ""
        for line in self.lines:
            if "file" in line:
                line["file"] = line["file"].replace("/RM_1/", "/r/")

    def arrange(self, said, files, ledger):
        """What has been done: the line, how many of two files, the ledger."""
        self.write(self.lines + [{"line": "meeting", "meetingId": "RM_1"}] * said)
        for name in ["a.wav", "a-part2.wav"][files:]:
            (self.recordings / name).rename(self.room[0] / name)
        if not ledger:
            self.ledger.rename(self.room[1])

    def test_is_proven_wherever_the_move_was_interrupted(self):
        for said, files, ledger in [(True, 0, False), (True, 1, False), (True, 2, False), (True, 2, True), (False, 1, False)]:
            for meeting in ("RM_1", "r"):
                with self.subTest(said=said, files=files, ledger=ledger, meeting=meeting):
                    self.doCleanups()
                    self.setUp()
                    self.beside()
                    self.arrange(said, files, ledger)
                    status, text = self.verify("--json", meeting=meeting)
                    answer = json.loads(text)
                    self.assertEqual([(t["name"], t["problems"]) for t in answer["tracks"] if "TR_1" in t["name"]], [("ann · TR_1", [])])
                    self.assertEqual((status, answer["unknownRecordings"], answer["stillElsewhere"]), (0, [], []))

    def beside(self, time="2026-01-01T00:00:00.000Z"):
        """An empty track of the meeting, whose socket named it."""
        file = str(self.recordings / "b.wav")
        lines = [{"line": "track", "track": "u", "trackId": "TR_2", "room": "r", "meetingId": "RM_1", "participant": "zoe", "rate": RATE,
                  "channels": 2, "file": file, "sends": True, "normalizes": False},
                 {"line": "received", "samples": 0, "bytes": 0}, {"line": "recorded", "samples": 0, "skipped": 0, "parts": 0},
                 {"line": "end", "outcome": "ok", "message": ""}]
        text = "".join(json.dumps({"n": n, "time": time, **line}) + "\n" for n, line in enumerate(lines))
        (self.root / "ledger" / "RM_1" / "b.jsonl").write_text(text)

    def test_before_it_is_of_a_meeting_none_is_proven_without_it(self):
        self.beside()
        self.arrange(False, 0, False)
        status, text = self.verify()
        self.assertEqual(status, 1, text)
        self.assertIn("1 tracks of the room 'r' are of no meeting yet and may be of this one", text)
        self.assertIn(str(self.room[1]), text)
        self.assertIn("1 of 2 tracks proven", text)
        answer = json.loads(self.verify("--json")[1])
        self.assertEqual((answer["proven"], answer["stillElsewhere"]), (False, [str(self.room[1])]))
        status, text = self.verify("r")
        self.assertEqual(status, 0, "both were looked at: " + text)

    def test_of_another_day_it_is_no_question(self):
        self.arrange(False, 0, False)
        for time in ("2025-12-30T23:59:00.000Z", "2026-01-02T00:01:00.000Z"):
            self.beside(time)
            self.assertEqual(self.verify()[0], 0, time)

    def test_it_may_be_of_the_meeting_of_its_room_that_is_nearest(self):
        self.arrange(False, 0, False)
        self.beside("2026-01-01T08:00:00.000Z")
        self.assertEqual(self.verify()[0], 1)
        other = self.root / "ledger" / "RM_0" / "c.jsonl"
        other.parent.mkdir()
        text = (self.root / "ledger" / "RM_1" / "b.jsonl").read_text()
        other.write_text(text.replace("RM_1", "RM_0").replace("T08:", "T01:"))
        self.assertEqual((self.verify()[0], self.verify(meeting="RM_0")[0]), (0, 1))

    def test_a_ledger_that_moves_while_it_is_looked_at_is_looked_at_again(self):
        self.arrange(True, 2, False)
        class Late(verify.recordedtrack.RecordedTrack):
            def _read(track):
                if self.room[1].exists():
                    self.room[1].rename(self.ledger)
                super()._read()
        with unittest.mock.patch.object(verify.recordedtrack, "RecordedTrack", Late):
            status, text = self.verify()
        self.assertEqual(status, 0, text)
        self.assertIn("1 of 1 tracks proven", text)

    def test_a_meeting_without_a_ledger_says_that_tracks_wait_for_theirs(self):
        self.arrange(False, 0, False)
        with contextlib.redirect_stderr(io.StringIO()) as err:
            self.assertEqual(verify.main(["--ledger", str(self.root / "ledger"), "RM_9"]), 2)
        self.assertIn("1 tracks are of no meeting yet", err.getvalue())


if __name__ == "__main__":
    unittest.main()
