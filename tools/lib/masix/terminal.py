"""Joins this terminal to a serial line, until a key of ours is typed or the line ends."""
import os
import select
import sys
import termios
import tty

PREFIX = 0x01  # Control-A
LEAVE = {b"x": "leave"}
LEAVE_WORDS = "Ctrl-A, then X"


def raise_signal(number, _):
    """A signal's handler: what is in the way of the end is undone."""
    raise SystemExit(128 + number)


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


def split_keys(typed, prefixed, commands):
    """(bytes for the line, command or None, whether a prefix is open) of what was typed.

    commands: lower-case key -> command, meant when the prefix came before. What was typed behind
    a command is dropped.
    """
    out = bytearray()
    for byte in typed:
        if prefixed:
            prefixed = False
            command = commands.get(bytes([byte]).lower())
            if command is not None:
                return bytes(out), command, False
            out.append(byte)  # the prefix twice is the key itself
        elif byte == PREFIX:
            prefixed = True
        else:
            out.append(byte)
    return bytes(out), None, prefixed


def write_all(descriptor, data):
    while data:
        data = data[os.write(descriptor, data):]


class Keyboard:
    """What is typed at this terminal: bytes for the other side, or commands."""

    def __init__(self, commands):
        self.descriptor = sys.stdin.fileno()
        self.commands = commands
        self.prefixed = False
        self.open = True

    def read(self):
        """(bytes, command or None) of what was typed; an end of input closes the keyboard."""
        typed = os.read(self.descriptor, 4096)
        self.open = bool(typed)
        out, command, self.prefixed = split_keys(typed, self.prefixed, self.commands)
        return out, command


def relay(line, keyboard, quiet=None):
    """Relays until a command is typed, which is returned, or the line ends ("ended").

    quiet: called once, when the other side has said nothing for a tenth of a second.
    """
    while True:
        # A file or a pipe may end: then there is only something to show.
        watched = [line, keyboard.descriptor] if keyboard.open else [line]
        ready, _, _ = select.select(watched, [], [], 0.1 if quiet else None)
        if quiet and not ready:
            quiet()
            quiet = None
        if line in ready:
            try:
                data = line.recv(65536)
            except ConnectionResetError:
                data = b""
            if not data:
                return "ended"
            write_all(sys.stdout.fileno(), data)
        if keyboard.descriptor in ready:
            out, command = keyboard.read()
            try:
                line.sendall(out)
            except OSError:
                return "ended"
            if command:
                return command


def join(line):
    """Relays until the key that leaves (returns "leave") or the line's end ("ended")."""
    with Raw():
        return relay(line, Keyboard(LEAVE))
