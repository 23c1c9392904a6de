"""MIG makes the same ids and the same stubs of our .defs as of GNU Mach's."""
import re

import exceptions

# Ways of compiling a .defs file: what for, flags of the preprocessor, outputs to compare.
USER = ("user", [], ("-user", "-server"))
SEQNOS = ("with sequence numbers", ["-DSEQNOS=1"], ("-server",))
KERNEL_SENDS = ("the kernel sends", ["-DKERNEL=1", "-DKERNEL_USER=1"], ("-user",))
WAYS = {
    "mach/notify.defs": (USER, SEQNOS),
    "mach/memory_object.defs": (USER, SEQNOS, KERNEL_SENDS),
    "mach/memory_object_default.defs": (USER, SEQNOS, KERNEL_SENDS),
    "mach/exc.defs": (USER, KERNEL_SENDS),
    "mach/task_notify.defs": (USER, KERNEL_SENDS),
    "device/device_reply.defs": (USER, SEQNOS, KERNEL_SENDS),
}
# Also served by the kernel; there our stubs differ in what they convert, so compare messages.
KERNEL_SERVES = ("mach/mach", "mach/mach_port", "mach/mach_host", "mach/mach4", "mach/gnumach",
                 "mach/i386/mach_i386", "device/device", "mach_debug/mach_debug")
SERVER_FLAGS = ["-DKERNEL=1", "-DKERNEL_SERVER=1"]


def sections(text):
    """The generated text by routine."""
    parts = re.split(r"/\* (?:Simple)?Routine (\w+) \*/", text)
    return {name: re.sub(r"#line.*|\s+", " ", body).split("/* Default implementation")[0]
            for name, body in zip(parts[1::2], parts[2::2])
            if not body.lstrip().startswith("#ifdef mig_external")}


def tail_removed(body):
    """A routine's section without what follows its function (the dispatch table)."""
    return re.split(r"static mig_routine_t|/\* Demultiplex|boolean_t \w+_server\b", body)[0]


def bare(text):
    """The text with types named as users see them: the kernel's words are as wide as these."""
    return re.sub(r"\brpc_(?=vm_|long_|time_|recnum)", "", text)


def messages(text):
    """The Request and Reply structures and type descriptors of each routine of a kernel server."""
    found = {}
    for name, body in sections(text).items():
        body = bare(body)
        found[name] = re.findall(r"typedef struct \{[^}]*\} (?:Request|Reply);|"
                                 r"(?:auto|static) const mach_msg_type(?:_long)?_t \w+ = \{.*?\};",
                                 body)
    return found


def compare(setting, name, way):
    what, flags, outputs = way
    ours, problem = setting.generate(setting.ours, name, *flags, outputs=outputs)
    theirs, other = setting.generate(setting.theirs, name, *flags, outputs=outputs)
    if ours is None or theirs is None:
        setting.report(f"{name}: {what}", (problem if ours is None else other).splitlines())
        return
    problems, count = [], 0
    same = bare if "-DKERNEL=1" in flags else str
    for output in outputs:
        expected, got = sections(theirs[output]), sections(ours[output])
        count += len(expected)
        for routine, body in expected.items():
            if same(tail_removed(got.get(routine, ""))) != same(tail_removed(body)):
                problems.append(f"{output[1:]} stub of {routine} differs")
    if not count:
        problems.append("no routines found")
    setting.report(f"{name}: {count} stubs are the same ({what})", problems)


def compare_served(setting, name):
    ours, problem = setting.generate(setting.ours, name, *SERVER_FLAGS, outputs=("-server",))
    theirs, other = setting.generate(setting.theirs, name, *SERVER_FLAGS, outputs=("-server",))
    if ours is None or theirs is None:
        setting.report(f"{name}: served", (problem if ours is None else other).splitlines())
        return
    expected, got = messages(theirs["-server"]), messages(ours["-server"])
    problems = [f"{routine}: {got.get(routine)} instead of {shape}"
                for routine, shape in expected.items() if got.get(routine) != shape]
    if not any(expected.values()):
        problems.append("no messages found")
    setting.report(f"{name}: {len(expected)} messages are the same (the kernel serves)", problems)


