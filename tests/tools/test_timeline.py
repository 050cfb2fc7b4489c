import importlib.machinery
import importlib.util
import json
import pathlib
import tempfile
import unittest
import wave
import xml.etree.ElementTree as ElementTree

TOOL = pathlib.Path(__file__).resolve().parents[2] / "tools" / "timeline"
SPEC = importlib.util.spec_from_loader("timeline", importlib.machinery.SourceFileLoader("timeline", str(TOOL)))
timeline = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(timeline)
RATE = 8000


def log(track, file, utc="2026-01-01T00:00:00.000Z", name="ann"):
    """Three seconds in blocks of one; muted in the second; one block delivered, one retried, one failed."""
    common = {"track": track, "trackId": f"TR_{track}", "participant": name}
    part = {"sample": 0, "utc": utc, "file": file, "rate": RATE}
    events = [{"event": "started", "rate": RATE}, {"event": "part-opened", **part}]
    events += [{"event": "block", "sequence": i, "sample": i * RATE, "samples": RATE} for i in range(3)]
    events += [{"event": "muted", "muted": True, "sample": RATE}, {"event": "muted", "muted": False, "sample": 2 * RATE},
               {"event": "delivered", "sequence": 0, "attempts": 1, "latency": 0.01},
               {"event": "retrying", "sequence": 1, "reason": "HTTP 500"},
               {"event": "delivered", "sequence": 1, "attempts": 2, "latency": 1.5},
               {"event": "failed", "sequence": 2, "attempts": 3, "reason": "HTTP 500 <&>"}, {"event": "part-closed", **part}]
    return [json.dumps({**common, **event}) for event in events]


def recording(path, seconds=3):
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(b"\x00\x40\x00\xc0" * (seconds * RATE // 2))


def rectangles(svg, kind):
    return [r for r in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}rect") if r.get("class") == kind]


class Timeline(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.wav = pathlib.Path(directory.name, "x.wav")
        recording(self.wav)

    def draw(self, lines):
        return timeline.picture(timeline.read(lines))

    def test_every_block_shows_what_became_of_it(self):
        svg = self.draw(log("1", str(self.wav)))
        self.assertEqual([len(rectangles(svg, kind)) for kind in ("delivered", "retried", "failed", "dropped")], [1, 1, 1, 0])
        self.assertIn("2 of 3", svg)

    def test_a_track_begins_where_its_closed_part_says(self):
        late = [line.replace("00:00.000Z", "00:06.000Z") if '"part-opened"' in line else line for line in log("2", str(self.wav))]
        first, second = [r.get("x") for r in rectangles(self.draw(log("1", str(self.wav)) + late), "delivered")]
        self.assertEqual(first, second)

    def test_the_muted_second_is_where_it_was(self):
        muted, = rectangles(self.draw(log("1", str(self.wav))), "muted")
        self.assertEqual(float(muted.get("x")), timeline.LEFT + timeline.WIDTH / 3)
        self.assertEqual(float(muted.get("width")), timeline.WIDTH / 3)

    def test_a_track_that_began_later_stands_further_right(self):
        later = log("2", str(self.wav), "2026-01-01T00:00:01.000Z", "zoe")
        first, second = rectangles(self.draw(log("1", str(self.wav)) + later), "delivered")
        self.assertAlmostEqual(float(second.get("x")) - float(first.get("x")), timeline.WIDTH / 4, places=1)

    def test_the_waveform_reaches_as_high_as_the_samples(self):
        polygon, = ElementTree.fromstring(self.draw(log("1", str(self.wav)))).iter("{http://www.w3.org/2000/svg}polygon")
        heights = {float(point.split(",")[1]) for point in polygon.get("points").split()}
        self.assertEqual(heights, {timeline.HEAD + timeline.WAVE * quarter for quarter in (0.25, 0.75)})

    def test_a_recording_that_is_gone_leaves_its_blocks(self):
        svg = self.draw(log("1", "/nonexistent.wav"))
        self.assertNotIn("<polygon", svg)
        self.assertEqual(len(rectangles(svg, "delivered")), 1)

    def test_names_cannot_break_the_picture(self):
        self.draw(log("1", str(self.wav), name='</text><script>"&'))

    def test_what_is_no_pipeline_log_is_named_with_its_line(self):
        for lines in (["no json"], ["[]"], ['{"event":"started"}']):
            with self.assertRaisesRegex(timeline.Unreadable, "line 1"):
                timeline.read(lines)
        with self.assertRaisesRegex(timeline.Unreadable, "no track"):
            timeline.read([])
