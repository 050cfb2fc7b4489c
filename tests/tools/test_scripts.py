"""The scripts of tools/ as a newcomer meets them: in a fresh copy, without anything built."""
import json
import pathlib
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCRIPTS = ("run", "demo", "bench", "test", "setup", "timeline", "mux", "fuzz", "verify", "livekit-server")
PROJECT = """project('order', meson_version: '>= 1.0')
if get_option('tests').allowed()
  subdir('tests')
endif
"""


class Copy(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.root = pathlib.Path(directory.name)
        shutil.copytree(ROOT / "tools", self.root / "tools", ignore=shutil.ignore_patterns("node_modules", "__pycache__"))

    def run_script(self, name, *arguments):
        return subprocess.run([self.root / "tools" / name, *arguments], capture_output=True, text=True, stdin=subprocess.DEVNULL,
                              cwd="/", timeout=120)


class Scripts(Copy):
    def assert_nothing_made(self):
        self.assertEqual([path.name for path in self.root.iterdir()], ["tools"])

    def test_help_goes_to_standard_output_and_builds_nothing(self):
        for name in SCRIPTS:
            for option in ("--help", "-h"):
                with self.subTest(name, option=option):
                    result = self.run_script(name, option)
                    self.assertEqual((result.returncode, result.stderr), (0, ""))
                    self.assertTrue(result.stdout.startswith(f"Usage: tools/{name}"), result.stdout)
        self.assert_nothing_made()

    def test_wrong_use_is_status_2_says_what_is_wrong_and_builds_nothing(self):
        for name in SCRIPTS:
            with self.subTest(name):
                result = self.run_script(name, "--bogus")
                self.assertEqual((result.returncode, result.stdout), (2, ""))
                self.assertTrue(result.stderr.startswith(f"{name}: "), result.stderr)
        self.assert_nothing_made()

    def test_a_second_argument_is_not_overlooked(self):
        for name in ("run", "demo", "setup", "fuzz"):
            with self.subTest(name):
                result = self.run_script(name, "--help" if name != "setup" else "--run", "--bogus")
                self.assertEqual((result.returncode, result.stdout), (2, ""))

    def test_the_benchmark_explains_its_own_options(self):
        for benchmark, option in (("ingest", "--tracks"), ("webhooks", "--rate"), ("store", "--writes")):
            result = self.run_script("bench", benchmark, "--help")
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertIn(option, result.stdout)
        self.assert_nothing_made()


class Configure(Copy):
    """`configure` and `configure_tests` of lib/common.sh on a project that has nothing but the option."""

    def setUp(self):
        super().setUp()
        (self.root / "meson.build").write_text(PROJECT)
        (self.root / "meson_options.txt").write_text("option('tests', type: 'feature', value: 'auto')\n")
        (self.root / "tests" / "plugins").mkdir(parents=True)
        (self.root / "tests" / "meson.build").write_text("subdir('plugins')\n")
        (self.root / "tests" / "plugins" / "meson.build").write_text("configure_file(output: 'made', configuration: {'A': 1})\n")

    def configure(self, *functions):
        """Calls them in this order, as scripts of tools/ do; returns the value of the option `tests`."""
        script = self.root / "tools" / "try"
        calls = "\n".join(f'{function} "$root/build" --buildtype=release' for function in functions)
        script.write_text(f'#!/bin/sh\nset -eu\n. "$(dirname "$0")/lib/common.sh"\n{calls}\ncompile "$root/build"\n')
        script.chmod(0o755)
        result = self.run_script("try")
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        options = subprocess.run(["meson", "introspect", "--buildoptions", self.root / "build"], capture_output=True, check=True)
        return next(option["value"] for option in json.loads(options.stdout) if option["name"] == "tests")

    def test_what_only_runs_the_product_leaves_the_tests_out(self):
        self.assertEqual(self.configure("configure"), "disabled")
        self.assertFalse((self.root / "build" / "tests" / "plugins" / "made").exists())

    def test_tests_are_added_to_a_build_that_was_made_without(self):
        self.assertEqual(self.configure("configure", "configure_tests"), "enabled")
        self.assertTrue((self.root / "build" / "tests" / "plugins" / "made").exists())

    def test_a_build_with_tests_keeps_them(self):
        self.assertEqual(self.configure("configure_tests", "configure"), "enabled")

    def test_a_failed_set_up_shows_why_and_leaves_no_half_a_build(self):
        (self.root / "meson.build").write_text("project('order')\nerror('this is why')\n")
        script = self.root / "tools" / "try"
        script.write_text('#!/bin/sh\nset -eu\n. "$(dirname "$0")/lib/common.sh"\nconfigure "$root/build"\n')
        script.chmod(0o755)
        result = self.run_script("try")
        self.assertEqual(result.returncode, 1)
        self.assertIn("this is why", result.stderr)
        self.assertFalse((self.root / "build" / "build.ninja").exists())
