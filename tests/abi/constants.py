"""Every macro of GNU Mach's headers has the same meaning in ours."""
import re
import struct
import subprocess

import exceptions
from setting import header_names

GUARD = re.compile(r"^[A-Z0-9_]*_H_*$", re.IGNORECASE)
ARGUMENTS = ((1, 2, 3), (17, 21, 5), (0x12345678, 0x7fffffff, 9), (-305, 4096, 0))


def macros_of(setting, include, name):
    """The macros that one header itself defines: {name: (parameters or None, body)}."""
    text = f"#include <mach/mach_types.h>\n#include <{name}>\n"
    language = "assembler-with-cpp" if name.endswith("syscall_sw.h") else "c"
    _, out, _ = setting.compile(include, text, "-E", "-dD", language=language)
    found, here = {}, False
    suffixes = {"/" + name, "/" + name.replace("mach/i386/", "mach/machine/")}
    for line in out.splitlines():
        marker = re.match(r'# \d+ "(.*)"', line)
        if marker:
            here = any(marker[1].endswith(suffix) for suffix in suffixes)
        definition = re.match(r"#define (\w+)(\([^)]*\))?(?: (.*)|$)", line)
        if here and definition:
            found[definition[1]] = (definition[2], (definition[3] or "").strip())
    return found


def excused(name):
    return any(name == key or key.endswith("*") and name.startswith(key[:-1])
               for key in exceptions.CONSTANTS)


def evaluate(setting, include, header, expressions):
    """{expression: (value, size, is signed)} for those that are integer constants."""
    # A stand-in for each macro that only a whole program can supply.
    text = f"#include <mach/mach_types.h>\n#include <mach/message.h>\n#include <{header}>\n"
    head = text.count("\n")
    keep = list(expressions)
    while keep:
        rows = "".join(f"static const long long v{i}[] = {{ (long long) ({e}), sizeof({e}),"
                       f" ((__typeof__(({e}) + 0)) -1) < 0 }};\n" for i, e in enumerate(keep))
        _, _, errors = setting.compile(include, text + rows, "-fsyntax-only", "-w",
                                       "-fmax-errors=0")
        bad = {int(line) - head - 1 for line in re.findall(r"<stdin>:(\d+):\d+: error", errors)}
        bad |= {int(line) - head - 1 for line in
                re.findall(r"<stdin>:(\d+):\d+: note: in (?:expansion|definition)", errors)}
        bad = {index for index in bad if 0 <= index < len(keep)}
        if not bad:
            if errors:
                return {}
            break
        keep = [e for i, e in enumerate(keep) if i not in bad]
    rows = "".join(f"{{ (long long) ({e}), sizeof({e}), ((__typeof__(({e}) + 0)) -1) < 0 }},\n"
                   for e in keep)
    table = f"const long long abi_table[][3] __attribute__((section(\"abi\"))) = {{\n{rows}}};\n"
    binary, plain = setting.scratch / "values.o", setting.scratch / "values.bin"
    status, _, errors = setting.compile(include, text + table, "-c", "-w", "-o", binary)
    if status != 0 or not keep:
        return {}
    objcopy = setting.compiler.replace("gcc", "objcopy")
    subprocess.run([objcopy, "-O", "binary", "-j", "abi", binary, plain], check=True)
    return dict(zip(keep, struct.iter_unpack("<3q", plain.read_bytes())))


def plain(parameters, body):
    """The text of a macro without spaces, and with parameters by number."""
    names = [word.strip() for word in (parameters or "").strip("()").split(",") if word.strip()]
    for number, name in enumerate(names):
        body = re.sub(rf"\b{name}\b", f"@{number}", body)
    return re.sub(r"\s+|;$", "", body), len(names)


def calls(macros):
    """The expressions to evaluate for a set of macros: {expression: macro}."""
    found = {}
    for name, (parameters, _) in macros.items():
        count = len([p for p in (parameters or "").strip("()").split(",") if p.strip()])
        for values in ARGUMENTS if parameters else ((),):
            chosen = (values + values)[:count]
            found[f"{name}({', '.join(map(str, chosen))})" if parameters else name] = name
    return found


def statement(setting, include, header, body):
    text = f"#include <mach/time_value.h>\n#define assert(x) ((void) (x))\n#include <{header}>\n" \
           f"int abi_statement(void) {{ {body} }}\n"
    _, out, errors = setting.compile(include, text, "-S", "-w", "-o", "-", "-fno-asynchronous-"
                                     "unwind-tables")
    return out + errors


def compare_header(setting, name):
    theirs = {macro: value for macro, value in macros_of(setting, setting.theirs, name).items()
              if not GUARD.match(macro) and not excused(macro)}
    ours = macros_of(setting, setting.ours, name)
    problems = []
    expressions = calls(theirs)
    expected = evaluate(setting, setting.theirs, name, expressions)
    got = evaluate(setting, setting.ours, name, expected)
    judged = set()
    for expression, value in expected.items():
        judged.add(expressions[expression])
        if got.get(expression) != value:
            problems.append(f"{expression} = {got.get(expression, 'no constant')} instead of "
                            f"{value} (value, size, signed)")
    for macro, value in theirs.items():
        if macro in judged:
            continue
        if macro in exceptions.STATEMENTS:
            bodies = [statement(setting, side, name, exceptions.STATEMENTS[macro])
                      for _, side in setting.sides()]
            if bodies[0] != bodies[1] or "error" in bodies[0]:
                problems.append(f"{macro} does something else")
        elif macro not in ours:
            problems.append(f"{macro} is missing")
        elif plain(*ours[macro]) != plain(*value):
            problems.append(f"{macro} is {ours[macro][1]!r} instead of {value[1]!r}")
    return problems, len(theirs)


def check(setting):
    total = 0
    for name in header_names(setting.theirs):
        if name in exceptions.HEADERS:
            continue
        if not (setting.ours / name).exists():
            setting.report(f"{name}: constants", ["the header is missing"])
            continue
        problems, count = compare_header(setting, name)
        total += count
        setting.report(f"{name}: {count} macros mean the same", problems)
    setting.report("the comparison saw the macros", [] if total > 700 else [f"only {total}"])
