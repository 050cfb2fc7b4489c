"""Child processes that never outlive the script, and servers that announce their address."""
import contextlib
import pathlib
import re
import signal
import subprocess
import threading
import time

LISTENING = re.compile(r"listening on (https?://\S+)")


class ServerFailed(Exception):
    """A server ended or stayed silent instead of announcing its address."""


class Server:
    """A program that prints `listening on http://HOST:PORT`; its output goes to a log file."""

    def __init__(self, command, log, env=None, cwd=None):
        self.name = pathlib.Path(command[3] if command[0] == "taskset" else command[0]).name
        self.log = pathlib.Path(log)
        with open(self.log, "wb") as output:
            self.process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, env=env, cwd=cwd)
        try:
            self.url = self._wait_for_url(20)
        except BaseException:
            self.stop()
            raise

    def _wait_for_url(self, seconds):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = LISTENING.search(self.text())
            if found:
                return found[1]
            if self.process.poll() is not None:
                break
            time.sleep(0.02)
        raise ServerFailed(f"{self.name} did not start; its output ({self.log}):\n{self.text()[-2000:]}")

    def text(self):
        return self.log.read_text(errors="replace")

    @property
    def pid(self):
        return self.process.pid

    def stop(self, seconds=20):
        """Asks it to end, then forces it; the exit status, or None when it had to be forced."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                return None
        return self.process.returncode

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


@contextlib.contextmanager
def child(command, **options):
    """A process that is ended with the block, whatever happens."""
    process = subprocess.Popen(command, **options)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


class Lines(threading.Thread):
    """Collects the lines of a pipe; `wait_for` answers when one matches."""

    def __init__(self, pipe, echo=None):
        super().__init__(daemon=True)
        self._pipe, self._echo = pipe, echo
        self._changed = threading.Condition()
        self.lines, self._ended = [], False
        self.start()

    def run(self):
        for line in self._pipe:
            with self._changed:
                self.lines.append(line.rstrip("\n"))
                self._changed.notify_all()
            if self._echo:
                self._echo(line.rstrip("\n"))
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def wait_for(self, pattern, seconds):
        """The first match, or None at the end of the output or of the time."""
        def found():
            return next(filter(None, (re.search(pattern, line) for line in self.lines)), None)
        with self._changed:
            self._changed.wait_for(lambda: found() or self._ended, seconds)
            return found()
