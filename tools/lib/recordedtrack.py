"""A track of the ledger beside what is on disk. Positions are frames from the start of the track; ranges are [from, to)."""
import json
import pathlib
import wave

import movedfile
import videopart
import xxh3
from keptblocks import KeptBlocks
from ledgers import check_fields
from recordedpart import Part

DELIVERED = {"acknowledged", "delivered-from-spool"}
GIVEN_UP = {"failed", "dropped"}
SKIPPED = "skipped"


class RecordedTrack:
    """`problems`: why it is not proven; `notes`: what is accounted for, but somebody may want to know."""

    def __init__(self, ledger, recordings, spool_directory):
        self.ledger, self.recordings, self.spool_directory = ledger, recordings, spool_directory
        self.problems, self.notes = [], []
        self.head, self.parts, self.skipped, self.unanalysed, self.blocks, self.states = {}, [], [], [], [], []
        self.channels = 1  # of the audio, as far as the ledger knows
        self.closed = self.recorded = self.end = None
        self.filled = 0
        self.video = False
        self.files = set()  # every file that the ledger names
        self._read()
        self._place()
        self.state = "ended" if self.end else "running" if any(p.locked() for p in self.parts) else "killed"
        self.received = self._received()
        self.hashed, self.count = 0, {}
        for check in (self._check_recording,) if self.video else \
                (self._check_recording, self._check_blocks, self._check_hashes, self._check_states):
            check()
        if self.state == "running":
            self.problems.append("the track is still running")

    @property
    def name(self):
        who = self.head.get("participant") or "unknown"
        return f"{who} · {self.head.get('trackId') or self.head.get('track') or self.ledger.stem}"

    # Reading

    def _read(self):
        text = self.ledger.read_text(encoding="utf-8", errors="replace")
        lines = text.split("\n")
        torn = lines.pop()
        if torn:
            self.notes.append("the last line of the ledger is cut off")
        for expected, line in enumerate(lines):
            try:
                entry = json.loads(line)
                number, kind = entry["n"], entry["line"]
                if number != expected:
                    self.problems.append(f"line {expected} of the ledger is missing: line {number} stands in its place")
                    return self._take_all(lines)
                self._take(kind, entry)
            except (ValueError, KeyError, TypeError) as error:
                self.problems.append(f"line {expected + 1} of the ledger cannot be read ({type(error).__name__}: {error})")
        if not self.head:
            self.problems.append("the ledger does not say which track it is of")

    def _take_all(self, lines):
        """What there is, of a ledger that is known to be incomplete: for the table."""
        self.__dict__.update(head={}, parts=[], skipped=[], unanalysed=[], blocks=[], states=[], filled=0)
        for line in lines:
            try:
                entry = json.loads(line)
                self._take(entry["line"], entry)
            except (ValueError, KeyError, TypeError):
                continue

    def _take(self, kind, entry):
        check_fields(entry)
        if kind == "track":
            self.head, self.channels, self.video = entry, entry["channels"] or 1, entry["channels"] == 0
        elif kind == "format":
            self._correct(entry)
        elif kind == "part":
            self._open(entry)
        elif kind == "part-closed":
            for part in self.parts:
                if part.number == entry["part"]:
                    part.closed = entry
        elif kind == "movie-ended":
            self.notes.append(f"{pathlib.Path(entry['file']).name} ends early ({entry['reason']}); the bytestream beside it goes on")
        elif kind == "skipped":
            if entry["branch"] == "source":
                self.notes.append(f"{entry['samples']} frames were left out before {entry['sample']}: {entry['reason']}")
                return
            where = self.skipped if entry["branch"] == "recording" else self.unanalysed
            where.append((entry["sample"], entry["sample"] + entry["samples"], entry["reason"]))
        elif kind == "gap":
            self.filled += entry["samples"]
        elif kind == "block":
            self.blocks.append({**entry, "said": (entry["sample"], entry["samples"])})
        elif kind == "state":
            self.states.append(entry)
        elif kind == "received":
            self.closed = entry["samples"]
        elif kind == "recorded":
            self.recorded = entry
        elif kind == "end":
            self.end = entry
        elif kind == "meeting" and self.head and pathlib.Path(self.head["file"]).parent.name == self.ledger.parent.name:
            self.notes.append(f"it goes to the folder of the meeting {entry['meetingId']}: what is there already counts")

    def _correct(self, entry):
        if entry["corrected"] is not True:
            self.notes.append(f"what arrived is not what was declared, and was left so: {entry['reason']}")
            return
        self.notes.append(f"the declaration was corrected: {entry['reason']}")
        old, self.channels = self.channels, entry["measuredChannels"] or 1
        # What these lines say is counted in the frames of before; blocks and parts say which channels they mean.
        for ranges in (self.skipped, self.unanalysed):
            ranges[:] = [(a * old // self.channels, b * old // self.channels, why) for a, b, why in ranges]
        self.filled = self.filled * old // self.channels

    def _place(self):
        for part in self.parts:
            part.place(self.channels)
        for block in self.blocks:
            for name in ("sample", "samples"):
                block[name] = block[name] * block["channels"] // self.channels
        self._match()

    def _match(self):
        """Which block a state is about. A sink counts for itself: behind a block that never reached it, its numbers are lower."""
        where = {}
        for block in self.blocks:
            where.setdefault(block["said"], []).append(block)
        for state in self.states:
            there = where.get((state["sample"], state["samples"]), [])
            block = next((b for b in there if b["sequence"] == state["sequence"]), there[0] if there else None)
            if block:
                block["word"] = state
            else:
                self.problems.append(f"block {state['sequence']} is {state['state']}, and was never cut")

    def _open(self, entry):
        path = self._where(entry["file"])
        self.files.add(path.resolve())
        try:
            self.parts.append((videopart.VideoPart if self.video else Part)(entry, path))
        except (OSError, EOFError, ValueError, wave.Error) as error:
            self.problems.append(f"the recording {path} cannot be read: {error}")

    def _where(self, file):
        """Where a file is now: where it was made, in another output directory, or with the track's meeting."""
        later = not self.head.get("meetingId")
        return movedfile.find(file, self.recordings, [self.ledger.parent.name] if later else [], anywhere=later)

    def _received(self):
        if self.state != "ended" and not self.parts and self.head:
            # Killed between the first sample and the line about it.
            entry = {"part": 1, "sample": 0, "channels": self.channels, "file": self.head["file"]}
            if self._where(entry["file"]).exists():
                self._open(entry)
                for part in self.parts:
                    part.place(self.channels)
        ends = [part.end for part in self.parts] + [end for _, end, _ in self.skipped]
        if self.state != "ended":
            return max(ends, default=0)
        recorded = self.recorded["samples"] + self.recorded["skipped"] if self.recorded else None
        if self.closed is None and recorded is None:
            self.problems.append("the ledger does not say how much was received")
            return max(ends, default=0)
        return self.closed if self.closed is not None else recorded

    # Checks

    def _check_recording(self):
        for part in self.parts:
            if part.promised is None and self.state == "ended":
                self.problems.append(f"{part.path.name} was never closed")
            if self.video and part.problem():
                self.problems.append(part.problem())
            if part.promised is not None and part.promised != part.frames:
                self.problems.append(f"{part.path.name} has {part.frames} frames, the ledger says {part.promised}")
        covered = [(p.first, p.end, p.path.name) for p in self.parts] + [(a, b, f"skipped: {why}") for a, b, why in self.skipped]
        self._check_tiles("recorded and skipped ranges", covered, self.received)
        if self.state == "ended" and self.received and not self.recorded:
            self.problems.append("the ledger lacks the recording's last word")
        if self.recorded:
            frames, skipped = sum(p.frames for p in self.parts), sum(b - a for a, b, _ in self.skipped)
            if (frames, skipped) != (self.recorded["samples"], self.recorded["skipped"]):
                self.problems.append(f"{frames} frames are recorded and {skipped} skipped; the ledger says "
                                     f"{self.recorded['samples']} and {self.recorded['skipped']}")

    def _check_blocks(self):
        for expected, block in enumerate(sorted(self.blocks, key=lambda b: b["sequence"])):
            if block["sequence"] != expected:
                self.problems.append(f"block {expected} is missing")
                break
        tiles = [(b["sample"], b["sample"] + b["samples"], f"block {b['sequence']}") for b in self.blocks]
        tiles += [(a, b, f"not analysed: {why}") for a, b, why in self.unanalysed]
        end = max((b for _, b, _ in tiles), default=0)
        complete = self.state == "ended"
        self._check_tiles("blocks", tiles, self.received if complete else min(end, self.received))
        if not complete and end < self.received:
            self.notes.append(f"[{end}, {self.received}) is in the recording and in no block yet"
                              if self.state == "running" else
                              f"[{end}, {self.received}) is in the recording and was in no block when the daemon was killed")

    def _check_tiles(self, what, tiles, total):
        at = 0
        for begin, end, name in sorted(tiles):
            if begin > at:
                self.problems.append(f"{what}: nothing covers [{at}, {begin})")
            if begin < at:
                self.problems.append(f"{what}: {name} [{begin}, {end}) overlaps what ends at {at}")
            at = max(at, end)
        if at < total:
            self.problems.append(f"{what}: nothing covers [{at}, {total})")
        if at > total:
            self.problems.append(f"{what}: [{total}, {at}) was never received")

    def audio(self, begin, end):
        """The bytes of a range, None when not all of it is recorded."""
        pieces = []
        for part in sorted(self.parts, key=lambda p: p.first):
            if part.first <= begin < part.end and begin < end:
                piece_end = min(end, part.end)
                pieces.append(part.read(begin, piece_end))
                begin = piece_end
        return b"".join(pieces) if begin == end else None

    def _check_hashes(self):
        self.hashed, unrecorded = 0, 0
        for block in self.blocks:
            audio = self.audio(block["sample"], block["sample"] + block["samples"])
            if audio is None:
                unrecorded += 1
            elif xxh3.hex128(audio) != block["hash"]:
                self.problems.append(f"block {block['sequence']} [{block['sample']}, {block['sample'] + block['samples']}) "
                                     "is not what the recording holds")
            else:
                self.hashed += 1
        if unrecorded:
            self.notes.append(f"{unrecorded} blocks are not wholly in the recording: they cannot be compared with it")
        if self.blocks and self.head.get("normalizes"):
            self.notes.append("what was sent is the recorded block times its gain")

    def _check_states(self):
        self.count = {}
        KeptBlocks(self, self.spool_directory).check()
        for block in self.blocks:
            fate, why = self._fate(block)
            self.count[fate] = self.count.get(fate, 0) + 1
            block["fate"] = fate
            place = f"block {block['sequence']} [{block['sample']}, {block['sample'] + block['samples']})"
            if fate == "unknown":
                self.problems.append(f"{place}: nobody knows what became of it")
            elif fate == "lost":
                self.notes.append(f"{place} was under way when the daemon was killed: it may not have arrived; "
                                  "it is in the recording")
            elif fate == SKIPPED and why == "silence" and any(self.audio(block["sample"], block["sample"] + block["samples"]) or b""):
                self.problems.append(f"{place} was not sent as silence, and is none")
            elif fate in GIVEN_UP:
                self.notes.append(f"{place} was not delivered ({why}); it is in the recording")
            elif fate == "dead-lettered":
                self.notes.append(f"{place} was refused ({why}); it is in the spool's dead letters and in the recording")

    def _fate(self, block):
        if word := block.get("word"):
            return word["state"], word.get("reason", "")
        if not self.head.get("sends"):
            return "unsent", ""
        return {"ended": ("unknown", ""), "running": ("under way", ""), "killed": ("lost", "")}[self.state]
