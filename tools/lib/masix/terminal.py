"""Joins this terminal to a serial line, until the key that leaves is typed or the line ends."""
import os
import select
import sys
import termios
import tty

PREFIX = 0x01  # Control-A
LEAVE = b"xX"
LEAVE_WORDS = "Ctrl-A, then X"


class Raw:
    """The terminal in raw mode, as long as the block runs; nothing if it is no terminal."""

    def __enter__(self):
        self.saved = None
        if sys.stdin.isatty():
            self.saved = termios.tcgetattr(sys.stdin)
            tty.setraw(sys.stdin)
        return self

    def __exit__(self, *_):
        if self.saved is not None:
            # Also what a program on the other side may have left: attributes and a hidden cursor.
            os.write(sys.stdout.fileno(), b"\x1b[0m\x1b[?25h\r\n")
            termios.tcsetattr(sys.stdin, termios.TCSADRAIN, self.saved)


def split_keys(typed, prefixed):
    """(bytes for the line, whether to leave, whether a prefix is open) of what was typed."""
    out = bytearray()
    for byte in typed:
        if prefixed:
            prefixed = False
            if byte in LEAVE:
                return bytes(out), True, False
            out.append(byte)  # the prefix twice is the key itself
        elif byte == PREFIX:
            prefixed = True
        else:
            out.append(byte)
    return bytes(out), False, prefixed


def write_all(descriptor, data):
    while data:
        data = data[os.write(descriptor, data):]


def join(line):
    """Relays until the key that leaves (returns "left") or the line's end ("ended")."""
    keyboard = sys.stdin.fileno()
    prefixed = False
    watched = [keyboard, line]
    with Raw():
        while True:
            ready, _, _ = select.select(watched, [], [])
            if line in ready:
                data = line.recv(65536)
                if not data:
                    return "ended"
                write_all(sys.stdout.fileno(), data)
            if keyboard in ready:
                typed = os.read(keyboard, 4096)
                if not typed:  # a file or a pipe has ended: go on showing
                    watched = [line]
                out, leave, prefixed = split_keys(typed, prefixed)
                if out:
                    line.sendall(out)
                if leave:
                    return "left"
