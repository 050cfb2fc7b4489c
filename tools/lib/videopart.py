"""One file of a recorded video track: positions are milliseconds of the track, and there are no blocks to compare with."""
import fcntl
import struct

HEADER, FRAME = 32, 12  # bytes of IVF
START_CODES = (b"\0\0\1", b"\0\0\0\1")


class VideoPart:
    """As Part is of audio. Only IVF has times: of a bytestream the ledger alone knows how long it is."""

    rate = 1000

    def __init__(self, line, path):
        self.number, self.path = line["part"], path
        self.line, self.closed = line, None
        self.promised = None
        self.last = last_time(path) if path.suffix == ".ivf" else check_bytestream(path)

    def place(self, _channels):
        self.first = self.line["sample"]
        if self.closed:
            self.promised = self.frames = self.closed["samples"]
        else:
            self.frames = max(0, (self.last or 0) - self.first)

    @property
    def end(self):
        return self.first + self.frames

    def problem(self):
        """What the file itself says against the ledger."""
        size, promised = self.path.stat().st_size, (self.closed or {}).get("bytes")
        if promised is not None and size != promised:
            return f"{self.path.name} has {size} bytes, the ledger says {promised}"
        if self.closed and self.last is not None and self.last > self.end:
            return f"{self.path.name} goes on until {self.last} ms, the ledger says {self.end}"
        return None

    def locked(self):
        """The daemon locks the file it writes."""
        with open(self.path, "rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False


def last_time(path):
    """Milliseconds from the start of the track, of the last whole frame."""
    with open(path, "rb") as file:
        header = file.read(HEADER)
        if len(header) < HEADER or header[:4] != b"DKIF":
            raise ValueError("it is no IVF file")
        seconds, units = struct.unpack_from("<II", header, 16)
        if not seconds:
            raise ValueError("its header says no time base")
        size, last, at, count = path.stat().st_size, 0, HEADER, 0
        while at + FRAME <= size:
            file.seek(at)
            length, time = struct.unpack("<IQ", file.read(FRAME))
            at += FRAME + length
            if at > size:
                break
            last, count = time, count + 1
        claimed = struct.unpack_from("<I", header, 24)[0]
        if claimed > count:
            raise ValueError(f"its header says {claimed} frames, {count} are there")
    return last * 1000 * units // seconds


def check_bytestream(path):
    with open(path, "rb") as file:
        if not file.read(4).startswith(START_CODES):
            raise ValueError("it does not begin with a start code")
