"""One file of a recording beside what the ledger says of it."""
import fcntl
import wave


class Part:
    """One file of the recording, as it is on disk. Positions are frames of the track's last format."""

    def __init__(self, line, path):
        self.number, self.path = line["part"], path
        self.line, self.closed = line, None
        self.promised = None  # frames, known when it was closed
        with wave.open(str(path), "rb") as file:
            self.rate, self.channels, self.width = file.getframerate(), file.getnchannels(), file.getsampwidth()
            self.held = file.getnframes()

    def place(self, channels):
        """Once it is known how many channels the track has: lines and files may be older than that."""
        line = self.closed or self.line
        self.track_channels = channels
        self.first = line["sample"] * line["channels"] // channels
        self.frames = self.held * self.channels // channels
        if self.closed:
            self.promised = line["samples"] * line["channels"] // channels

    @property
    def end(self):
        return self.first + self.frames

    def locked(self):
        """The daemon locks the file it writes."""
        with open(self.path, "rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    def read(self, begin, end):
        with wave.open(str(self.path), "rb") as file:
            file.setpos((begin - self.first) * self.track_channels // self.channels)
            return file.readframes((end - begin) * self.track_channels // self.channels)
