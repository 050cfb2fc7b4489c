"""tools/verify and tools/spool look where the daemon writes: its environment, .env, its defaults, whatever directory they are started in."""
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import test_spool

TOOLS = pathlib.Path(__file__).resolve().parents[2] / "tools"
NAMES = ("LEDGER_DIR", "EGRESS_AUDIO_OUTPUT_DIR", "IMENTIV_SPOOL_DIR")


class Settings(unittest.TestCase):
    """A project's directory of its own, and another that is the current one."""

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.project, self.elsewhere = (pathlib.Path(directory.name).resolve() / name for name in ("project", "elsewhere"))
        self.elsewhere.mkdir()
        shutil.copytree(TOOLS / "lib", self.project / "tools" / "lib")
        for tool in ("verify", "spool"):
            shutil.copy(TOOLS / tool, self.project / "tools" / tool)

    def run_tool(self, *arguments, **variables):
        environment = {name: value for name, value in os.environ.items() if name not in NAMES}
        return subprocess.run([self.project / "tools" / arguments[0], *arguments[1:]], env={**environment, **variables}, cwd=self.elsewhere,
                              capture_output=True, text=True, timeout=120)

    def spool_has(self, directory, sequence):
        directory.mkdir(parents=True, exist_ok=True)
        (directory / test_spool.name(sequence)).write_bytes(test_spool.block(sequence))

    def listed(self, *arguments, **variables):
        result = self.run_tool("spool", "list", "--json", *arguments, **variables)
        self.assertEqual(result.returncode, 0, result.stderr)
        return [row["sequence"] for row in json.loads(result.stdout)]

    def test_the_environment_wins_then_env_then_the_default(self):
        for sequence, name in enumerate(("storage/spool", "of-env", "of-environment")):
            self.spool_has(self.project / name, sequence)
        self.assertEqual(self.listed(), [0])
        (self.project / ".env").write_text("IMENTIV_SPOOL_DIR='./of-env' # where\n")
        self.assertEqual(self.listed(), [1])
        self.assertEqual(self.listed(IMENTIV_SPOOL_DIR="of-environment"), [2])
        self.assertEqual(self.listed(IMENTIV_SPOOL_DIR=""), [0], "what is empty counts as not set, and hides that of the file")

    def test_what_is_named_on_the_command_line_is_below_the_current_directory(self):
        self.spool_has(self.project / "kept", 0)
        self.spool_has(self.elsewhere / "kept", 1)
        self.assertEqual(self.listed("kept"), [1])
        self.assertEqual(self.listed(IMENTIV_SPOOL_DIR="kept"), [0])

    def test_a_spool_that_is_none_is_said_to_be(self):
        (self.project / ".env").write_text("IMENTIV_SPOOL_DIR=none\n")
        result = self.run_tool("spool", "list")
        self.assertEqual(result.returncode, 2)
        self.assertIn("IMENTIV_SPOOL_DIR is none", result.stderr)

    def test_verify_looks_there_too(self):
        (self.project / ".env").write_text("LEDGER_DIR=of-env\n")
        self.assertIn(f"in {self.project}/of-env", self.run_tool("verify", "RM_1").stderr)
        self.assertIn(f"in {self.project}/there", self.run_tool("verify", "RM_1", LEDGER_DIR="there").stderr)
        self.assertIn("in here", self.run_tool("verify", "--ledger", "here", "RM_1").stderr)

    def test_a_bad_env_is_a_wrong_call_and_keeps_its_secrets(self):
        (self.project / ".env").write_text("recognisable secret\n")
        for arguments in (("spool", "list"), ("verify", "RM_1")):
            result = self.run_tool(*arguments)
            self.assertEqual((result.returncode, result.stdout), (2, ""), result.stderr)
            self.assertRegex(result.stderr, r"^(tools/spool|verify): .*/\.env: line 1 is not KEY=VALUE\n$")

    def test_help_says_so(self):
        for arguments in (("spool", "list", "--help"), ("verify", "--help")):
            text = self.run_tool(*arguments).stdout
            self.assertIn(".env", text)
            self.assertIn("below the project's directory", " ".join(text.split()))


if __name__ == "__main__":
    unittest.main()