def compare_ids(setting, name):
    ours, problem = setting.generate(setting.ours, name, outputs=("-list",))
    if ours is None:
        setting.report(f"{name}: ids", problem.splitlines())
        return []
    got = ours["-list"].splitlines()
    if (setting.theirs / name).exists():
        theirs, _ = setting.generate(setting.theirs, name, outputs=("-list",))
        expected = theirs["-list"].splitlines()
        problems = [f"missing: {line}" for line in expected if line not in got]
        problems += [f"not in GNU Mach: {line}" for line in got if line not in expected
                     and line.split()[2] not in exceptions.NEWER]
        setting.report(f"{name}: {len(expected)} ids are the same", problems)
    return got


def check_bases(setting, lists):
    """Every routine has an id that masix/subsystems.h gives to its subsystem."""
    text = "#include <masix/subsystems.h>\n#define ROW(name, base, ids) ROW name base ids ;\n" \
           "MASIX_SUBSYSTEMS(ROW)\n"
    _, out, _ = setting.compile(setting.ours, text, "-E", "-P")
    table = {name: range(int(base), int(base) + int(ids))
             for name, base, ids in re.findall(r"ROW (\w+) (\d+) (\d+)", out)}
    problems, ids = [], {}
    for line in lists:
        subsystem, _, routine, _, request, reply = line.split()
        owner = "device" if subsystem == "device_request" else subsystem
        if owner not in table and owner.endswith("_reply"):  # the late answers of a server
            owner = owner.removesuffix("_reply")
        if int(request) not in table.get(owner, ()):
            problems.append(f"{routine}: {request} is not of {owner}")
        if ids.setdefault(int(request), (owner, routine))[0] != owner:
            problems.append(f"{routine}: {request} is {ids[int(request)]}'s, too")
    setting.report(f"masix/subsystems.h knows {len(table)} subsystems and owns {len(ids)} ids",
                   problems or ([] if len(ids) > 190 else ["too few"]))
    status, _, errors = setting.compile(
        setting.ours, "#include <masix/subsystems.h>\n#undef MASIX_SUBSYSTEMS\n", "-fsyntax-only")
    setting.report("no two subsystems share an id", errors.splitlines() if status else [])


def check_kernel_side(setting, name):
    """The kernel's stubs compile against serv/convert.h as the kernel declares it."""
    flags = [*SERVER_FLAGS, "-DSERVERPREFIX=serv_"]
    ours, problem = setting.generate(setting.ours, name, *flags, outputs=("-server",))
    if ours is None:
        setting.report(f"{name}: for the kernel", problem.splitlines())
        return
    _, _, errors = setting.compile(
        setting.ours, ours["-server"], "-DKERNEL", f"-I{setting.here}/kernel_side", "-Wall",
        "-Wextra", "-Wno-sign-compare", "-Wno-unused-parameter", "-c", "-o",
        setting.scratch / "kernel.o")
    setting.report(f"{name}: the kernel's stubs compile",
                   [line for line in errors.splitlines() if "warning" in line or "error" in line])


def check_user_side(setting, name):
    ours, _ = setting.generate(setting.ours, name, outputs=("-user", "-server"))
    problems = []
    for output in ours or ():
        # The stub includes the header that MIG wrote beside it.
        # Those of servers also include what lib/ knows of objects and of late answers.
        _, _, errors = setting.compile(setting.ours, ours[output], f"-I{setting.scratch}",
                                       f"-I{setting.ours.parent}/lib",
                                       f"-I{setting.ours.parent}/lib/mach", "-Wall",
                                       "-Wextra", "-Wno-sign-compare", "-Wno-unused-parameter",
                                       "-c", "-o", setting.scratch / "user.o")
        problems += [line for line in errors.splitlines() if "warning" in line or "error" in line]
    setting.report(f"{name}: the user's stubs compile", problems)


def check(setting):
    def defs(include):
        return sorted(str(path.relative_to(include)) for path in include.glob("**/*.defs")
                      if "machine" not in path.parts and not path.name.endswith("types.defs"))
    lists = []
    for name in defs(setting.ours):
        lists += compare_ids(setting, name)
        check_user_side(setting, name)
    for name in defs(setting.theirs):
        if name in exceptions.DEFS:
            continue
        for way in WAYS.get(name, (USER,)):
            compare(setting, name, way)
    for name in KERNEL_SERVES:
        compare_served(setting, name + ".defs")
        check_kernel_side(setting, name + ".defs")
    check_kernel_side(setting, "masix/masix_host.defs")
    check_bases(setting, lists)
