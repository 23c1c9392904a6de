"""A cluster: its folder build/clusters/NAME, its nodes, and who of them runs.

    settings.json      while the cluster runs: what it was started with
    lock               held by a command that starts or ends something of it
    roster.conf, keys/ the cluster's own keys, which stay for the next start
    segment/           the virtual Ethernet: sockets, process, log
    wire.pcap          with a keylog: every frame
    nodeN/             serial, qmp, roster: sockets; process, fw_cfg/, console.log, qemu.log
"""
import contextlib
import fcntl
import json
import os
import re
import shutil
import signal
import socket
import time

import machine
from masix import keys
from masix.errors import MasixError
from masix.node import build_machine
from masix.process import Process, spawn
from masix.qmp import Monitor
from masix.segment import Segment

FOLDER = machine.BUILD.relative_to(machine.ROOT) / "clusters"
DEFAULT_NAME = "main"
# With the longest file names, a socket's path stays below the kernel's 108 bytes.
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,31}")
NODE = re.compile(r"(?:node)?([1-9][0-9]?)")
NODES_MAX = 63
MEMORY_MB = 64
SETTINGS = {"nodes", "memory_mb", "seed", "mode", "display", "keys", "own_keys", "started"}
# What the console server has drawn once somebody can type.
PROMPT = b"masix>"
PROMPT_WITHIN_BYTES = 1 << 20
ESCAPE = re.compile(rb"\x1b(?:\[[0-9;?]*[A-Za-z]|\([A-Z0-9]|%G|.)|[\x00-\x08\x0b-\x1f]")
LOCK_TIME_S = 60
MONITOR_TIME_S = 5
ROSTER_TIME_S = 30


