#!/usr/bin/env python3
"""The blocks that could not be delivered (IMENTIV_SPOOL_DIR): what there is, putting dead letters back, exporting audio.

Works while the daemon runs: files are only read, and moved by rename. Exit status: 0, 1 when something was not
readable, put aside as no whole block, or not moved, 2 when it was called wrongly."""
import argparse
import dataclasses
import hashlib
import json
import os
import pathlib
import re
import stat
import sys
import time
import urllib.parse
import wave

import settings
from terminal import printable

MAGIC = b"live-meeting-block 1\n"
MAX_HEADER = 256 << 10
NAME = re.compile(r"\d{16}-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}-[0-9a-f]{16}-\d{12}\.block")
FOLDERS = {"waiting": ".", "retry": "retry", "dead": "dead"}
NUMBERS = ("sequence", "sample", "samples", "utc-ns", "rate", "channels", "created-ns", "attempts", "bytes")
BAD = "bad"


class Unreadable(Exception):
    """A file that is no whole block; says why, and whose it is as far as that can be told."""

    def __init__(self, why, path=None, whose=""):
        super().__init__(why)
        self.path, self.whose = path, whose


@dataclasses.dataclass
class Block:
    path: pathlib.Path
    state: str
    fields: dict
    payload: bytes

    @property
    def key(self):
        return f"{self.fields['session']}-{self.fields['sequence']}"

    @property
    def seconds(self):
        return self.fields["samples"] / self.fields["rate"]

    @property
    def samples(self):
        """The samples alone, S16LE: a block that is sent as WAV has a header of 44 bytes."""
        return self.payload[44:] if self.fields["content-type"] == "audio/wav" else self.payload

    def row(self):
        return {"state": self.state, "age": round(time.time() - self.fields["created-ns"] / 1e9), "meeting": self.fields["meeting"],
                "participant": self.fields["participant"], "track": self.fields["track"], "sequence": self.fields["sequence"],
                "seconds": round(self.seconds, 3), "bytes": self.fields["bytes"], "attempts": self.fields["attempts"],
                "reason": self.fields["reason"], "key": self.key, "file": str(self.path)}


def read(path, state):
    """A block, whole and with the right hash; Unreadable says why it is none."""
    fields = {}
    try:
        return Block(path, state, *read_whole(path, fields))
    except OSError as error:
        raise Unreadable(error.strerror or str(error), path, whose(path, fields)) from None
    except Unreadable as error:
        raise Unreadable(str(error), path, whose(path, fields)) from None
    except (KeyError, ValueError):
        raise Unreadable("a field of the header is missing or wrong", path, whose(path, fields)) from None


