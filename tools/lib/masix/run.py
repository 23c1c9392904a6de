"""tools/masix run: one Unix program in a node of its own, with this command's input and output."""
import argparse
import contextlib
import errno
import os
import select
import shutil
import signal
import socket
import stat
import subprocess
import sys
import termios
import time
import tty

import cpio
import machine
from masix import channel, cluster, keys, start
from masix.errors import MasixError
from masix.node import ACS, DEFAULT_NAME, PROCESS, Node, build_machine
from masix.process import die_with_parent

ARCHIVE = machine.BUILD / "run.cpio"
GNS = machine.BUILD / "servers" / "gns" / "gns"
GNS_LINE = b"gns /servers/gns restart unlimited\n"
NODES_MAX = 32
START_TIME_S = 120
STATUS_OWN_ERROR = 125
STATUS_REFUSED, STATUS_NOT_FOUND = 126, 127
PATH = "/bin:/sbin:/usr/bin:/usr/sbin"
# Memory: what the node itself needs with room for programs, and an added byte's archive and file.
MEMORY_MB, COPIES = 128, 3
OUTGOING_MAX = 65536
SIGNAL_TIME_S = 0.2
BATCH, BATCH_TIME_S = 1024, 0.001

EXIT_WORDS = """
Ends as the program does: with its status, or 128 and the number of the signal that killed it; 127
when there is no such program, 126 when it cannot be started, 125 when something else fails, with a
sentence on standard error. Ctrl-C is for the program; the second one ends the node. When standard
input and output are a terminal, the program has one of the same size, and all keys are its;
another terminal's kill, said twice, ends the node.
"""


class Parser(argparse.ArgumentParser):
    """Wrong words end with a status that no program's can be mistaken for."""

    def error(self, message):
        self.print_usage(sys.stderr)
        self.exit(STATUS_OWN_ERROR, f"{self.prog}: error: {message}\n")


def add(commands):
    made = commands._parser_class  # argparse has no public way to choose one command's parser
    commands._parser_class = Parser
    command = commands.add_parser(
        "run", help="run one Unix program in a node of its own", epilog=EXIT_WORDS,
        usage="tools/masix run [OPTION ...] [--] PROGRAM [WORD ...]",
        description="Boots a node, runs one program of Linux/i386 in it with this command's "
                    "standard input, output and error, and ends the node.")
    commands._parser_class = made
    command.add_argument("--add", action="append", default=[], metavar="HOST:GUEST",
                         help="a file or folder of the host, with all in it, is there as GUEST")
    command.add_argument("--get", action="append", default=[], metavar="GUEST:HOST",
                         help="after the end, save the file GUEST of the node as HOST")
    command.add_argument("--cwd", default="/", metavar="FOLDER",
                         help="the node's folder to run in (default /)")
    command.add_argument("--env", action="append", default=[], metavar="NAME=VALUE",
                         help=f"a variable more (PATH={PATH} and HOME=/root are there)")
    command.add_argument("--mem", type=int, metavar="MB",
                         help=f"the node's memory (default {MEMORY_MB} and room for what is added)")
    command.add_argument("--nodes", type=int, default=1, metavar="N",
                         help="the program's node is node1 of a cluster of N that all run")
    command.add_argument("--icount", action="store_true",
                         help="the node's clock counts instructions: exact, for measuring")
    command.add_argument("words", nargs="...", metavar="PROGRAM [WORD ...]")
    command.set_defaults(run=run, parser=command)


def refuse(subject, reason, advice):
    raise MasixError("run", subject, reason, advice)


def split_pair(text, what):
    first, colon, second = text.rpartition(":")
    if not colon or not first or not second:
        refuse(text, f"not {what}", "two paths with a : between them")
    return first, second


# Files that came from a DOS disk know of no permission to be executed.
DOS_PROGRAMS = (".com", ".exe", ".bat")