def last_words(path):
    """The last line with something readable on it in a file, or ''."""
    try:
        with open(path, "rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - 8192))
            text = ESCAPE.sub(b"\n", file.read()).decode("utf-8", "replace")
    except OSError:
        return ""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else ""


class Node:
    """A node of a cluster; number: 1 to as many as there are."""

    def __init__(self, cluster, number):
        self.cluster, self.number = cluster, number
        self.name = f"node{number}"
        self.folder = cluster.folder / self.name
        self.record = self.path("process")

    def path(self, item):
        return self.folder / item

    def process(self):
        return Process.read(self.record)

    def is_alive(self):
        process = self.process()
        return process is not None and process.is_alive()

    def is_up(self):
        """Whether a person can type: its console has shown the prompt."""
        try:
            with open(self.path("console.log"), "rb") as log:
                return PROMPT in log.read(PROMPT_WITHIN_BYTES)
        except OSError:
            return False

    def start(self, with_us=False):
        """Starts its QEMU; files of an earlier one are removed."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        # QEMU binds it, and would find the name taken.
        (self.cluster.segment.folder / f"nic{self.number}").unlink(missing_ok=True)
        settings = self.cluster.settings
        keys.node_files(self.name, self.path("fw_cfg"), settings["keys"])
        extra = ["-name", f"masix {self.cluster.name} {self.name}",
                 "-chardev", f"socket,id=serial,path={self.path('serial')},server=on,wait=off,"
                             f"logfile={self.path('console.log')}",
                 "-serial", "chardev:serial",
                 # By it newer rosters come (servers/acs/line.c).
                 "-chardev", f"socket,id=roster,path={self.path('roster')},server=on,wait=off",
                 "-device", "isa-serial,index=3,chardev=roster",
                 "-qmp", f"unix:{self.path('qmp')},server=on,wait=off",
                 *machine.segment_card(self.cluster.segment.folder, self.number)]
        described = build_machine(self.path("fw_cfg"), settings["memory_mb"],
                                  display=settings["display"],
                                  append=settings.get("words", ()), extra=extra)
        described.check()
        try:
            return spawn(described.arguments(), self.record, self.path("qemu.log"), with_us)
        except OSError as error:
            raise MasixError("start", "qemu-system-i386", error.strerror,
                             "run tools/setup") from None

    def wait_up(self, action, limit_s):
        """Waits until it is up; returns how long it has run."""
        process = self.process()
        deadline = time.monotonic() + limit_s
        while not self.is_up():
            if process is None or not process.is_alive():
                said = last_words(self.path("console.log")) or last_words(self.path("qemu.log"))
                raise MasixError(action, self.name, f"it ended ({said or 'it said nothing'})",
                                 f"look into {self.folder}")
            if time.monotonic() > deadline:
                raise MasixError(action, self.name, f"it is not up after {limit_s:g} s",
                                 f"look into {self.path('console.log')}, or allow more (--wait)")
            time.sleep(0.02)
        return process.age_s()

    def end(self, *signals):
        """Ends its QEMU; False: there was none."""
        process = self.process()
        if process is None or not process.is_alive():
            self.record.unlink(missing_ok=True)
            return False
        if not process.end(*signals):
            raise MasixError("stop", f"{self.name} (process {process.pid})", "it does not end",
                             "look at it with ps")
        self.record.unlink(missing_ok=True)
        return True

    def kill(self):
        return self.end(signal.SIGKILL)

    def monitor(self, wait_s=0):
        return Monitor(self.path("qmp"), wait_s)

    def state(self):
        """One word for people."""
        if not self.folder.exists():
            return "elsewhere"  # it is the program's of tools/masix run
        if not self.is_alive():
            return "ended" if self.record.exists() else "killed"
        try:
            with Monitor(self.path("qmp"), 0, MONITOR_TIME_S) as monitor:
                if monitor.run("query-status")["status"] == "paused":
                    return "frozen"
        except MasixError:
            return "starting" if not self.is_up() else "silent"
        return "up" if self.is_up() else "starting"

    def is_revoked(self):
        return self.number in self.cluster.settings.get("revoked", ())

    def take_roster(self, roster):
        """Hands the running node a newer roster; what it says: "ok", or why it refuses it."""
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(ROSTER_TIME_S)
            line.connect(str(self.path("roster")))
            line.sendall(roster)
            said = b""
            while not said.endswith(b"\n"):
                part = line.recv(256)
                if not part:
                    raise OSError("its line was closed")
                said += part
            return said.decode("ascii", "replace").strip()

    def require_alive(self, action):
        if not self.is_alive():
            raise MasixError(action, self.name, f"it does not run ({self.state()})",
                             f"start it again with tools/masix restart {self.name}")


class Cluster:
    """A cluster by its name; settings is None when it was not started."""

    def __init__(self, name):
        if not NAME.fullmatch(name):
            raise MasixError("cluster", repr(name), "not a name",
                             "a name is 1 to 32 of a-z 0-9 . _ - and begins with a letter or digit")
        self.name = name
        self.folder = FOLDER / name
        self.segment = Segment(self.folder / "segment", f"cluster {name}")
        self.settings = self._read_settings()

    def _read_settings(self):
        try:
            settings = json.loads((self.folder / "settings.json").read_text(encoding="utf-8"))
            sound = SETTINGS <= settings.keys() and 1 <= int(settings["nodes"]) <= NODES_MAX
            return settings if sound else None
        except (OSError, ValueError, TypeError, AttributeError):
            return None

    def was_started(self):
        """Whether it was started and not stopped, as of now."""
        return self._read_settings() is not None

    def write_settings(self, settings):
        self.folder.mkdir(parents=True, exist_ok=True)
        new = self.folder / "settings.json.new"
        new.write_text(json.dumps(settings, indent=1) + "\n", encoding="utf-8")
        os.replace(new, self.folder / "settings.json")
        self.settings = settings

    @contextlib.contextmanager
    def locked(self, action):
        """Held while something of it is started or ended: one command after the other."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with open(self.folder / "lock", "a", encoding="ascii") as lock:
            deadline = time.monotonic() + LOCK_TIME_S
            while True:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except OSError:
                    if time.monotonic() > deadline:
                        raise MasixError(action, f"cluster {self.name}", "another command has "
                                         "been changing it for a minute",
                                         "wait for it, or end it") from None
                    time.sleep(0.05)
            self.settings = self._read_settings()
            yield

    def nodes(self):
        return [Node(self, number) for number in range(1, self.settings["nodes"] + 1)]

    def node(self, action, word):
        """The node that a person calls 2 or node2."""
        match = NODE.fullmatch(word)
        if not match or int(match[1]) > self.settings["nodes"]:
            raise MasixError(action, word, f"no node of cluster {self.name}",
                             f"there are node1 to node{self.settings['nodes']}")
        return Node(self, int(match[1]))

    def capture(self):
        """The file of all frames of a cluster with a keylog."""
        return self.folder / "wire.pcap"

    def is_alive(self):
        """Whether anything of it runs."""
        return self.settings is not None and (
            self.segment.is_alive() or any(node.is_alive() for node in self.nodes()))

    def end(self):
        """Ends all that runs of it; its keys and logs stay. Returns how many processes ended."""
        ended = 0
        for node in self.nodes():
            ended += node.end(signal.SIGTERM, signal.SIGKILL)
            for item in ("serial", "qmp", "roster", "console.lock"):
                node.path(item).unlink(missing_ok=True)
            shutil.rmtree(node.path("fw_cfg"), ignore_errors=True)
        process = self.segment.process()
        if process is not None and process.is_alive():
            ended += process.end(signal.SIGTERM, signal.SIGKILL)
        self.segment.record.unlink(missing_ok=True)
        if self.segment.folder.is_dir():
            for path in self.segment.folder.iterdir():
                if path.is_socket():
                    path.unlink(missing_ok=True)
        (self.folder / "settings.json").unlink(missing_ok=True)
        self.settings = None
        return ended


def all_started():
    """The clusters that were started and not stopped; some may have crashed."""
    if not FOLDER.is_dir():
        return []
    found = [Cluster(path.name) for path in sorted(FOLDER.iterdir()) if NAME.fullmatch(path.name)]
    return [cluster for cluster in found if cluster.settings is not None]


def find(action, name):
    """The cluster of that name, or the only one; it has settings."""
    started = all_started()
    names = " ".join(cluster.name for cluster in started)
    if name is None and len(started) == 1:
        return started[0]
    if name is None and started:
        raise MasixError(action, "which cluster", f"several run ({names})", "say --name NAME")
    for cluster in started:
        if cluster.name == name:
            return cluster
    raise MasixError(action, f"cluster {name}" if name else "no cluster",
                     "it does not run" if name else "none runs",
                     f"these run: {names}" if started else "begin one with tools/masix start")


def add_name(command):
    command.add_argument("--name", metavar="NAME", help="which cluster, if several run")
