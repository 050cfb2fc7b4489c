import contextlib
import io
import json
import pathlib
import tempfile
import unittest

import testsummary

GTEST = """<testsuites>
  <testsuite name="live-meeting.live-meeting:unit / tools.Wire" tests="3" errors="0" failures="1">
    <testcase name="Masks" status="run" result="completed"/>
    <testcase name="Closes" status="run" result="completed"><failure message="expected 1"/></testcase>
    <testcase name="Disabled" status="notrun" result="suppressed"/>
  </testsuite>
  <testsuite name="live-meeting.live-meeting:unit / scripts" tests="2">
    <testcase name="reads"/>
    <testcase name="later"><skipped/></testcase>
  </testsuite>
</testsuites>"""
GOOD = '<testsuites><testsuite name="live-meeting.live-meeting:unit / tools.Wire"><testcase name="Masks" status="run"/></testsuite></testsuites>'


class TestSummary(unittest.TestCase):
    def run_on(self, *builds):
        """Each build is (JUnit text or None, {program: verdict}); answers exit status and printed lines."""
        with tempfile.TemporaryDirectory() as root:
            paths = []
            for number, (junit, verdicts) in enumerate(builds):
                logs = pathlib.Path(root, str(number), "meson-logs")
                logs.mkdir(parents=True)
                if junit is not None:
                    (logs / "testlog.junit.xml").write_text(junit)
                (logs / "testlog.json").write_text("".join(
                    json.dumps({"name": f"live-meeting:unit / {name}", "result": result}) + "\n"
                    for name, result in verdicts.items()))
                paths.append(logs.parent)
            output = io.StringIO()
            with contextlib.redirect_stdout(output):
                status = testsummary.main(paths)
            return status, output.getvalue().splitlines()

    def test_counts_cases_of_gtest_and_tap(self):
        status, lines = self.run_on((GTEST, {"tools": "FAIL", "scripts": "OK"}))
        self.assertEqual(lines[-1], "2 passed, 1 failed, 2 skipped")
        self.assertIn("FAILED live-meeting.live-meeting:unit / tools.Wire: Closes", lines)
        self.assertEqual(status, 1)

    def test_adds_up_builds(self):
        status, lines = self.run_on((GOOD, {"tools": "OK"}), (GOOD, {"tools": "OK"}))
        self.assertEqual((status, lines), (0, ["2 passed, 0 failed, 0 skipped"]))

    def test_counts_a_program_that_fails_after_its_cases_passed(self):
        status, lines = self.run_on((GOOD, {"tools": "FAIL"}))
        self.assertEqual((status, lines[-1]), (1, "1 passed, 1 failed, 0 skipped"))

    def test_counts_a_program_that_left_no_cases(self):
        status, lines = self.run_on((GOOD, {"tools": "OK", "other": "TIMEOUT"}))
        self.assertEqual((status, lines[-1]), (1, "1 passed, 1 failed, 0 skipped"))

    def test_fails_when_nothing_ran(self):
        self.assertEqual(self.run_on(("<testsuites/>", {})), (1, ["0 passed, 0 failed, 0 skipped"]))

    def test_fails_without_logs(self):
        status, lines = self.run_on((GOOD, {"tools": "OK"}), (None, {}))
        self.assertEqual((status, lines[-1]), (1, "1 passed, 1 failed, 0 skipped"))
