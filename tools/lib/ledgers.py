"""The ledgers of a directory: which are of a meeting, and which may be."""
import collections
import dataclasses
import datetime
import json
import pathlib
import re

# What is read of a line: whole numbers, texts.
FIELDS = {
    "track": (("channels",), ("track", "file")), "part": (("part", "sample", "channels"), ("file",)),
    "part-closed": (("part", "sample", "samples", "channels"), ()), "movie-ended": ((), ("file", "reason")), "format": (("channels", "measuredChannels"), ("reason",)),
    "skipped": (("sample", "samples"), ("branch", "reason")), "gap": (("samples",), ()),
    "block": (("sequence", "sample", "samples", "channels"), ("hash",)), "state": (("sequence", "sample", "samples"), ("state", "key")),
    "late-state": ((), ("state", "key")),
    "received": (("samples",), ()), "recorded": (("samples", "skipped"), ()), "meeting": ((), ("meetingId",)),
}


def check_fields(entry):
    numbers, texts = FIELDS.get(entry["line"], ((), ()))
    for name in numbers:
        if type(entry[name]) is not int or entry[name] < 0:
            raise ValueError(f"{name} is no count")
    for name in texts:
        if not isinstance(entry[name], str):
            raise ValueError(f"{name} is no text")


TAIL = 64 << 10
# As service/association has it: a meeting that began later than that after a track is another one, and older tracks are left alone.
REACH = 600
MEMORY = 24 * 3600
# <recording>.wav, or as video has it, a later part of it, or one with a number because the name was taken.
OF_RECORDING = re.compile(r"(-part\d+)?(-\d+)?\.(wav|h264|ivf|mkv)")


@dataclasses.dataclass
class Ledger:
    """What its first and last lines say. Times in seconds; `ended`: the last that is known of it."""
    path: pathlib.Path
    head: dict
    later: str | None  # the meeting that became known after the socket
    begun: float
    ended: float

    @property
    def room(self):
        return self.head.get("room")

    @property
    def meeting(self):
        return self.later or self.head.get("meetingId") or None

    @property
    def came(self):
        """Whether it was moved to the folder in which it is."""
        return pathlib.Path(self.head.get("file", "")).parent.name != self.path.parent.name

    def has(self, name):
        """Whether a file of this name is of its recording."""
        return name.startswith(self.path.stem) and bool(OF_RECORDING.fullmatch(name[len(self.path.stem):]))


def read_all(directory):
    return [ledger for path in sorted(directory.glob("*/*.jsonl")) if (ledger := read(path))]


def read(path):
    """None when it is gone meanwhile. One that cannot be read says nothing of itself: it is of the meeting whose folder it is in."""
    try:
        with path.open("rb") as file:
            head = entry_of(file.readline())
            end = file.seek(0, 2)
            file.seek(max(0, end - TAIL))
            tail = [entry for entry in map(entry_of, file.read().splitlines()) if entry]
    except FileNotFoundError:
        return None
    except OSError:
        head, tail = {}, []
    if head.get("line") != "track":
        head = {}
    later = next((entry.get("meetingId") for entry in tail[-1:] if entry.get("line") == "meeting"), None)
    begun = seconds(head, 0)
    own = [entry for entry in tail if entry.get("line") != "meeting"]
    return Ledger(path, head, later, begun, seconds(own[-1] if own else {}, begun))


def entry_of(line):
    try:
        entry = json.loads(line)
        return entry if isinstance(entry, dict) else {}
    except ValueError:
        return {}


def seconds(entry, otherwise):
    try:
        return datetime.datetime.fromisoformat(entry["time"]).timestamp()
    except (KeyError, TypeError, ValueError):
        return otherwise


def of_meeting(ledgers, name):
    """Those of a meeting, named as its folder or by its id or room."""
    def is_there(ledger):
        return ledger.path.parent.name == name
    # What is on its way out of this folder does not make the folder that of its meeting.
    meetings = {ledger.meeting for ledger in ledgers if is_there(ledger) and (not ledger.later or ledger.came)} - {None} | {name}
    return [ledger for ledger in ledgers if is_there(ledger) or ledger.meeting in meetings
            or name == (ledger.head.get("meetingId") or ledger.room)]


def still_elsewhere(ledgers, chosen):
    """{room: tracks} of no meeting yet that may be of that of the chosen: the service gives a track to the session of its room that began last,
    or to the next one. A ledger does not know when a session began, so the nearest known one has it."""
    rooms = collections.defaultdict(lambda: collections.defaultdict(list))
    for ledger in ledgers:
        if ledger.meeting:
            rooms[ledger.room][ledger.meeting].append((ledger.begun, ledger.ended))
    paths, meetings = {ledger.path for ledger in chosen}, {ledger.meeting for ledger in chosen}
    found = collections.defaultdict(list)
    for ledger in ledgers:
        if not ledger.head or ledger.meeting or ledger.path in paths:
            continue
        gaps = {meeting: min(gap(ledger, *span) for span in spans) for meeting, spans in rooms[ledger.room].items()}
        nearest = min(gaps.values(), default=0)
        if any(away <= min(MEMORY, max(REACH, nearest)) for meeting, away in gaps.items() if meeting in meetings):
            found[ledger.room].append(ledger)
    return dict(found)


def gap(ledger, begun, ended):
    return max(0.0, begun - ledger.ended, ledger.begun - ended)
