"""tools/masix console: this terminal becomes the console of a cluster's node."""
import fcntl
import os
import select
import signal
import socket
import sys
import time

from masix import cluster, terminal
from masix.errors import MasixError

COMMANDS = {**terminal.LEAVE, b"n": "next", b"p": "previous",
            **{str(digit).encode(): str(digit) for digit in range(1, 10)}}
KEYS_WORDS = "Ctrl-A and then: X leaves, N next node, P previous, 1 to 9 that node, Ctrl-A itself."
# Control-] and r: the console server draws its whole screen again.
DRAW_ANEW = b"\x1dr"
SCREEN_ROWS = 25
LOOK_S = 0.3
LOCK_TRIES = 5


def add(commands):
    command = commands.add_parser(
        "console", help="attach this terminal to a node's serial console",
        description="Attaches this terminal to the serial console of a cluster's node. "
                    f"{KEYS_WORDS} Leaving stops nothing.")
    command.add_argument("node", nargs="?", default="1", metavar="NODE",
                         help="node2, or 2 (default node1)")
    cluster.add_name(command)
    command.set_defaults(run=run)


class Line:
    """A node's serial line, which one terminal at a time can have.

    Raises OSError while the node is not there.
    """

    def __init__(self, node):
        self.lock = self._take(node)
        self.lock.truncate(0)
        self.lock.write(f"{os.getpid()}\n")
        self.lock.flush()
        self.socket = socket.socket(socket.AF_UNIX)
        try:
            self.socket.connect(str(node.path("serial")))
        except OSError:
            self.close()
            raise

    @staticmethod
    def _take(node):
        lock = open(node.path("console.lock"), "a+", encoding="ascii")
        for _ in range(LOCK_TRIES):
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return lock
            except OSError:
                time.sleep(0.05)  # somebody may only be looking who has it
        lock.close()
        raise busy(node, user_of(node))

    def close(self):
        self.socket.close()
        self.lock.close()


def user_of(node):
    """The number of the process that has a node's console, or None."""
    try:
        with open(node.path("console.lock"), encoding="ascii") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
                return None
            except BlockingIOError:
                return lock.read().strip() or "?"
    except OSError:
        return None


def busy(node, user):
    return MasixError("console", node.name, f"another terminal has it (process {user})",
                      "leave it there, or attach to another node")


def say(text):
    terminal.write_all(sys.stdout.fileno(), text.replace("\n", "\r\n").encode())


def rows():
    """How many this terminal has; 0: it is none."""
    return os.get_terminal_size(sys.stdout.fileno()).lines if sys.stdout.isatty() else 0


def title(node):
    """On a terminal with more rows than the node's screen has: on the last one, who this is."""
    last = rows()
    if last > SCREEN_ROWS + 1:
        text = f" {node.name} of cluster {node.cluster.name}. {KEYS_WORDS}"
        say(f"\x1b7\x1b[{last};1H\x1b[0;7m\x1b[2K{text[:79]}\x1b[0m\x1b8")


def open_line(node, keyboard):
    """(line, None), or (None, command): what was typed while the node did not run."""
    told = False
    while True:
        if node.is_alive():
            try:
                return Line(node), None
            except OSError:
                pass  # it is just ending, or just beginning
        elif not node.cluster.was_started():
            say(f"\x1b[0m\nCluster {node.cluster.name} was stopped.\n")
            return None, "leave"
        elif not told:
            say(f"\x1b[0m\n{node.name} has ended. tools/masix restart {node.name} starts it "
                f"again.\n{KEYS_WORDS}\n")
            told = True
        if select.select([keyboard.descriptor], [], [], LOOK_S)[0]:
            _, command = keyboard.read()
            if command or not keyboard.open:
                return None, command or "leave"


def talk(node, keyboard):
    """The node's console on this terminal, until a command is typed."""
    try:
        line, command = open_line(node, keyboard)
    except MasixError as error:
        # Not the end: there are other nodes, and the key that leaves.
        say(f"\x1b[0m\n{error}\n")
        return wait_command(keyboard)
    if line is None:
        return command
    try:
        if rows():
            # What stands here goes up into the terminal's history before the node draws.
            say("\n" * rows())
        line.socket.sendall(DRAW_ANEW)
        command = terminal.relay(line.socket, keyboard, lambda: title(node))
    except OSError:
        command = "ended"
    finally:
        line.close()
    if command == "ended" and not sys.stdin.isatty():
        say(f"\n{node.name} has ended.\n")
        return "leave"
    return command


def wait_command(keyboard):
    while keyboard.open:
        _, command = keyboard.read()
        if command:
            return command
    return "leave"


def choose(nodes, current, command):
    """The node that a command means; the current one if there is no such node."""
    if command == "next":
        return nodes[current.number % len(nodes)]
    if command == "previous":
        return nodes[(current.number - 2) % len(nodes)]
    if command.isdigit() and int(command) <= len(nodes):
        return nodes[int(command) - 1]
    return current


def attach(found, node):
    """From console to console, until the key that leaves."""
    keyboard = terminal.Keyboard(COMMANDS)
    nodes = found.nodes()
    with terminal.Raw():
        while True:
            command = talk(node, keyboard)
            if command == "leave":
                return
            node = choose(nodes, node, command)


def run(options):
    found = cluster.find("console", options.name)
    node = found.node("console", options.node)
    node.require_alive("console")
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, terminal.raise_signal)
    user = user_of(node)
    if user:
        raise busy(node, user)
    attach(found, node)
    print(f"You left {found.name}; it goes on (tools/masix status, stop).")
