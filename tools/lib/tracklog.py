"""The tracks of a pipeline log (schemas/pipeline-log.schema.json), with what is known elsewhere of them."""
import datetime
import json

# What a line of the pipeline log, or a state of the ledger, makes of a block.
FATES = {"retrying": "waiting", "delivered": "delivered", "failed": "failed", "dropped": "dropped", "skipped": "skipped", "spooled": "spooled",
         "delivered-from-spool": "from-spool", "dead-letter": "dead-lettered", "dead-lettered": "dead-lettered"}
DELIVERED = ("delivered", "retried", "from-spool")


class Unreadable(Exception):
    """The log cannot be drawn; says why."""


class Track:
    """Positions are seconds from its first frame. `begin`: when that was, by the clock; None before it is known."""

    def __init__(self, started):
        self.name = f"{started.get('participant') or 'unknown'} · {started.get('trackId') or started['track']}"
        self.video = started.get("channels") == 0  # positions are milliseconds, there are no blocks
        self.rate, self.channels = started["rate"], started.get("channels", 1) or 1
        self.meeting_came_later = False
        self._parts, self._blocks, self._mutes, self._end = [], {}, [], 0
        self._times = {}  # of positions, by the kind of line that says it

    def add(self, event):
        kind = event["event"]
        if kind in ("part-opened", "part-closed"):
            at = self._at(event)
            if event["utc"]:
                self._times.setdefault(kind, (at, seconds(event["utc"])))
            if kind == "part-closed":
                self._parts.append((at, event["file"]))
                self._end = max(self._end, at + self._at(event, "samples"))
        elif kind == "format-alarm" and event["corrected"]:
            self.rate, self.channels = event["measuredRate"], event["measuredChannels"]
        elif kind == "block":
            block = {"at": self._at(event), "length": self._at(event, "samples"), "fate": "waiting", "note": "", "key": None}
            self._blocks[event["sequence"]] = block
            self._end = max(self._end, block["at"] + block["length"])
        elif kind == "muted":
            self._mutes.append((self._at(event), event["muted"]))
        elif kind == "ended" and event.get("utc"):
            self._times[kind] = (0, seconds(event["utc"]))
        elif kind == "associated":
            self.meeting_came_later = True
        elif kind in FATES and event["sequence"] in self._blocks:
            self._tell(self._blocks[event["sequence"]], event)

    def _at(self, event, name="sample"):
        """In single samples: lines before a correction of the format count other frames."""
        return event[name] * (event.get("channels") or self.channels)

    def _tell(self, block, event):
        kind = event["event"]
        retried = kind == "delivered" and event.get("attempts", 1) > 1
        note = event.get("reason") or f"{event.get('attempts', 1)} attempts, " + (
            f"{event['age']:.0f} s in the spool" if "age" in event else f"{1000 * event.get('latency', 0):.0f} ms")
        block.update(fate="retried" if retried else FATES[kind], note=note, key=event.get("key"))

    def tell_later(self, words):
        """What became of blocks in the spool when the track was over: {key: entry of the ledger}."""
        for block in self._blocks.values():
            entry = words.get(block["key"])
            if entry and entry["state"] in FATES:
                block.update(fate=FATES[entry["state"]], note=entry.get("reason") or "after its track")

    def _seconds(self, samples):
        return samples / (self.rate * self.channels)

    @property
    def begin(self):
        # At its end it is known best: by all that came after the first frame. A part is opened before any of that.
        for kind in ("ended", "part-closed", "part-opened"):
            if kind in self._times:
                at, utc = self._times[kind]
                return utc - self._seconds(at)
        return None

    @property
    def end(self):
        return self._seconds(self._end)

    @property
    def parts(self):
        """(where it begins, file)"""
        return [(self._seconds(at), file) for at, file in self._parts]

    @property
    def blocks(self):
        """(number, where it begins, its length, what became of it, why)"""
        return [(number, self._seconds(b["at"]), self._seconds(b["length"]), b["fate"], b["note"]) for number, b in sorted(self._blocks.items())]

    def muted(self):
        """(from, to)"""
        since = None
        for at, muted in [(self._seconds(at), muted) for at, muted in self._mutes] + [(self.end, False)]:
            if muted and since is None:
                since = at
            elif not muted and since is not None:
                yield since, at
                since = None


def seconds(utc):
    return datetime.datetime.fromisoformat(utc).timestamp()


def read(lines, elsewhere=lambda room: [], late=lambda folders: {}):
    """The tracks, by name. `elsewhere`: lines of the log of a room, for tracks whose meeting became known later; `late`: last words of blocks,
    by key, told under those rooms."""
    tracks, came = {}, {}
    for number, line in enumerate(lines, start=1):
        try:
            event = json.loads(line)
            if event["event"] == "associated" and event["track"] not in tracks:
                came[event["track"]] = event["room"]
            else:
                take(tracks, event)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise Unreadable(f"line {number} is not of a pipeline log: {error!r}") from error
    for room in sorted(set(came.values())):
        for line in elsewhere(room):
            try:
                event = json.loads(line)
                if came.get(event["track"]) == room:
                    take(tracks, event)
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise Unreadable(f"the log of the room '{room}' has a line that is none: {error!r}") from error
    words = late(sorted(set(came.values())))
    begun = [track for track in tracks.values() if track.begin is not None]
    if not begun:
        raise Unreadable("no track of this log has received audio")
    for track in begun:
        track.tell_later(words)
    return sorted(begun, key=lambda track: track.name)


def take(tracks, event):
    if event["event"] == "started":
        tracks[event["track"]] = Track(event)
    elif event["track"] in tracks:
        tracks[event["track"]].add(event)