def read_whole(path, fields):
    """(fields, payload)"""
    with open(path, "rb", opener=lambda name, _: os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise Unreadable("not a regular file")
        start = file.read(MAX_HEADER)
        end = start.find(b"\n\n")
        if not start.startswith(MAGIC) or end < 0:
            raise Unreadable("not a block of a version that is known")
        for line in start[len(MAGIC):end].decode("ascii", "replace").split("\n"):
            name, _, value = line.partition(": ")
            if name != "header":
                fields[name] = urllib.parse.unquote(value)
        payload = start[end + 2:] + file.read()
    whole = {"meeting": "", "participant": "", "track": "", "reason": "", **fields, **{name: int(fields[name]) for name in NUMBERS}}
    right = len(payload) == whole["bytes"] and hashlib.sha256(payload).hexdigest() == whole["sha256"]
    if not right or whole["rate"] < 1 or not 1 <= whole["channels"] <= 255:
        raise Unreadable("cut or changed")
    if NAME.fullmatch(path.name) and (path.name[17:53], int(path.name[71:83])) != (whole["session"], whole["sequence"]):
        raise Unreadable("not the block that its name says")
    return whole, payload


def whose(path, fields):
    """For people: the header's track if it can be read, else what the name tells."""
    track = fields.get("track")
    number = f"block {int(path.name[71:83])}" if NAME.fullmatch(path.name) else "block"
    return f"{number} of the track {track} of the meeting {fields.get('meeting', '')}" if track else f"{number} of the start {path.name[17:53]}"


class Spool:
    """The blocks that wait in a spool directory, or are its dead letters, by their key. `problems`: folders that cannot be read."""

    def __init__(self, directory):
        self.directory, self.problems = directory, []
        self.found, self.aside = {}, {}
        for state, folder in FOLDERS.items() if directory else ():
            self._look(self.found, state, directory / folder)
        if directory:
            self._look(self.aside, BAD, directory / BAD)

    def _look(self, found, state, folder):
        try:
            for name in names(folder):
                # <time>-<session>-<endpoint>-<sequence>.block
                found[f"{name[17:53]}-{int(name[71:83])}"] = (state, folder / name)
        except OSError as error:
            self.problems.append(f"{folder}: {error.strerror}")

    def find(self, key):
        """(where it is, the block); None when it is not there, Unreadable when it is not whole."""
        state, path = self.found.get(key, (None, None))
        if not path or not os.path.lexists(path):
            return None
        try:
            return state, read(path, state)
        except Unreadable:
            if not os.path.lexists(path):  # delivered, meanwhile
                return None
            raise

    def put_aside(self, key):
        """The file that the daemon found to be no whole block; None when there is none."""
        return self.aside.get(key, (None, None))[1]


def pattern(key):
    """What the name of the file is like that has the block of a key."""
    session, _, sequence = key.rpartition("-")
    return f"*-{session}-*-{int(sequence):012d}.block" if sequence.isdigit() else f"the file of {key}"


def names(folder):
    try:
        return sorted(entry.name for entry in os.scandir(folder) if NAME.fullmatch(entry.name))
    except FileNotFoundError:
        return []


def matches(block, options):
    wanted = {"meeting": options.meeting, "participant": options.participant, "track": options.track}
    return all(value is None or block.fields[name] == value for name, value in wanted.items())


def blocks(options, states, problems):
    """The chosen blocks, in the order of delivery, one in memory at a time."""
    for state in states:
        folder = options.directory / FOLDERS[state]
        for name in names(folder):
            try:
                block = read(folder / name, state)
            except Unreadable as error:
                # Delivered meanwhile, it is no problem.
                if os.path.lexists(folder / name):
                    problems.append(f"{folder / name}: {error}; {error.whose}")
                continue
            if matches(block, options):
                yield block


def tell_aside(options, problems):
    """What the daemon found to be no whole block, and keeps for a person to look at."""
    for name in names(options.directory / BAD):
        try:
            why, owner = "it is whole: moved to retry/ it is delivered", whose(pathlib.Path(name), read(options.directory / BAD / name, BAD).fields)
        except Unreadable as error:
            why, owner = str(error), error.whose
        problems.append(f"{options.directory / BAD / name}: put aside: {why}; {owner}")


def list_blocks(options, problems):
    chosen = [options.state] if options.state else list(FOLDERS)
    columns = ("state", "age", "meeting", "participant", "track", "sequence", "seconds", "bytes", "attempts", "reason")
    rows = [block.row() for block in blocks(options, chosen, problems)]
    if not options.state:
        tell_aside(options, problems)
    if options.json:
        print(json.dumps(rows, indent=1, ensure_ascii=False))
        return
    texts = [columns] + [tuple(printable(str(row[column])) for column in columns) for row in rows]
    widths = [max(len(line[i]) for line in texts) for i in range(len(columns))]
    for line in texts:
        print("  ".join(text.ljust(width) for text, width in zip(line, widths)).rstrip())
    print(f"{len(rows)} blocks, {sum(row['seconds'] for row in rows):.1f} s, {sum(row['bytes'] for row in rows)} bytes")


def retry(options, problems):
    moved = 0
    for block in blocks(options, ["dead"], problems):
        try:
            (options.directory / "retry").mkdir(exist_ok=True, mode=0o700)
            os.rename(block.path, options.directory / "retry" / block.path.name)
            block.path.with_name(block.path.name + ".answer").unlink(missing_ok=True)
            moved += 1
        except OSError as error:
            problems.append(f"{block.path}: {error.strerror}")
    print(f"{moved} blocks put back; the daemon takes them in within seconds, or at its next start")


def export(options, problems):
    """A WAV or PCM file for every run of consecutive blocks: a hole in a track is never hidden."""
    options.output.mkdir(parents=True, exist_ok=True)
    writer, follows, written = None, None, 0
    for block in blocks(options, list(FOLDERS), problems):
        form = (block.fields["session"], block.fields["rate"], block.fields["channels"])
        if follows != (form, block.fields["sample"]):
            if writer:
                writer.close()
            safe = re.sub(r"[^A-Za-z0-9._-]", "_", f"{block.fields['meeting']}-{block.fields['track']}")[:120]
            path = options.output / f"{safe}-{block.fields['session']}-{block.fields['sample']}.{options.format}"
            writer = open(path, "xb") if options.format == "pcm" else wave.open(open(path, "xb"), "wb")
            if options.format == "wav":
                writer.setnchannels(form[2])
                writer.setsampwidth(2)
                writer.setframerate(form[1])
            print(path)
        (writer.write if options.format == "pcm" else writer.writeframes)(block.samples)
        follows = (form, block.fields["sample"] + block.fields["samples"])
        written += 1
    if writer:
        writer.close()
    tell_aside(options, problems)
    print(f"{written} blocks exported; they stay where they are")


def parse(arguments):
    parser = argparse.ArgumentParser(prog="tools/spool", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    where = ("default: IMENTIV_SPOOL_DIR as the daemon has it, from the environment, else from .env in the project's directory, else "
             "storage/spool; if it is relative, below the project's directory")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, run, text in (("list", list_blocks, "what there is, a line each"), ("retry", retry, "put dead letters back, to be sent again"),
                            ("export", export, "write the audio of the blocks to files")):
        command = commands.add_parser(name, help=text, description=text)
        command.set_defaults(run=run)
        for field in ("meeting", "participant", "track"):
            command.add_argument(f"--{field}", help=f"only of this {field}")
        if name == "list":
            command.add_argument("--json", action="store_true", help="as JSON")
            command.add_argument("--state", choices=list(FOLDERS), help="only those that wait, are put back or are dead")
        if name == "export":
            command.add_argument("--output", type=pathlib.Path, required=True, help="directory for the files")
            command.add_argument("--format", choices=("wav", "pcm"), default="wav")
        command.add_argument("directory", nargs="?", type=pathlib.Path,
                             help=where)
    return parser.parse_args(arguments)


def main(arguments):
    options = parse(arguments)
    try:
        options.directory = options.directory or settings.directory("IMENTIV_SPOOL_DIR")
    except settings.Unusable as error:
        print(f"tools/spool: {error}", file=sys.stderr)
        return 2
    if not options.directory:
        print("tools/spool: the daemon keeps no blocks, IMENTIV_SPOOL_DIR is none; a directory can be named", file=sys.stderr)
        return 2
    if not options.directory.is_dir():
        print(f"tools/spool: {options.directory} is no directory", file=sys.stderr)
        return 2
    problems = []
    try:
        options.run(options, problems)
    except OSError as error:
        problems.append(f"{error.filename}: {error.strerror}")
    for problem in problems:
        print(f"tools/spool: {printable(problem)}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
