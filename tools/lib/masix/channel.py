"""The frames between tools/masix run and the runner (servers/runner/frame_core.h)."""
import struct

DATA_MAX = 4096
VERSION = 2

PATH, DIRECTORY, ARGUMENTS, ENVIRONMENT, TERMINAL, START = b"p", b"d", b"a", b"e", b"t", b"s"
INPUT, INPUT_END, SIGNAL, GET = b"i", b"z", b"k", b"g"
READY, GRANT, OUTPUT, ERROR = b"R", b"G", b"O", b"E"
REFUSED, ENDED, FILE, GOT, FAILED = b"X", b"W", b"F", b"T", b"!"

HEADER = struct.Struct("<cBH")


class ChannelError(Exception):
    """What came is no frame."""


def frame(kind, data=b""):
    assert len(data) <= DATA_MAX
    return HEADER.pack(kind, 0, len(data)) + data


def frames(kind, data):
    """All of the data, in as many frames as it takes."""
    return b"".join(frame(kind, data[place:place + DATA_MAX])
                    for place in range(0, len(data), DATA_MAX))


def size_frame(size):
    """Of an os.terminal_size."""
    return frame(TERMINAL, struct.pack("<HH", size.lines, size.columns))


def word(data):
    if len(data) != 4:
        raise ChannelError("a word of another length")
    return struct.unpack("<I", data)[0]


class Reader:
    """Cuts a stream of bytes into frames."""

    def __init__(self):
        self.buffer = b""

    def take(self, data):
        """The whole frames so far, as a list of (kind, data)."""
        self.buffer += data
        found, place = [], 0
        while len(self.buffer) - place >= HEADER.size:
            kind, zero, size = HEADER.unpack_from(self.buffer, place)
            if zero != 0 or size > DATA_MAX:
                raise ChannelError("what came over the line is no frame")
            if len(self.buffer) - place < HEADER.size + size:
                break
            place += HEADER.size
            found.append((kind, self.buffer[place:place + size]))
            place += size
        self.buffer = self.buffer[place:]
        return found
