"""Boots a Mach kernel in QEMU: the one place that knows the command line.

Used by tests/run, tests/system, tests/bench, tools/boot-kernel and tools/masix.
"""
import dataclasses
import os
import pathlib
import shlex
import signal
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
KERNEL = BUILD / "masix.elf"
ORACLE = BUILD / "packages" / "gnumach"

# How a kernel starts a module: its ports as words, then two commands of the boot script.
BOOT_WORDS = "${host-port} ${device-port} $(test=task-create) $(task-resume)"

# What a node is (design, decision 1), and what the yardstick was measured on.
NODE_CPU = "qemu32,+rdrand"
BENCH_CPU = "pentium3-v1"

# Network cards. romfile= keeps firmware from looking for a server to boot from; QEMU's own choice
# of line for an ISA card, 9, is ACPI's.
PCI_CARD = "ne2k_pci,romfile=,mac=52:54:00:77:00:{node:02x},netdev={netdev}"
ISA_CARD = "ne2k_isa,iobase=0x300,irq=5,mac=52:54:00:77:00:{node:02x},netdev={netdev}"

# What a bootable test may ask for by name. Two cards on one wire inside QEMU: each hears the other.
NETWORKS = {
    "none": [],
    "two-ne2000": ["-netdev", "hubport,id=h1,hubid=0",
                   "-device", PCI_CARD.format(node=1, netdev="h1"),
                   "-netdev", "hubport,id=h2,hubid=0",
                   "-device", ISA_CARD.format(node=2, netdev="h2")],
}


def segment_card(directory, node, card=PCI_CARD):
    """QEMU's words for a card of a node on the segment (tools/segment) that runs in a folder."""
    return ["-netdev", f"dgram,id=n0,local.type=unix,local.path={directory}/nic{node},"
                       f"remote.type=unix,remote.path={directory}/wire{node}",
            "-device", card.format(node=node, netdev="n0")]


class BootError(Exception):
    """What cannot be booted, as one sentence."""


@dataclasses.dataclass
class Machine:
    """One machine: a kernel, its command line, and its modules [(file, words)]."""
    kernel: pathlib.Path = KERNEL
    modules: list = dataclasses.field(default_factory=list)
    append: str = "console=com0"
    memory_mb: int = 64
    cpu: str = NODE_CPU
    icount: bool = False
    # QEMU's default network card: only the bench has it, as the yardstick was measured with it.
    network: bool = False
    # A folder whose files the host gives to the node, as opt/masix/FILE (tools/keys).
    fw_cfg: pathlib.Path = None
    display: str = "none"
    extra: list = dataclasses.field(default_factory=list)
    # Where COM1 goes, in QEMU's words.
    serial: str = "stdio"

    def arguments(self):
        """QEMU's words without those that say where the serial line goes."""
        words = ["qemu-system-i386", "-accel", "tcg", "-M", "pc", "-m", str(self.memory_mb),
                 "-cpu", self.cpu, "-display", self.display, "-no-reboot", "-monitor", "none"]
        if not self.network:
            words += ["-nic", "none"]
        if self.icount:
            words += ["-icount", "shift=0,sleep=off",
                      "-rtc", "base=2026-01-01T00:00:00,clock=vm"]
        if self.kernel:
            words += ["-kernel", str(self.kernel), "-append", self.append]
        if self.modules:
            words += ["-initrd", ",".join(self._module_line(m) for m in self.modules)]
        if self.fw_cfg and self.fw_cfg.is_dir():
            for path in sorted(self.fw_cfg.iterdir()):
                file = os.path.relpath(path, ROOT).replace(",", ",,")
                words += ["-fw_cfg", f"name=opt/masix/{path.name},file={file}"]
        return words + self.extra

    def command(self):
        """The whole command, as a rule with the serial line on standard input and output."""
        return self.arguments() + ["-serial", self.serial]

    def shell_line(self):
        """The command as one line to paste into a shell (from the project's top folder)."""
        return shlex.join(self.command()).replace(str(ROOT) + "/", "")

    @staticmethod
    def _module_line(module):
        # QEMU takes the words up to the first space as the file's name, which the kernel sees
        # too; a comma would start the next module, so it is doubled.
        path, words = module
        path = os.path.relpath(path, ROOT)
        if " " in path:
            raise BootError(f"{path}: QEMU cannot boot a module with a space in its path")
        return f"{path} {words}".replace(",", ",,").rstrip()

    def check(self):
        """Raises BootError for what is not there: QEMU's own words are hard to read."""
        for path in [self.kernel, self.fw_cfg] + [path for path, _ in self.modules]:
            if path and not pathlib.Path(path).exists():
                raise BootError(f"{path} does not exist: run make first")


@dataclasses.dataclass
class Outcome:
    """What a machine said and how it ended: status None means that it was stopped."""
    text: str
    status: int
    errors: str


def run(machine, timeout_s):
    """Boots the machine, waits for its end (or stops it), returns its Outcome."""
    machine.check()
    # Files instead of pipes: the log of a machine that had to be stopped is whole.
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        # A process group of its own, so that nothing survives us.
        process = subprocess.Popen(machine.command(), cwd=ROOT, stdin=subprocess.DEVNULL,
                                   stdout=out, stderr=err, start_new_session=True)
        try:
            status = process.wait(timeout=timeout_s)
        except subprocess.TimeoutExpired:
            status = None
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        out.seek(0)
        err.seek(0)
        text = out.read().decode("utf-8", "replace").replace("\r", "")
        return Outcome(text, status, err.read().decode("utf-8", "replace"))