class Order:
    """What is to be run, with what, from the words of the command."""

    def __init__(self, options):
        words = options.words[1:] if options.words[:1] == ["--"] else options.words
        if not words:
            refuse("no program", "it is missing", "see tools/masix run --help")
        self.words = words
        self.folder = options.start_folder
        self.icount = options.icount
        self.nodes = options.nodes
        if not 1 <= self.nodes <= cluster.NODES_MAX:
            refuse(f"--nodes {self.nodes}", "not a number of nodes",
                   f"choose 1 to {cluster.NODES_MAX}")
        self.cwd = options.cwd
        self.adds = [split_pair(text, "HOST:GUEST") for text in options.add]
        self.gets = [split_pair(text, "GUEST:HOST") for text in options.get]
        self.variables = {"PATH": PATH, "HOME": "/root"}
        self.has_terminal = os.isatty(0) and os.isatty(1)
        if self.has_terminal and "TERM" in os.environ:
            self.variables["TERM"] = os.environ["TERM"]
        for text in options.env:
            name, equals, value = text.partition("=")
            if not equals or not name:
                refuse(f"--env {text}", "not a variable", "say NAME=VALUE")
            self.variables[name] = value
        for guest in [self.cwd] + [guest for _, guest in self.adds]:
            if not guest.startswith("/") or ".." in guest.split("/"):
                refuse(guest, "not a path of the node", "it begins with / and has no ..")

    def program(self, entries):
        """The program's path: one without a / is looked for, as a shell does."""
        name = self.words[0]
        if "/" in name:
            return name
        for folder in self.variables["PATH"].split(":"):
            path = os.path.join(folder, name)
            entry = entries.get(path.strip("/"))
            if entry and not stat.S_ISDIR(entry.mode) and entry.mode & 0o111:
                return path
        return None

    def frames(self, path):
        def strings(words):
            return b"".join(os.fsencode(word) + b"\0" for word in words)

        return (channel.frames(channel.PATH, os.fsencode(path)) +
                channel.frames(channel.DIRECTORY, os.fsencode(self.cwd)) +
                channel.frames(channel.ARGUMENTS, strings(self.words)) +
                channel.frames(channel.ENVIRONMENT,
                               strings(f"{name}={value}"
                                       for name, value in self.variables.items())) +
                (channel.size_frame(os.get_terminal_size(1)) if self.has_terminal else b"") +
                channel.frame(channel.START))


def make_archive(order):
    entries = cpio.decode(ARCHIVE.read_bytes())
    for host, guest in order.adds:
        try:
            cpio.add_tree(entries, os.path.join(order.folder, host), guest)
        except OSError as error:
            refuse(host, error.strerror, "name something that you can read")
        except cpio.CpioError as error:
            refuse(f"--add {host}:{guest}", str(error), "choose another place in the node")
    for path, entry in entries.items():
        if path.lower().endswith(DOS_PROGRAMS) and stat.S_ISREG(entry.mode):
            entry.mode |= 0o111
    return entries


def add_network(entries):
    """node1 of a cluster has the network server, too."""
    if not GNS.exists():
        refuse(GNS.relative_to(machine.ROOT), "it is not built", "run make node")
    servers = entries["etc/servers"]
    entries["servers/gns"] = cpio.Entry(stat.S_IFREG | 0o755, GNS.read_bytes())
    entries["etc/servers"] = cpio.Entry(servers.mode, GNS_LINE + servers.data)


@contextlib.contextmanager
def company(order, node):
    """While the block runs, so do the other nodes of the cluster; None if there are none."""
    if order.nodes == 1:
        yield None
        return
    made = cluster.Cluster(f"{node.name}-{os.getpid()}")
    try:
        start.begin(made, start.settings_of(made, order.nodes), with_us=True, first=2)
        for other in made.nodes()[1:]:
            other.wait_up("run", START_TIME_S)
        yield made
    finally:
        start.end(made)
        shutil.rmtree(made.folder, ignore_errors=True)


def take_node():
    """The first of the nodes run, run2 ... that is free, so that several can run at once."""
    for number in range(1, NODES_MAX + 1):
        node = Node("run" if number == 1 else f"run{number}")
        try:
            node.take()
            return node
        except MasixError:
            continue
    return refuse(f"{NODES_MAX} nodes", "they all run", "wait until one has ended")


