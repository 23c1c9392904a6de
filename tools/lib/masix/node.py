"""A node: its folder under build/nodes, and the QEMU that runs it."""
import fcntl
import os
import pathlib
import re
import shutil

import machine
from masix.errors import MasixError

FOLDER = machine.BUILD / "nodes"
NAME = re.compile(r"[a-z0-9._-]{1,63}")
DEFAULT_NAME = "node1"

ACS = machine.BUILD / "servers" / "acs" / "acs"
PROCESS = machine.BUILD / "servers" / "process" / "process"
ARCHIVE = machine.BUILD / "archive.cpio"
IMAGE = machine.BUILD / "node.iso"

# The boot script: two tasks that know each other's; the archive comes last (boot/README.md).
MODULES = [
    (ACS, "${host-port} ${ps} $(acs=task-create)"),
    (PROCESS, "${host-port} ${device-port} ${acs} $(ps=task-create) $(task-resume)"),
]
ARCHIVE_WORDS = "$(ramdisk-create)"


def add_name(command, text):
    command.add_argument("--name", metavar="NODE", help=text)


def build_machine(fw_cfg, memory_mb=64, icount=False, iso=False, display="none", append=(),
                  extra=(), archive=ARCHIVE):
    """The QEMU machine of a node, without where its serial line goes."""
    words = list(extra)
    if iso:
        words += ["-cdrom", str(IMAGE.relative_to(machine.ROOT)), "-boot", "d"]
    return machine.Machine(kernel=None if iso else machine.KERNEL,
                           modules=[] if iso else [*MODULES, (archive, ARCHIVE_WORDS)],
                           memory_mb=memory_mb,
                           append=" ".join(["console=com0", *append]), icount=icount,
                           fw_cfg=fw_cfg, display=display, extra=words)


def check_built(iso):
    """Says what to build if a part of the node is not there."""
    parts = [IMAGE] if iso else [machine.KERNEL, ACS, PROCESS, ARCHIVE]
    for part in parts:
        if not part.exists():
            raise MasixError("boot", part.relative_to(machine.ROOT), "it is not built",
                             "run make node" if not iso else "run make iso")


class Node:
    """A node by its name.  While it runs, its folder's file "lock" is locked."""

    def __init__(self, name):
        # It is a folder's name, too, whose content is removed.
        if not NAME.fullmatch(name) or name in (".", ".."):
            raise MasixError("node", repr(name), "not a name",
                             "a name is 1 to 63 of a-z 0-9 . _ - and not just points")
        self.name = name
        self.folder = FOLDER.relative_to(machine.ROOT) / name
        self.lock = None

    def path(self, item):
        return self.folder / item

    def take(self):
        """Makes the folder this process's own, empty; an error if the node runs."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.lock = open(self.path("lock"), "a+", encoding="ascii")
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise MasixError("boot", self.name, f"it is running already (process {self.pid()})",
                             "leave it, or choose another node with --name") from None
        for item in self.folder.iterdir():
            if item.name != "lock":
                shutil.rmtree(item) if item.is_dir() else item.unlink()
        self.set_pid("")

    def set_pid(self, pid):
        self.lock.seek(0)
        self.lock.truncate()
        self.lock.write(f"{pid}\n")
        self.lock.flush()

    def pid(self):
        try:
            return self.path("lock").read_text(encoding="ascii").strip() or "?"
        except OSError:
            return "?"

    def give_back(self):
        """The node has ended: nothing of it stays but its log."""
        for item in ("serial", "qmp", "control"):
            self.path(item).unlink(missing_ok=True)
        shutil.rmtree(self.path("fw_cfg"), ignore_errors=True)
        self.set_pid("")
        self.lock.close()

    def is_running(self):
        try:
            with open(self.path("lock"), "r", encoding="ascii") as lock:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
                return False
        except BlockingIOError:
            return True
        except OSError:
            return False


def all_running():
    if not FOLDER.exists():
        return []
    nodes = [Node(path.name) for path in sorted(pathlib.Path(FOLDER).iterdir())
             if NAME.fullmatch(path.name) and os.path.isdir(path)]
    return [node for node in nodes if node.is_running()]
