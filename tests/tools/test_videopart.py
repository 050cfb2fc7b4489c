"""Files of video tracks: how long they are, and what is said of those that are broken."""
import pathlib
import struct
import tempfile
import unittest

import videopart


def header(frames, rate=1000, scale=1):
    return struct.pack("<4sHH4sHHIIII", b"DKIF", 0, 32, b"VP80", 320, 240, rate, scale, frames, 0)


def frame(time, data=b"12345"):
    return struct.pack("<IQ", len(data), time) + data


class Files(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.root = pathlib.Path(directory.name)

    def file(self, name, data):
        path = self.root / name
        path.write_bytes(data)
        return path

    def ivf(self, data):
        return videopart.last_time(self.file("a.ivf", data))

    def test_the_last_frame_is_read_in_milliseconds(self):
        self.assertEqual(self.ivf(header(2) + frame(0) + frame(700)), 700)
        self.assertEqual(self.ivf(header(2, rate=30) + frame(0) + frame(45)), 1500)

    def test_a_frame_that_a_kill_cut_does_not_count(self):
        self.assertEqual(self.ivf(header(0) + frame(0) + frame(33) + frame(66)[:-1]), 33)

    def test_a_broken_header_is_named(self):
        for data, why in ((b"DKIF", "it is no IVF file"), (b"RIFF" + bytes(40), "it is no IVF file"),
                          (header(1, rate=0) + frame(0), "its header says no time base"),
                          (header(2) + frame(0), "its header says 2 frames, 1 are there")):
            with self.assertRaisesRegex(ValueError, why):
                self.ivf(data)

    def test_a_file_that_was_cut_is_no_proof(self):
        data = b"\0\0\0\1" + bytes(range(1, 100))
        part = videopart.VideoPart({"part": 1, "sample": 0}, self.file("a.h264", data))
        part.closed = {"samples": 40, "bytes": len(data)}
        part.place(0)
        self.assertIsNone(part.problem())
        self.file("a.h264", data[:-1])
        self.assertEqual(part.problem(), "a.h264 has 102 bytes, the ledger says 103")

    def test_a_bytestream_begins_with_a_start_code(self):
        for code in videopart.START_CODES:
            self.assertIsNone(videopart.check_bytestream(self.file("a.h264", code + b"\x67")))
        with self.assertRaisesRegex(ValueError, "start code"):
            videopart.check_bytestream(self.file("a.h264", b"RIFF"))
