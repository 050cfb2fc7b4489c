"""Tracks on one time axis, and ffmpeg that puts them into one file."""
import collections
import datetime
import json
import pathlib
import subprocess
import tempfile

import movedfile
from terminal import printable

SAME = 0.005  # s: what a clock in milliseconds may say of the end of one file and the beginning of the next


class Failed(Exception):
    """What ffmpeg says."""


# Times in seconds of UTC.
Piece = collections.namedtuple("Piece", "start end path rate")


class Track:
    """`pieces`: its files in order; `notes`: what will be missing, for people."""

    def __init__(self, ledger, recordings, videos):
        self.ledger, self.notes = ledger, []
        self.participant = ledger.head.get("participant")
        self.name = printable(ledger.head.get("trackId") or ledger.path.stem)
        self.video = ledger.head.get("channels") == 0
        self.root = videos if self.video else recordings
        self.pieces = []
        for line in self._parts():
            self._add(line)

    def _parts(self):
        """Every file once, as it was closed if it was: then its first sample's time is known best."""
        parts = {}
        with self.ledger.path.open(encoding="utf-8", errors="replace") as file:
            for text in file:
                try:
                    line = json.loads(text)
                    if line["line"] in ("part", "part-closed"):
                        parts[line["part"]] = line
                    elif line["line"] == "movie-ended":
                        self.notes.append(f"{pathlib.PurePath(line['file']).name} ends early ({line['reason']}): what comes later is in "
                                          "the bytestream beside it alone")
                except (ValueError, KeyError, TypeError):
                    continue  # a cut line is tools/verify's business
        return [parts[number] for number in sorted(parts)]

    def _add(self, line):
        try:
            start, rate, samples = seconds(line["utc"]), line["rate"], line.get("samples")
            path = movedfile.find(line["file"], self.root, [self.ledger.path.parent.name], anywhere=True)
        except (KeyError, TypeError, ValueError):
            return self.notes.append(f"part {line.get('part')} has no time and is left out")
        if self.video:
            if self.pieces:
                return self.notes.append(f"{path.name} is left out: its pictures are in no Matroska file")
            path = path.with_suffix(".mkv")
        if not path.is_file():
            return self.notes.append(f"{path} is not there")
        if samples is None:
            self.notes.append(f"{path.name} was not closed: the track is still running, or the daemon was killed")
        if self.pieces and abs(start - self.pieces[-1].end) < SAME:
            start = self.pieces[-1].end
        return self.pieces.append(Piece(start, start + (samples or 0) / rate, path, rate))


def seconds(utc):
    return datetime.datetime.fromisoformat(utc).timestamp()


def command(tracks, title, file):
    """What ffmpeg is told. Sound begins with the file, with silence before its first sample; pictures are shifted."""
    origin = min(track.pieces[0].start for track in tracks)
    inputs, filters, maps, sounds, pictures = [], [], [], 0, 0
    number = 0
    for track in tracks:
        if track.video:
            piece = track.pieces[0]
            inputs += ["-itsoffset", f"{piece.start - origin:.3f}", "-i", f"file:{piece.path}"]
            maps += ["-map", f"{number}:v:0", f"-metadata:s:v:{pictures}", f"title={track.name}"]
            number, pictures = number + 1, pictures + 1
            continue
        labels = ""
        for piece in track.pieces:
            inputs += ["-i", f"file:{piece.path}"]
            filters.append(f"[{number}:a:0]adelay=delays={round((piece.start - origin) * piece.rate)}S:all=1[p{number}]")
            labels += f"[p{number}]"
            number += 1
        filters.append(f"{labels}amix=inputs={len(track.pieces)}:normalize=0:duration=longest[t{sounds}]")
        maps += ["-map", f"[t{sounds}]", f"-metadata:s:a:{sounds}", f"title={track.name}"]
        sounds += 1
    graph = ["-filter_complex", ";".join(filters)] if filters else []
    return ["ffmpeg", "-v", "error", "-nostdin", "-progress", "pipe:1", *inputs, *graph, *maps, "-c:v", "copy", "-c:a", "flac",
            "-sample_fmt", "s16", "-metadata", f"title={title}", "-f", "matroska", f"file:{file}"]


def run(tracks, title, file, told):
    """`told` hears now and then which share is done."""
    length = max(track.pieces[-1].end for track in tracks) - min(track.pieces[0].start for track in tracks)
    with tempfile.TemporaryFile("w+", errors="replace") as said:
        with subprocess.Popen(command(tracks, title, file), stdout=subprocess.PIPE, stderr=said, text=True) as ffmpeg:
            for line in ffmpeg.stdout:
                name, _, value = line.strip().partition("=")
                if name == "out_time_us" and value.isdigit() and length > 0:
                    told(min(0.99, int(value) / 1e6 / length))
        if ffmpeg.returncode != 0:
            said.seek(0)
            raise Failed("ffmpeg could not put the tracks together: " + (said.read().strip().splitlines() or ["it says nothing"])[-1])
    told(1)
