"""XXH3-128 by the system's libxxhash, whatever Python runs: 32 hexadecimal digits, canonical."""
import ctypes


class _Hash(ctypes.Structure):
    _fields_ = [("low", ctypes.c_uint64), ("high", ctypes.c_uint64)]


_library = ctypes.CDLL("libxxhash.so.0")
_library.XXH3_128bits.argtypes = [ctypes.c_char_p, ctypes.c_size_t]
_library.XXH3_128bits.restype = _Hash


def hex128(data):
    result = _library.XXH3_128bits(data, len(data))
    return f"{result.high:016x}{result.low:016x}"
