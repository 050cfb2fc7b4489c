"""Blocks of a track that are said to wait in the spool, or to be dead letters: they have to be there, whole."""
import json
import pathlib

import spool
import xxh3
from ledgers import check_fields

KEPT = {"spooled", "dead-lettered"}


class KeptBlocks:
    """Puts right the last word of a track's blocks; adds to its problems."""

    def __init__(self, track, directory):
        self.track, self.directory = track, directory
        self.again = False

    def check(self):
        kept = [b for b in self.track.blocks if b.get("word", {}).get("state") in KEPT]
        if not kept:
            return
        self.spool = spool.Spool(self.directory)
        # In this order: what is delivered meanwhile has left the directory before its line is read.
        later = self._later()
        for block in kept:
            last = later.get(block["word"]["key"])
            if last and last["state"] not in KEPT:
                block["word"] = {**block["word"], **last}
            else:
                self._check_block(block)
        self.track.problems += [f"the spool cannot be looked at whole: {problem}" for problem in self.spool.problems]

    def _check_block(self, block):
        word = block["word"]
        try:
            found = self.spool.find(word["key"]) or self._look_again(word["key"])
        except spool.Unreadable as error:
            self._problem(block, f"{error.path} is not whole: {error}")
            return
        if found:
            self._check_kept(block, *found)
        elif (last := self._later().get(word["key"])) and last["state"] not in KEPT:
            block["word"] = {**word, **last}
        elif aside := self.spool.put_aside(word["key"]):
            self._problem(block, f"{aside} was put aside, because it is no whole block")
        elif self.track.state == "killed" and not self.spool.problems:
            del block["word"]  # the word that it was delivered may have died with the daemon
        else:
            self._problem(block, f"{spool.pattern(word['key'])} is not in {self.directory}" if self.directory else
                          "no spool is looked at: IMENTIV_SPOOL_DIR is none")

    def _look_again(self, key):
        """It may have gone from one folder to another meanwhile."""
        if not self.again:
            self.again, self.spool = True, spool.Spool(self.directory)
        return self.spool.find(key)

    def _problem(self, block, why):
        track = self.track.head.get("trackId") or self.track.head.get("track")
        self.track.problems.append(f"block {block['sequence']} [{block['sample']}, {block['sample'] + block['samples']}) of {track} is "
                                   f"{block['word']['state']}, and {why}")

    def _check_kept(self, block, state, kept):
        block["word"] = {**block["word"], "state": "dead-lettered" if state == "dead" else "spooled"}
        same = (kept.fields["sample"], kept.fields["samples"]) == block["said"] and kept.fields["channels"] == block["channels"]
        # Normalised it is the block times its gain.
        if not same or not self.track.head.get("normalizes") and xxh3.hex128(kept.samples) != block["hash"]:
            self._problem(block, f"what {kept.path} holds is not what was cut")

    def _later(self):
        """The last word of blocks whose track was over, by key."""
        words = {}
        ledger = self.track.ledger
        # A block in the spool keeps the name that its track had.
        before = ledger.parent.parent / pathlib.Path(self.track.head.get("file", "")).parent.name
        lines = []
        for folder in dict.fromkeys((ledger.parent, before)):
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
