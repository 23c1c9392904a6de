"""Every type and function of GNU Mach's headers is laid out the same in ours (from DWARF)."""
import re
import subprocess

import exceptions
from setting import header_names


def read_dwarf(setting, include, names):
    """The debug entries of a program that includes all headers: {offset: entry}."""
    text = "#include <mach/mach_types.h>\n" + "".join(f"#include <{name}>\n" for name in names)
    binary = setting.scratch / "types.o"
    prototypes = setting.scratch / "prototypes"
    status, _, errors = setting.compile(
        include, text, "-g", "-gdwarf-4", "-fno-eliminate-unused-debug-types", "-w", "-c", "-o",
        binary, "-aux-info", prototypes)
    if status != 0:
        return None, errors
    readelf = setting.compiler.replace("gcc", "readelf")
    out = subprocess.run([readelf, "-wi", binary], capture_output=True, text=True,
                         check=True).stdout
    entries, path = {}, []
    for line in out.splitlines():
        start = re.match(r"\s*<(\d+)><([0-9a-f]+)>: Abbrev Number: (\d+)(?: \(DW_TAG_(\w+)\))?", line)
        if start:
            depth = int(start[1])
            entry = {"tag": start[4], "children": []}
            entries[int(start[2], 16)] = entry
            path = path[:depth]
            if path and start[4]:
                path[-1]["children"].append(entry)
            path.append(entry)
            continue
        attribute = re.match(r"\s*<[0-9a-f]+>\s+DW_AT_(\w+)\s*: (.*)", line)
        if attribute and path:
            value = re.sub(r"^\(indirect string, offset: \w+\): ", "", attribute[2]).strip()
            path[-1].setdefault(attribute[1], value)
    return entries, functions(prototypes.read_text())


def functions(text):
    """{name: prototype without spaces} of what the headers declare."""
    found = {}
    for line in text.splitlines():
        declaration = re.match(r"/\* .* \*/ extern (.*);", line)
        name = declaration and re.search(r"(\w+) \(", declaration[1])
        if name and "static" not in declaration[1]:
            found[name[1]] = re.sub(r"\s+", "", declaration[1])
    return found


def describe(entries, entry, depth=0):
    """A type as a string that is equal for equal layouts."""
    if entry is None:
        return "void"
    tag = entry["tag"]
    if tag in ("typedef", "const_type", "volatile_type"):
        return describe(entries, target(entries, entry), depth)
    if tag == "base_type":
        return f"{entry['encoding'].split()[0]}:{entry['byte_size']}"
    if tag == "pointer_type":
        return "*" if depth > 3 else "*" + describe(entries, target(entries, entry), depth + 3)
    if tag == "array_type":
        bounds = [child.get("upper_bound", "") for child in entry["children"]]
        return f"{describe(entries, target(entries, entry), depth)}{bounds}"
    if tag == "subroutine_type":
        return "function"
    if tag in ("structure_type", "union_type"):
        members = ";".join(member_text(entries, m, depth) for m in entry["children"]
                           if m["tag"] == "member")
        return f"{tag}:{entry.get('byte_size')}{{{members}}}"
    return tag


def member_text(entries, member, depth):
    where = [member.get(key, "") for key in ("data_member_location", "bit_size", "bit_offset")]
    return f"{member.get('name', '')}@{','.join(where)}=" \
           f"{describe(entries, target(entries, member), depth + 1)}"


def target(entries, entry):
    reference = re.match(r"<0x([0-9a-f]+)>", entry.get("type", ""))
    return entries.get(int(reference[1], 16)) if reference else None


def named_types(entries):
    """{name: description}; a tag and a typedef may share a name."""
    found = {}
    for entry in entries.values():
        if entry["tag"] in ("typedef", "structure_type", "union_type") and "name" in entry \
                and not ("declaration" in entry):
            kind = "" if entry["tag"] == "typedef" else "struct "
            found[kind + entry["name"]] = describe(entries, entry)
    return found


def begins_with(longer, shorter):
    members = shorter[shorter.index("{") + 1:-1]
    return longer[longer.index("{") + 1:].startswith(members)


def check(setting):
    names = [name for name in header_names(setting.theirs) if name not in exceptions.HEADERS
             and not name.endswith(("asm.h", "syscall_sw.h"))]
    theirs, their_functions = read_dwarf(setting, setting.theirs, names)
    ours, our_functions = read_dwarf(setting, setting.ours, [name for name in names if
                                                             (setting.ours / name).exists()])
    if theirs is None or ours is None:
        setting.report("all headers compile together",
                       (their_functions if theirs is None else our_functions).splitlines())
        return
    expected, got = named_types(theirs), named_types(ours)
    for name, text in sorted(expected.items()):
        bare = name.removeprefix("struct ")
        if bare in exceptions.TYPES:
            continue
        mine = got.get(name, "missing")
        same = mine == text or bare in exceptions.LONGER and "{" in mine and begins_with(mine, text)
        setting.report(f"type {name}", [] if same else [f"ours: {mine}", f"GNU Mach: {text}"])
    setting.report("the comparison saw the types",
                   [] if len(expected) > 200 else [f"only {len(expected)}"])
    for name, text in sorted(their_functions.items()):
        if name in exceptions.FUNCTIONS:
            continue
        mine = our_functions.get(name, "missing")
        setting.report(f"function {name}",
                       [] if mine == text else [f"ours: {mine}", f"GNU Mach: {text}"])