class Session:
    """The line to the runner, and what goes over it."""

    def __init__(self, line, qemu, log):
        self.line, self.qemu, self.log = line, qemu, log
        self.reader = channel.Reader()
        self.outgoing = b""
        self.granted, self.input_open = 0, True
        self.found = []
        self.signals = []  # that came and were not passed on
        self.insisted = False
        self.resized = False

    def fail(self, reason):
        try:
            said = self.log.read_text(encoding="utf-8", errors="replace").strip()
        except OSError:
            said = ""
        last = said.splitlines()[-1] if said else "it said nothing"
        refuse("the node", f"{reason} (its last words: {last})", f"look into {self.log}")

    def send(self, data):
        self.outgoing += data

    def take_signal(self, number, _):
        """The program's; who insists gets the node's end."""
        if self.insisted:
            raise SystemExit(128 + number)
        self.insisted = True
        self.signals.append(number)

    def take_size(self, *_):
        self.resized = True

    def _take_input(self):
        try:
            data = os.read(0, min(self.granted, channel.DATA_MAX))
        except OSError as error:
            if error.errno == errno.EAGAIN:
                return
            data = b""
        self.granted -= len(data)
        if data:
            self.send(channel.frame(channel.INPUT, data))
        else:
            self.input_open = False
            self.send(channel.frame(channel.INPUT_END))

    def _receive(self):
        data = None
        try:
            data = self.line.recv(65536)
            if 0 < len(data) < BATCH:
                # QEMU writes byte by byte: to be woken for each would cost more than they do.
                time.sleep(BATCH_TIME_S)
                data += self.line.recv(65536)
        except BlockingIOError:
            pass
        except OSError:
            data = b""
        if data is None:
            return
        if not data:
            self.fail("it has ended")
        try:
            self.found += self.reader.take(data)
        except channel.ChannelError as error:
            self.fail(str(error))

    def _transmit(self):
        try:
            sent = self.line.send(self.outgoing)
        except BlockingIOError:
            return
        except OSError:
            self.fail("it has ended")
        self.outgoing = self.outgoing[sent:]

    def next(self, timeout_s=None):
        """The next frame; meanwhile input goes out.  What is only for this class stays here."""
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        while True:
            if self.found:
                kind, data = self.found.pop(0)
                if kind == channel.FAILED:
                    self.fail(data.decode("utf-8", "replace"))
                if kind != channel.GRANT:
                    return kind, data
                self.granted += channel.word(data)
                continue
            while self.signals:
                self.send(channel.frame(channel.SIGNAL, bytes([self.signals.pop(0)])))
            if self.resized:
                self.resized = False
                self.send(channel.size_frame(os.get_terminal_size(1)))
            reads = [self.line]
            if self.input_open and self.granted and len(self.outgoing) < OUTGOING_MAX:
                reads.append(0)
            # A signal may have come just before, or does not end the waiting: not for long.
            ready, writable, _ = select.select(reads, [self.line] if self.outgoing else [], [],
                                               SIGNAL_TIME_S)
            if writable:
                self._transmit()
            if 0 in ready:
                self._take_input()
            if self.line in ready:
                self._receive()
            if not ready and deadline is not None and time.monotonic() > deadline:
                self.fail(f"it was not ready in {timeout_s} s")


def write_all(descriptor, data):
    while data:
        try:
            data = data[os.write(descriptor, data):]
        except BrokenPipeError:
            # As a program that nobody reads: by the signal's status, without a word.
            raise SystemExit(128 + signal.SIGPIPE) from None
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            return  # a terminal that has gone: the program hears of it


@contextlib.contextmanager
def keys_as_typed(session):
    """While the block runs, the terminal passes every key on, and its changes of size are told."""
    before = termios.tcgetattr(0)
    signal.signal(signal.SIGWINCH, session.take_size)
    try:
        tty.setraw(0, termios.TCSADRAIN)
        yield
    finally:
        signal.signal(signal.SIGWINCH, signal.SIG_DFL)
        with contextlib.suppress(termios.error):  # of a terminal that has gone
            termios.tcsetattr(0, termios.TCSADRAIN, before)


def run_program(session, order, path):
    """Sends the order and waits for the program's end; the status to end with."""
    kind, data = session.next(START_TIME_S)
    if kind != channel.READY or data != bytes([channel.VERSION]):
        session.fail("it speaks otherwise")
    with keys_as_typed(session) if order.has_terminal else contextlib.nullcontext():
        session.send(order.frames(path))
        kind, number = relay(session)
    if kind == channel.REFUSED:
        print(f"tools/masix run: {path}: {os.strerror(number)}", file=sys.stderr)
        return STATUS_NOT_FOUND if number == errno.ENOENT else STATUS_REFUSED
    return 128 + (number & 0x7f) if number & 0x7f else number >> 8 & 0xff


def relay(session):
    """Until the program has ended or was refused: which of them, and its number."""
    while True:
        kind, data = session.next()
        if kind == channel.OUTPUT:
            write_all(1, data)
        elif kind == channel.ERROR:
            write_all(2, data)
        elif kind in (channel.REFUSED, channel.ENDED):
            return kind, channel.word(data)
        else:
            session.fail(f"it said {kind!r}")


