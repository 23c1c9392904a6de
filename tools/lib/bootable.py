"""The bootable test programs: what their first comment asks for, booting, and the comparison
with the oracle.

    /* TEST: oracle=yes|no [libc=yes] [mem=MB] [timeout=S] [icount=yes] [cpu=MODEL]
       [args="words behind the boot script's"] [kernel-args="words of the kernel's line"]
       [modules="NAME WORDS; NAME WORDS"] [network=NAME] [fw_cfg=FOLDER]
       [expect-fail-on-oracle=N,N] */

libc=yes is for the makefiles: the program is linked with newlib, lib/libc and lib/thread.
network=two-ne2000: the cards of machine.NETWORKS.
A module's NAME is another program of tests/kernel or a file relative to the project's top.
Every file of fw_cfg's FOLDER is handed to the machine as opt/masix/FILE.
"""
import dataclasses
import pathlib
import re
import shlex

import machine
import tap

PROGRAM_DIRECTORY = machine.ROOT / "tests" / "kernel"
BUILT = machine.BUILD / "tests" / "kernel"
KNOWN_TAGS = {"oracle", "libc", "mem", "timeout", "icount", "cpu", "args", "kernel-args", "modules",
              "network", "fw_cfg", "expect-fail-on-oracle"}
DEFAULT_TIMEOUT_S = 60
CAVEAT_LINE = re.compile(r"^oracle:\s+(\S+)\s+(\d+|\*|\"[^\"]+\")\s+(\S.*)$")


class TagError(Exception):
    """A first comment that the runner does not understand."""


@dataclasses.dataclass
class Program:
    name: str
    tags: dict

    @property
    def oracle(self):
        return self.tags.get("oracle", "no") == "yes"

    def machine(self, kernel):
        """The machine that runs this program alone (and the modules it names)."""
        words = machine.BOOT_WORDS
        if self.tags.get("args"):
            words += " " + self.tags["args"]
        modules = [(BUILT / self.name, words)]
        for line in self.tags.get("modules", "").split(";"):
            name, _, module_words = line.strip().partition(" ")
            if name:
                built = BUILT / name
                modules.append((built if built.exists() else machine.ROOT / name, module_words))
        append = "console=com0"
        if kernel == machine.KERNEL:
            append += " panic-reboot"
        if self.tags.get("kernel-args"):
            append += " " + self.tags["kernel-args"]
        return machine.Machine(kernel=kernel, modules=modules, append=append,
                               memory_mb=int(self.tags.get("mem", "64")),
                               cpu=self.tags.get("cpu", machine.NODE_CPU),
                               icount=self.tags.get("icount") == "yes",
                               extra=list(machine.NETWORKS[self.tags.get("network", "none")]),
                               fw_cfg=self.fw_cfg())

    def fw_cfg(self):
        """The folder whose files the host gives to the machine; None: none."""
        return machine.ROOT / self.tags["fw_cfg"] if self.tags.get("fw_cfg") else None

    def repeat(self, kernel):
        return self.machine(kernel).shell_line()

    def boot(self, kernel, time_scale):
        """Boots it and returns (report, log)."""
        timeout_s = float(self.tags.get("timeout", DEFAULT_TIMEOUT_S)) * time_scale
        try:
            outcome = machine.run(self.machine(kernel), timeout_s)
        except machine.BootError as error:
            return tap.Report(problems=[str(error)]), ""
        report = tap.parse(outcome.text)
        if outcome.status is None:
            report.problems.insert(0, f"did not end within {timeout_s:g} s, and was stopped")
        elif outcome.status != 0:
            report.problems.append(f"QEMU ended with status {outcome.status}: "
                                   f"{outcome.errors.strip()}")
        return report, outcome.text


def read_tags(path):
    """Returns the tags of a program's first TEST comment; none is an empty one."""
    text = path.read_text(encoding="utf-8")
    match = re.search(r"/\*\s*TEST:(.*?)\*/", text, re.DOTALL)
    if not match:
        return {}
    body = " ".join(line.strip().lstrip("*").strip() for line in match[1].splitlines())
    tags = {}
    for word in shlex.split(body):
        key, equals, value = word.partition("=")
        if not equals or key not in KNOWN_TAGS:
            raise TagError(f"{path.relative_to(machine.ROOT)}: unknown tag {word!r} in TEST:")
        if key == "network" and value not in machine.NETWORKS:
            raise TagError(f"{path.relative_to(machine.ROOT)}: unknown network {value!r} in TEST:")
        tags[key] = value
    return tags


def find_all():
    return [Program(path.stem, read_tags(path)) for path in sorted(PROGRAM_DIRECTORY.glob("*.c"))]


def read_caveats(path=machine.ROOT / "CAVEATS.md"):
    """Returns [(program, number or "text" or *, reason)] of the fenced oracle: lines."""
    caveats = []
    fenced = False
    if not pathlib.Path(path).exists():
        return caveats
    for line in pathlib.Path(path).read_text(encoding="utf-8").splitlines():
        if line.startswith("```"):
            fenced = not fenced
            continue
        match = CAVEAT_LINE.match(line.strip()) if fenced else None
        if match:
            caveats.append((match[1], match[2].strip('"'), match[3]))
    return caveats


def _excused(program, number, text, caveats, used):
    for caveat in caveats:
        name, what, _ = caveat
        if name == program.name and (what in ("*", str(number)) or what == text):
            used.add(caveat)
            return True
    return False


def compare(program, ours, theirs, caveats, used):
    """Compares the results of both kernels, line by line.

    Returns a Report of one test: a difference that neither the program's tag nor CAVEATS.md
    explains is a problem. `used` collects the caveats that were needed.
    """
    result = tap.Report()
    if not ours.lines:
        result.problems.append("our kernel printed no results to compare")
        return result
    expected_failures = {int(n) for n in program.tags.get("expect-fail-on-oracle", "").split(",")
                         if n}
    ours_by_number = {number: (text, outcome) for number, text, outcome in ours.lines}
    theirs_by_number = {number: (text, outcome) for number, text, outcome in theirs.lines}
    for number in sorted(set(ours_by_number) & set(theirs_by_number)):
        text, our_outcome = ours_by_number[number]
        their_text, their_outcome = theirs_by_number[number]
        # What one of the two cannot test (SKIP) says nothing about the other.
        if text == their_text and (our_outcome == their_outcome
                                   or "skip" in (our_outcome, their_outcome)):
            continue
        if number in expected_failures and their_outcome == "fail":
            continue
        if not _excused(program, number, text, caveats, used):
            result.problems.append(f"line {number} differs: ours {our_outcome} ({text}), "
                                   f"GNU Mach {their_outcome} ({their_text})")
    if len(ours.lines) != len(theirs.lines) or theirs.problems:
        # One of them ended early; a list of what it did not come to would say no more.
        if not _excused(program, 0, "end", caveats, used):
            result.problems.append(f"the results end at line {len(ours.lines)} with ours, at line "
                                   f"{len(theirs.lines)} on GNU Mach")
            result.problems += [f"on GNU Mach: {problem}" for problem in theirs.problems]
    if not result.problems:
        result.passed.append(program.name)
    return result
