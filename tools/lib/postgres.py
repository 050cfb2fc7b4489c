"""A PostgreSQL server of one's own, for as long as it is needed: a cluster in a temporary directory, a Unix socket there
and no port. As root it runs as the user postgres, because PostgreSQL refuses root."""
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.parse

PATIENCE = 30  # seconds, for a start


def programs():
    """Debian keeps the server's programs out of PATH, in a directory per version."""
    found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        raise RuntimeError("PostgreSQL is not installed: tools/setup --test does it")
    return found[-1].parent


class Cluster:
    """`durable`: it synchronises the disk at every commit, as a server in use does."""

    def __init__(self, durable=True):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="live-meeting-postgres-"))
        self.user = {}
        try:
            if os.geteuid() == 0:
                owner = pwd.getpwnam("postgres")
                os.chown(self.directory, owner.pw_uid, owner.pw_gid)
                self.user = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
            self._run("initdb", "-D", str(self.directory / "data"), "--username=tester", "--auth=trust", "--encoding=UTF8",
                      "--locale=C.UTF-8")
            log = open(self.directory / "log", "wb")
            with log:
                self.process = subprocess.Popen(
                    [str(programs() / "postgres"), "-D", str(self.directory / "data"), "-k", str(self.directory),
                     "-c", "listen_addresses=", "-c", f"fsync={'on' if durable else 'off'}", "-c", "max_connections=40"],
                    stdout=log, stderr=subprocess.STDOUT, cwd=self.directory, **self.user)
            self._await_ready()
        except BaseException:
            self.stop()
            raise

    def _run(self, program, *arguments):
        done = subprocess.run([str(programs() / program), *arguments], cwd=self.directory, capture_output=True, text=True,
                              **self.user, check=False)
        if done.returncode:
            raise RuntimeError(f"{program} failed: {done.stderr}")

    def _await_ready(self):
        deadline = time.monotonic() + PATIENCE
        while "ready to accept connections" not in (text := (self.directory / "log").read_text(errors="replace")):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start: {text}")
            time.sleep(0.02)

    def url(self, schema):
        return f"postgresql://tester@{urllib.parse.quote(str(self.directory), safe='')}/postgres?schema={schema}"

    def stop(self):
        process = getattr(self, "process", None)
        if process and process.poll() is None:
            process.send_signal(signal.SIGINT)  # fast shutdown
            process.wait(PATIENCE)
        shutil.rmtree(self.directory, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
