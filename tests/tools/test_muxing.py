"""Where the tracks of a participant begin in one file, from what their ledgers say."""
import json
import pathlib
import tempfile
import unittest

import ledgers
import muxing

UTC = "2026-01-02T03:04:{:06.3f}Z"


class Muxing(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.root = pathlib.Path(directory.name)
        (self.root / "ledger").mkdir()

    def track(self, name, *parts, channels=2, extension="wav"):
        """`parts`: (second of the minute, samples or None while it is open)."""
        rate = 48000 if channels else 1000
        lines = [{"line": "track", "n": 0, "time": UTC.format(0), "participant": "ann", "trackId": name, "channels": channels, "file": ""}]
        for number, (second, samples) in enumerate(parts, 1):
            file = self.root / f"{name}-{number}.{extension}"
            file.touch()
            file.with_suffix(".mkv").touch()
            part = {"part": number, "file": str(file), "utc": UTC.format(second), "rate": rate, "channels": channels}
            lines.append({"line": "part", **part, "utc": UTC.format(second + 0.2)})  # not yet corrected
            if samples is not None:
                lines.append({"line": "part-closed", **part, "samples": samples})
        path = self.root / "ledger" / f"{name}.jsonl"
        path.write_text("".join(json.dumps(line) + "\n" for line in lines) + '{"line":"end')
        return muxing.Track(ledgers.read(path), self.root, self.root)

    def command(self, *tracks):
        return " ".join(muxing.command(tracks, "title", "out.mkv"))

    def test_a_later_track_is_shifted_by_the_samples_that_it_is_late(self):
        command = self.command(self.track("a", (1, 48000)), self.track("b", (1.25, 48000)))
        self.assertIn("[0:a:0]adelay=delays=0S:all=1", command)
        self.assertIn("[1:a:0]adelay=delays=12000S:all=1", command)

    def test_pictures_are_shifted_and_copied(self):
        command = self.command(self.track("a", (1, 48000)), self.track("v", (1.5, 900), channels=0, extension="ivf"))
        self.assertRegex(command, r"-itsoffset 0\.500 -i file:\S+v-1\.mkv")
        self.assertIn("-c:v copy", command)

    def test_sound_behind_earlier_pictures_begins_with_silence(self):
        command = self.command(self.track("a", (2, 48000)), self.track("v", (1, 900), channels=0, extension="h264"))
        self.assertIn("adelay=delays=48000S", command)
        self.assertIn("-itsoffset 0.000", command)

    def test_parts_follow_each_other_to_the_sample_where_the_clock_agrees(self):
        track = self.track("a", (1, 48011), (2.001, 480))
        self.assertEqual(track.pieces[1].start, track.pieces[0].end)
        apart = self.track("b", (1, 48000), (3, 480))
        self.assertEqual(apart.pieces[1].start - apart.pieces[0].start, 2)

    def test_what_will_be_missing_is_said(self):
        track = self.track("a", (1, 480), (2, None))
        self.assertEqual(track.notes, ["a-2.wav was not closed: the track is still running, or the daemon was killed"])
        (self.root / "a-1.wav").unlink()
        track = muxing.Track(ledgers.read(self.root / "ledger" / "a.jsonl"), self.root, self.root)
        self.assertRegex(track.notes[0], r"a-1\.wav is not there")

    def test_a_movie_that_ended_early_is_said(self):
        self.track("v", (1, 900), channels=0, extension="ivf")
        path = self.root / "ledger" / "v.jsonl"
        path.write_text(json.dumps({"line": "movie-ended", "file": "x/v-1.mkv", "reason": "the disk is full"}) + "\n" + path.read_text())
        track = muxing.Track(ledgers.read(path), self.root, self.root)
        self.assertRegex(track.notes[0], r"^v-1\.mkv ends early \(the disk is full\): .* bytestream")


if __name__ == "__main__":
    unittest.main()
