"""A meeting on disk, whole, and what tools/verify says of it."""
import contextlib
import importlib.machinery
import importlib.util
import io
import json
import pathlib
import random
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
