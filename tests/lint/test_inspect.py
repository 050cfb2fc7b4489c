#!/usr/bin/env python3
"""What gst-inspect-1.0 shows of each element, against the snapshots in inspect/: a change of the elements' interface is
seen in review. After a wanted change: LIVE_MEETING_BUILD=build tests/lint/test_inspect.py --write"""
import difflib
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

ELEMENTS = ("blockaggregator", "imentivsink", "videofilesink", "wavfilesink", "wsaudiosrc", "wssink", "wsvideosrc")
SNAPSHOTS = pathlib.Path(__file__).resolve().parent / "inspect"
# Properties of GstObject, GstBaseSrc and GstBaseSink: theirs to change.
INHERITED = {"async", "blocksize", "enable-last-sample", "last-sample", "max-bitrate", "max-lateness", "name", "parent",
             "processing-deadline", "qos", "render-delay", "sync", "throttle-time", "ts-offset"}
KEPT_SECTIONS = ("Factory Details:", "Pad Templates:", "Pads:", "Element Properties:")


def gst_inspect(element):
    """The page of the built plugin's element."""
    environment = dict(os.environ, LC_ALL="C", GST_PLUGIN_PATH_1_0=str(pathlib.Path(os.environ["LIVE_MEETING_BUILD"]) / "plugins"))
    if preload := os.environ.get("LIVE_MEETING_PRELOAD"):
        environment.update(LD_PRELOAD=preload, ASAN_OPTIONS="detect_leaks=0")
    with tempfile.TemporaryDirectory() as directory:
        environment.setdefault("GST_REGISTRY_1_0", f"{directory}/registry.bin")
        return subprocess.run(["gst-inspect-1.0", element], env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout


def stable(page):
    """Only what the element itself decides: no version, no file name, no property of a base class."""
    kept = []
    for section in re.split(r"\n{2,}", page.strip()):
        head, _, body = section.partition("\n")
        if head not in KEPT_SECTIONS:
            continue
        kept.append(head)
        for entry in re.split(r"\n(?=  \S)", body):
            name = re.match(r"\s*([\w-]+) +: ", entry)
            if head == "Element Properties:" and name and name[1] in INHERITED:
                continue
            kept.append(entry.strip("\n"))
        kept.append("")
    return "\n".join(line.rstrip() for line in "\n".join(kept).splitlines()) + "\n"


class Inspect(unittest.TestCase):
    def compare(self, element):
        snapshot = (SNAPSHOTS / f"{element}.txt").read_text(encoding="utf-8")
        now = stable(gst_inspect(element))
        difference = "\n".join(difflib.unified_diff(snapshot.splitlines(), now.splitlines(), f"inspect/{element}.txt", "built", lineterm=""))
        self.assertEqual(difference, "", f"\n{difference}\nIf this is wanted: LIVE_MEETING_BUILD=build tests/lint/test_inspect.py --write")

    def test_blockaggregator_is_as_its_snapshot(self):
        self.compare("blockaggregator")

    def test_imentivsink_is_as_its_snapshot(self):
        self.compare("imentivsink")

    def test_videofilesink_is_as_its_snapshot(self):
        self.compare("videofilesink")

    def test_wsvideosrc_is_as_its_snapshot(self):
        self.compare("wsvideosrc")

    def test_wavfilesink_is_as_its_snapshot(self):
        self.compare("wavfilesink")

    def test_wssink_is_as_its_snapshot(self):
        self.compare("wssink")

    def test_wsaudiosrc_is_as_its_snapshot(self):
        self.compare("wsaudiosrc")

    def test_every_element_of_the_plugin_has_a_snapshot(self):
        elements = sorted(path.stem.removeprefix("gst") for path in pathlib.Path(__file__).resolve().parents[2].glob("plugins/*/gst*.h"))
        self.assertEqual(elements, sorted(ELEMENTS))
        self.assertEqual(elements, sorted(path.stem for path in SNAPSHOTS.glob("*.txt")))


def write():
    SNAPSHOTS.mkdir(exist_ok=True)
    for element in ELEMENTS:
        (SNAPSHOTS / f"{element}.txt").write_text(stable(gst_inspect(element)), encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        write()
    else:
        unittest.main()
