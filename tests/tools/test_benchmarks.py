"""The benchmarks that judge, not only measure: as small as they can be, on what was built."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

TOOLS = pathlib.Path(__file__).resolve().parents[2] / "tools"


class Benchmarks(unittest.TestCase):
    def run_benchmark(self, name, *options):
        with tempfile.TemporaryDirectory() as directory:
            output = pathlib.Path(directory) / "result.json"
            done = subprocess.run([sys.executable, TOOLS / "benchmark" / f"{name}.py", "--build", os.environ["LIVE_MEETING_BUILD"],
                                   "--output", output, *options], capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            return json.loads(output.read_text())["results"]

    def test_the_store_is_measured_on_both_databases(self):
        results = self.run_benchmark("store", "--writes", "300", "--look-ups", "20", "--rounds", "1")
        for engine in ("SQLite", "PostgreSQL"):
            [round_] = results[engine]
            self.assertGreater(round_["webhooksPerSecond"], 0)
            self.assertEqual(round_["idle"]["lookUps"], 20)

    def test_webhooks_beside_tracks_lose_nothing(self):
        results = self.run_benchmark("webhooks", "--tracks", "5", "--rate", "100", "--seconds", "3", "--quiet", "1")
        for engine in ("SQLite", "PostgreSQL"):
            self.assertEqual((results[engine]["webhooks"], results[engine]["problems"]), (300, []))


if __name__ == "__main__":
    unittest.main()