def get_file(session, guest, host):
    session.send(channel.frame(channel.GET, os.fsencode(guest)))
    parts = []
    while True:
        kind, data = session.next()
        if kind == channel.FILE:
            parts.append(data)
        elif kind == channel.GOT:
            break
        elif kind not in (channel.OUTPUT, channel.ERROR):
            session.fail(f"it said {kind!r}")
    number, mode = channel.word(data[:4]), channel.word(data[4:])
    if number != 0:
        refuse(f"--get {guest}", os.strerror(number), "name a file that is there")
    try:
        with open(host, "wb") as out:
            out.writelines(parts)
        os.chmod(host, mode & 0o777)
    except OSError as error:
        refuse(host, error.strerror, "name a file that you may write")


def start_qemu(node, order, entries, memory_mb, others):
    """QEMU, and its second serial line; others: the cluster whose node1 it is, or None."""
    archive = machine.ROOT / node.path("archive.cpio")
    archive.write_bytes(cpio.encode(entries))
    fw_cfg = keys.make_node_files(DEFAULT_NAME, node.path("fw_cfg"),
                                  others.settings["keys"] if others else keys.FOLDER)
    described = build_machine(fw_cfg, memory_mb, icount=order.icount, archive=archive, extra=[
        "-serial", f"file:{node.path('console.log')}",
        "-chardev", f"socket,id=channel,path={node.path('serial')}",
        "-serial", "chardev:channel",
        *(machine.segment_card(others.segment.folder, 1) if others else [])])
    described.check()
    with socket.socket(socket.AF_UNIX) as listener, open(node.path("qemu.log"), "wb") as log:
        listener.bind(str(node.path("serial")))
        listener.listen(1)
        listener.settimeout(0.1)
        try:
            qemu = subprocess.Popen(described.arguments(), stdin=subprocess.DEVNULL, stdout=log,
                                    stderr=log, start_new_session=True,
                                    preexec_fn=die_with_parent)
        except OSError as error:
            refuse("qemu-system-i386", error.strerror, "run tools/setup")
        node.set_pid(qemu.pid)
        while True:
            try:
                line, _ = listener.accept()
                line.setblocking(False)
                return qemu, line
            except TimeoutError:
                if qemu.poll() is not None:
                    said = node.path("qemu.log").read_text(errors="replace").strip()
                    refuse("QEMU", said or f"it ended with status {qemu.returncode}",
                           "see qemu-system-i386 -help for what it can do")


def run_in_node(node, order, entries, path, memory_mb, others):
    qemu = None
    try:
        qemu, line = start_qemu(node, order, entries, memory_mb, others)
        with line:
            session = Session(line, qemu, node.path("console.log"))
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, session.take_signal)
            status = run_program(session, order, path)
            for guest, host in order.gets:
                get_file(session, os.path.join(order.cwd, guest),
                         os.path.join(order.folder, host))
            return status
    finally:
        if qemu is not None and qemu.poll() is None:
            qemu.kill()
            qemu.wait()


def run_order(options):
    order = Order(options)
    for part in (machine.KERNEL, ACS, PROCESS, ARCHIVE):
        if not part.exists():
            refuse(part.relative_to(machine.ROOT), "it is not built", "run make node")
    entries = make_archive(order)
    path = order.program(entries)
    if path is None:
        print(f"tools/masix run: {order.words[0]}: there is no such program in the node's PATH; "
              "take one along with --add", file=sys.stderr)
        return STATUS_NOT_FOUND
    added = sum(len(entry.data) for entry in entries.values())
    memory_mb = options.mem or MEMORY_MB + COPIES * (added >> 20)
    if not 48 <= memory_mb <= 3072:
        refuse(f"{memory_mb} MB", "not a size that a node can have", "choose 48 to 3072 (--mem)")
    if order.nodes > 1:
        add_network(entries)
    node = take_node()
    try:
        with company(order, node) as others:
            return run_in_node(node, order, entries, path, memory_mb, others)
    finally:
        node.path("archive.cpio").unlink(missing_ok=True)
        node.give_back()


def run(options):
    try:
        return run_order(options)
    except (MasixError, machine.BootError) as error:
        print(f"tools/masix {error}", file=sys.stderr)
        return STATUS_OWN_ERROR
