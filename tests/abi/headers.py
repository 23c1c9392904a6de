"""Every header of ours compiles alone, twice, for every user of it."""
import re
import subprocess

# May be included more than once, and is assembly unless kernel_trap is defined.
TRAP_LISTS = ("mach/syscall_sw.h", "mach/i386/syscall_sw.h")


def check(setting):
    names = sorted(str(path.relative_to(setting.ours)) for path in setting.ours.glob("**/*.h")
                   if "machine" not in path.parts)
    for name in names:
        if name in TRAP_LISTS:
            continue
        text = f"#include <{name}>\n" * 2
        problems = []
        for what, flags in (("user", []), ("kernel", ["-DKERNEL"])):
            _, _, errors = setting.compile(setting.ours, text, "-fsyntax-only", "-Wall", "-Wextra",
                                           *flags)
            problems += [f"{what}: {line}" for line in errors.splitlines()]
        if not name.startswith("mach/i386/asm"):
            problems += host_problems(setting, text)
        setting.report(f"{name} is self-contained", problems)
    assembly_problems(setting)
    trap_problems(setting)
    machine = setting.ours / "mach/machine"
    same = machine.is_dir() and machine.resolve() == (setting.ours / "mach/i386").resolve()
    setting.report("mach/machine is mach/i386", [] if same else ["it is not"])


def host_problems(setting, text):
    """Pure code is tested on a 64-bit host: the layouts must hold there."""
    done = subprocess.run(["gcc", "-m64", "-std=gnu11", "-ffreestanding", "-fsyntax-only", "-Wall",
                           "-Wextra", f"-I{setting.ours}", "-x", "c", "-"],
                          input=text, capture_output=True, text=True, check=False)
    return [f"host: {line}" for line in done.stderr.splitlines()]


def assembly_problems(setting):
    for name in ("mach/syscall_sw.h", "mach/i386/asm.h", "mach/i386/vm_param.h",
                 "mach/kern_return.h", "mach/boolean.h", "mach/i386/trap.h", "mach/i386/eflags.h"):
        _, _, errors = setting.compile(setting.ours, f"#include <{name}>\n", "-c", "-o",
                                       setting.scratch / "assembly.o",
                                       language="assembler-with-cpp")
        setting.report(f"{name} is usable in assembly", errors.splitlines())


def trap_list(setting, include):
    """The rows of mach/syscall_sw.h as {name: (number, arguments)}."""
    text = "#define kernel_trap(name, number, arguments) ROW name number arguments ;\n" \
           "#define ENTRY(x)\n#include <mach/syscall_sw.h>\n"
    # Debian's header defines kernel_trap itself, so see what it makes of a row.
    _, out, _ = setting.compile(include, text, "-E", "-P", language="assembler-with-cpp")
    rows = re.findall(r"ROW\s+(\w+)\s+(-\d+)\s+(\d+)", out)
    if not rows:
        listed = (include / "mach/syscall_sw.h").read_text().split("UNIXOID_TRAPS")[0]
        rows = re.findall(r"^kernel_trap\((\w+),\s*(-\d+),\s*(\d+)\)", listed, re.M)
    return {name: (int(number), int(arguments)) for name, number, arguments in rows}


def trap_problems(setting):
    import exceptions
    ours, theirs = trap_list(setting, setting.ours), trap_list(setting, setting.theirs)
    problems = [f"{name}: {ours.get(name)} instead of {row}" for name, row in theirs.items()
                if ours.get(name) != row]
    problems += [f"{name}: not in GNU Mach" for name, row in ours.items()
                 if name not in theirs and row[0] not in exceptions.NEWER_TRAPS]
    if not theirs:
        problems.append("no system calls found")
    setting.report(f"the system calls ({len(theirs)}) are GNU Mach's", problems)

    _, out, _ = setting.compile(setting.ours, "#include <mach/mach_traps.h>\n", "-E", "-dM")
    numbers = dict(re.findall(r"#define MACH_TRAP_(\w+) \((-\d+)\)", out))
    table = {re.sub("^syscall_|_trap$", "", name): row[0] for name, row in ours.items()
             if not name.startswith("nw_")}
    setting.report("mach/mach_traps.h has the same numbers as mach/syscall_sw.h",
                   [f"{name}: {numbers.get(name)}, {number}" for name, number in table.items()
                    if int(numbers.get(name, 0)) != number]
                   + [f"{name}: not a system call" for name in numbers if name not in table])
