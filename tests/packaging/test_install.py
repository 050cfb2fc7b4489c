"""What `meson install` puts into a DESTDIR runs from there."""
import json
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import unittest
import urllib.request

BUILD = os.environ["LIVE_MEETING_BUILD"]
PREFIX = os.environ["LIVE_MEETING_PREFIX"].lstrip("/")


class Installed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory(prefix="live-meeting-install-")
        cls.addClassCleanup(cls.directory.cleanup)
        subprocess.run(["meson", "install", "-C", BUILD, "--no-rebuild", "--quiet", "--destdir", cls.directory.name],
                       check=True, stdout=subprocess.DEVNULL)
        cls.prefix = pathlib.Path(cls.directory.name, PREFIX)

    def one(self, pattern):
        found = list(self.prefix.glob(pattern))
        self.assertEqual(len(found), 1, f"{pattern}: {found}")
        return found[0]

    def test_the_daemon_finds_its_plugin_and_serves(self):
        self.one("lib/**/gstreamer-1.0/libgstlivemeeting.so")
        ours = re.compile(r"(HOST|PORT|HTTP_|TLS_|EGRESS_|IMENTIV_|PIPELINE|LEDGER_|DATABASE_|AUDIO_|CORS_|TRUSTED_|LIVEKIT_|MEET_|S3_|GST_PLUGIN)")
        environment = {name: value for name, value in os.environ.items() if not ours.match(name)}
        with tempfile.TemporaryDirectory(prefix="live-meeting-run-") as state:
            environment |= {"PORT": "0", "MEET_PORT": "none", "GST_REGISTRY_1_0": f"{state}/registry.bin"}
            # It scans every installed plugin, and some of those leak: not for a sanitised build to judge here.
            environment["ASAN_OPTIONS"] = environment.get("ASAN_OPTIONS", "") + ":detect_leaks=0"
            daemon = subprocess.Popen([self.one("bin/live-meetingd")], cwd=state, env=environment,
                                      stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            try:
                line = daemon.stdout.readline()
                url = re.fullmatch(r"listening on (http://\S+)\n", line)
                self.assertTrue(url, line or daemon.stderr.read())
                with urllib.request.urlopen(f"{url[1]}/health", timeout=60) as answer:
                    self.assertEqual(json.load(answer)["status"], "healthy")
                daemon.send_signal(signal.SIGTERM)
                _, errors = daemon.communicate(timeout=120)
                self.assertEqual(daemon.returncode, 0, errors)
            finally:
                daemon.kill()
                daemon.communicate()

    def test_the_unit_starts_the_installed_daemon_in_a_sandbox(self):
        unit = self.one("lib/systemd/system/live-meetingd.service").read_text()
        self.assertIn(f"ExecStart=/{PREFIX}/bin/live-meetingd\n", unit)
        self.assertNotIn("@bindir@", unit)
        for line in ("DynamicUser=yes", "NoNewPrivileges=yes", "ProtectSystem=strict", "CapabilityBoundingSet=",
                     "ExecReload=kill -HUP $MAINPID", "StateDirectory=live-meeting"):
            self.assertIn(line + "\n", unit)

    def test_the_settings_are_documented_beside_it(self):
        example = self.one("share/doc/live-meeting/live-meetingd.env.example").read_text()
        self.assertIn("\nEGRESS_AUTH_SECRET=\n", example)


if __name__ == "__main__":
    unittest.main()
