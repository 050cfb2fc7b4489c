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
               {"event": "failed", "sequence": 2, "attempts": 3, "reason": "HTTP 500 <&>"}, {"event": "part-closed", **part, "samples": 3 * RATE}]
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

    def line(self, track, event, **fields):
        return json.dumps({"track": track, "trackId": f"TR_{track}", "participant": "ann", "event": event, **fields})

    def test_a_track_begins_where_its_end_says(self):
        """Ten seconds were told wrong until the clock was known better, 250 ms still when the part was closed."""
        lines = [line.replace("00:00.000Z", "00:10.000Z") if '"part-opened"' in line else
                 line.replace("00:00.000Z", "00:00.250Z") if '"part-closed"' in line else line for line in log("2", str(self.wav))]
        lines.append(self.line("2", "ended", utc="2026-01-01T00:00:01.000Z"))
        first, second = [float(r.get("x")) for r in rectangles(self.draw(log("1", str(self.wav)) + lines), "delivered")]
        self.assertAlmostEqual(second - first, timeline.WIDTH / 4, places=1)

    def test_a_time_that_is_not_known_is_left_to_another_line(self):
        lines = [json.dumps({**json.loads(line), "utc": None}) if '"part-opened"' in line else line for line in log("1", str(self.wav))]
        self.assertEqual(len(rectangles(self.draw(lines), "delivered")), 1)
        nothing = [line for line in lines if '"part-closed"' not in line]
        with self.assertRaisesRegex(timeline.Unreadable, "no track"):
            timeline.read(nothing)

    def test_lines_before_a_correction_of_the_format_keep_their_places(self):
        lines = [self.line("1", "started", rate=RATE, channels=1),
                 self.line("1", "block", sequence=0, sample=0, samples=2 * RATE, rate=RATE, channels=1),
                 self.line("1", "format-alarm", sample=RATE, corrected=True, measuredRate=RATE, measuredChannels=2),
                 self.line("1", "block", sequence=1, sample=RATE, samples=RATE, rate=RATE, channels=2),
                 self.line("1", "part-closed", sample=0, samples=2 * RATE, utc="2026-01-01T00:00:00.000Z", file="x", rate=RATE, channels=2)]
        track, = timeline.read(lines)
        self.assertEqual([(at, length) for _, at, length, _, _ in track.blocks], [(0, 1), (1, 1)])

    def test_video_is_as_long_as_its_files_and_has_no_blocks(self):
        part = {"part": 1, "sample": 0, "utc": "2026-01-01T00:00:01.000Z", "file": "/nonexistent.ivf", "rate": 1000, "channels": 0}
        video = [self.line("9", "started", rate=1000, channels=0), self.line("9", "part-opened", **part),
                 self.line("9", "part-closed", **part, samples=5000)]
        tracks = timeline.read(log("1", str(self.wav)) + video)
        self.assertEqual([(track.video, track.end, len(track.blocks)) for track in tracks], [(False, 3, 3), (True, 5, 0)])
        self.assertIn(">video</text>", timeline.picture(tracks))

    def spooled(self, *events):
        """The three blocks of a log, of which the spool had two; then what is said of them."""
        lines = [line for line in log("1", str(self.wav)) if json.loads(line).get("sequence", 0) == 0 or '"block"' in line]
        return lines + [self.line("1", "spooled", sequence=i, key=f"k-{i}", attempts=3, reason="HTTP 503") for i in (1, 2)] + list(events)

    def counts(self, svg):
        return {kind: len(rectangles(svg, kind)) for kind in timeline.COLOURS if rectangles(svg, kind)}

    def test_what_the_spool_did_is_shown(self):
        self.assertEqual(self.counts(self.draw(self.spooled())), {"delivered": 1, "spooled": 2})
        svg = self.draw(self.spooled(self.line("1", "delivered-from-spool", sequence=1, key="k-1", attempts=1, age=61.5),
                                     self.line("1", "dead-letter", sequence=2, key="k-2", attempts=1, reason="HTTP 422")))
        self.assertEqual(self.counts(svg), {"delivered": 1, "from-spool": 1, "dead-lettered": 1})
        self.assertIn("2 of 3", svg)
        self.assertIn("62 s in the spool", svg)
        self.assertIn("dead letter, HTTP 422", svg)

    def test_every_fate_has_a_colour_and_a_word_of_its_own(self):
        svg = self.draw(log("1", str(self.wav)))
        self.assertEqual(len(set(timeline.COLOURS.values())), len(timeline.COLOURS))
        texts = [t.text for t in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]
        for fate in timeline.COLOURS:
            self.assertIn(timeline.LEGEND.get(fate, fate), texts)
        bottom = float(ElementTree.fromstring(svg).get("viewBox").split()[3])
        self.assertLessEqual(max(float(t.get("y")) for t in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")), bottom)

    def write(self, path, lines):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"{line}\n" for line in lines))

    def run_tool(self, log_file):
        root = self.wav.parent
        svg = root / "picture.svg"
        status = timeline.main(["--ledger", str(root / "ledger"), "--recordings", str(root / "recordings"), str(log_file), str(svg)])
        self.assertEqual(status, 0)
        return svg.read_text()

    def test_what_became_of_a_block_after_its_track_is_read_from_the_ledger(self):
        root = self.wav.parent
        self.write(root / "logs" / "RM_1.log", self.spooled())
        self.write(root / "ledger" / "RM_1" / "late" / "states.jsonl",
                   ['{"line":"late-state","state":"delivered-from-spool","key":"k-1"}', '{"line":"late-state","state":"delivered-from-spool","key":"x"}',
                    '{"line":"late-state","state":"dead-lettered","key":"k-2","reason":"HTTP 422"}', '{"line":"la'])
        self.assertEqual(self.counts(self.run_tool(root / "logs" / "RM_1.log")), {"delivered": 1, "from-spool": 1, "dead-lettered": 1})

    def test_a_track_that_moved_to_its_meeting_is_drawn_there_and_under_its_room(self):
        root = self.wav.parent
        file = root / "recordings" / "RM_1" / "x.wav"
        file.parent.mkdir(parents=True)
        self.wav.rename(file)
        came = self.line("1", "associated", meetingId="RM_1", room="daily")
        lines = [line.replace(str(self.wav), str(root / "recordings" / "daily" / "x.wav")) for line in self.spooled()]
        with_room = [json.dumps({**json.loads(line), "room": "daily"}) for line in lines]
        other = [json.dumps({**json.loads(line), "room": "daily"}) for line in log("2", "/nonexistent.wav")]
        self.write(root / "logs" / "daily.log", with_room + other + [came])
        self.write(root / "logs" / "RM_1.log", [came])
        self.write(root / "ledger" / "daily" / "late" / "states.jsonl", ['{"line":"late-state","state":"delivered-from-spool","key":"k-1"}'])
        svg = self.run_tool(root / "logs" / "RM_1.log")
        self.assertEqual(self.counts(svg), {"delivered": 1, "from-spool": 1, "spooled": 1})
        self.assertEqual(svg.count("<polygon"), 1)
        self.assertNotIn("TR_2", svg)
        svg = self.run_tool(root / "logs" / "daily.log")
        self.assertEqual(svg.count("<polygon"), 1)
        self.assertIn("TR_2", svg)

    def test_a_line_that_is_being_written_is_left_for_the_next_picture(self):
        path = self.wav.parent / "RM_1.log"
        path.write_text("\n".join(log("1", str(self.wav))) + '\n{"event":"bl')
        self.assertEqual(self.counts(self.run_tool(path)), {"delivered": 1, "retried": 1, "failed": 1})

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
