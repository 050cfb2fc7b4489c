"""A track of the ledger beside what is on disk. Positions are frames from the start of the track; ranges are [from, to)."""
import fcntl
import json
import pathlib
import wave

import spool
import xxh3

DELIVERED = {"acknowledged", "delivered-from-spool"}
KEPT = {"spooled", "dead-lettered"}
GIVEN_UP = {"failed", "dropped"}
SKIPPED = "skipped"
# What is read of a line: whole numbers, texts.
FIELDS = {
    "track": (("channels",), ("track", "file")), "part": (("part", "sample", "channels"), ("file",)),
    "part-closed": (("part", "sample", "samples", "channels"), ()), "format": (("channels", "measuredChannels"), ("reason",)),
    "skipped": (("sample", "samples"), ("branch", "reason")), "gap": (("samples",), ()),
    "block": (("sequence", "sample", "samples", "channels"), ("hash",)), "state": (("sequence", "sample", "samples"), ("state", "key")),
    "late-state": ((), ("state", "key")),
    "received": (("samples",), ()), "recorded": (("samples", "skipped"), ()),
}


def check_fields(entry):
    numbers, texts = FIELDS.get(entry["line"], ((), ()))
    for name in numbers:
        if type(entry[name]) is not int or entry[name] < 0:
            raise ValueError(f"{name} is no count")
    for name in texts:
        if not isinstance(entry[name], str):
            raise ValueError(f"{name} is no text")


class Part:
    """One file of the recording, as it is on disk. Positions are frames of the track's last format."""

    def __init__(self, line, path):
        self.number, self.path = line["part"], path
        self.line, self.closed = line, None
        self.promised = None  # frames, known when it was closed
        with wave.open(str(path), "rb") as file:
            self.rate, self.channels, self.width = file.getframerate(), file.getnchannels(), file.getsampwidth()
            self.held = file.getnframes()

    def place(self, channels):
        """Once it is known how many channels the track has: lines and files may be older than that."""
        line = self.closed or self.line
        self.track_channels = channels
        self.first = line["sample"] * line["channels"] // channels
        self.frames = self.held * self.channels // channels
        if self.closed:
            self.promised = line["samples"] * line["channels"] // channels

    @property
    def end(self):
        return self.first + self.frames

    def locked(self):
        """The daemon locks the file it writes."""
        with open(self.path, "rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    def read(self, begin, end):
        with wave.open(str(self.path), "rb") as file:
            file.setpos((begin - self.first) * self.track_channels // self.channels)
            return file.readframes((end - begin) * self.track_channels // self.channels)


class RecordedTrack:
    """`problems`: why it is not proven; `notes`: what is accounted for, but somebody may want to know."""

    def __init__(self, ledger, recordings, spool_directory):
        self.ledger, self.recordings, self.spool_directory = ledger, recordings, pathlib.Path(spool_directory)
        self.problems, self.notes = [], []
        self.head, self.parts, self.skipped, self.unanalysed, self.blocks, self.states = {}, [], [], [], [], []
        self.channels = 1  # of the audio, as far as the ledger knows
        self.closed = self.recorded = self.end = None
        self.filled = 0
        self.files = set()  # every file that the ledger names
        self._read()
        self._place()
        self.state = "ended" if self.end else "running" if any(p.locked() for p in self.parts) else "killed"
        self.received = self._received()
        for check in (self._check_recording, self._check_blocks, self._check_hashes, self._check_states):
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
            self.head, self.channels = entry, entry["channels"] or 1
        elif kind == "format":
            self._correct(entry)
        elif kind == "part":
            self._open(entry)
        elif kind == "part-closed":
            for part in self.parts:
                if part.number == entry["part"]:
                    part.closed = entry
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
        named = pathlib.Path(entry["file"])
        path = named if named.exists() or not self.recordings else self._moved(named)
        self.files.add(path.resolve())
        try:
            self.parts.append(Part(entry, path))
        except (OSError, EOFError, wave.Error) as error:
            self.problems.append(f"the recording {path} cannot be read: {error}")

    def _moved(self, named):
        """To another output directory, or to the track's meeting, as the ledger was."""
        folders = [named.parent.name] + ([] if self.head.get("meetingId") else [self.ledger.parent.name])
        paths = [self.recordings / folder / named.name for folder in folders]
        return next((path for path in paths if path.exists()), paths[0])

    def _received(self):
        if self.state != "ended" and not self.parts and self.head:
            # Killed between the first sample and the line about it.
            entry = {"part": 1, "sample": 0, "channels": self.channels, "file": self.head["file"]}
            named = pathlib.Path(entry["file"])
            if named.exists() or self.recordings and self._moved(named).exists():
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

    def _check_spool(self):
        """What is said to wait, or to be a dead letter, has to be there, whole."""
        if not any(b.get("word", {}).get("state") in KEPT for b in self.blocks):
            return
        kept = spool.Spool(self.spool_directory)
        # In this order: what is delivered meanwhile has left the directory before its line is read.
        later = self._later()
        for block in self.blocks:
            word = block.get("word", {})
            if word.get("state") not in KEPT:
                continue
            place = f"block {block['sequence']} [{block['sample']}, {block['sample'] + block['samples']})"
            last = later.get(word["key"])
            if last and last["state"] not in KEPT:
                block["word"] = {**word, **last}
                continue
            try:
                found = kept.find(word["key"]) or self._delivered_meanwhile(block)
            except spool.Unreadable as error:
                self.problems.append(f"{place} is {word['state']}, and its file in {self.spool_directory} is not whole: {error}")
                continue
            if found is None and self.state == "killed":
                del block["word"]  # the word that it was delivered may have died with the daemon
            elif found is None:
                self.problems.append(f"{place} is {word['state']}, and not in {self.spool_directory}")
            elif found is not True:
                self._check_kept(block, place, *found)

    def _later(self):
        """The last word of blocks whose track was over, by key."""
        words = {}
        folders = [self.ledger.parent]
        before = self.ledger.parent.parent / pathlib.Path(self.head.get("file", "")).parent.name
        if before != folders[0]:  # a block in the spool keeps the name that its track had
            folders.append(before)
        lines = []
        for folder in folders:
            try:
                lines += (folder / "late" / "states.jsonl").read_text(encoding="utf-8", errors="replace").split("\n")
            except OSError:
                continue
        for line in lines:
            try:
                entry = json.loads(line)
                check_fields(entry)
                words[entry["key"]] = {"state": entry["state"], "reason": entry.get("reason", "")}
            except (ValueError, KeyError, TypeError):
                continue  # cut by a crash: the block's file is still there
        return words

    def _delivered_meanwhile(self, block):
        last = self._later().get(block["word"]["key"])
        if not last or last["state"] in KEPT:
            return None
        block["word"] = {**block["word"], **last}
        return True

    def _check_kept(self, block, place, state, kept):
        block["word"] = {**block["word"], "state": "dead-lettered" if state == "dead" else "spooled"}
        same = (kept.fields["sample"], kept.fields["samples"]) == block["said"] and kept.fields["channels"] == block["channels"]
        # Normalised it is the block times its gain.
        if not same or not self.head.get("normalizes") and xxh3.hex128(kept.samples) != block["hash"]:
            self.problems.append(f"{place}: what {kept.path} holds is not what was cut")

    def _check_states(self):
        self.count = {}
        self._check_spool()
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
