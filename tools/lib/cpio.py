"""Boot archives: cpio in its new ASCII form (newc).

An archive is a dictionary in the order of its entries: path without a / at its beginning ->
Entry. The same entries make the same bytes: owners, times and order are ours.
"""
import dataclasses
import os
import pathlib
import stat

# The times of all entries: those of the bench's machines, too.
MODIFIED = 1767225600
NAME_BYTES_MAX = 255
MAGIC = b"070701"
HEADER_BYTES = 110
TRAILER = "TRAILER!!!"


@dataclasses.dataclass
class Entry:
    """mode: kind and permissions, as stat(2) has them; data: a file's bytes, or a link's text."""
    mode: int
    data: bytes = b""
    major: int = 0
    minor: int = 0


class CpioError(Exception):
    """What is wrong, as a sentence."""


def _padded(data):
    return data + bytes(-len(data) % 4)


def _encode(inode, path, entry):
    links = 2 if stat.S_ISDIR(entry.mode) else 1
    name = os.fsencode(path) + b"\0"
    fields = (inode, entry.mode, 0, 0, links, MODIFIED, len(entry.data), 0, 0, entry.major,
              entry.minor, len(name), 0)
    return (_padded(MAGIC + b"".join(b"%08x" % field for field in fields) + name) +
            _padded(entry.data))


def encode(entries):
    """The bytes of the archive."""
    parts = [_encode(inode, path, entry)
             for inode, (path, entry) in enumerate(entries.items(), 1)]
    archive = b"".join(parts) + _encode(0, TRAILER, Entry(0))
    # A ramdisk is read by pages' parts of 512 bytes.
    return archive + bytes(-len(archive) % 512)


def decode(data):
    """The entries of an archive that encode() made."""
    entries, place = {}, 0
    while True:
        header = data[place:place + HEADER_BYTES]
        if len(header) < HEADER_BYTES or header[:6] != MAGIC:
            raise CpioError(f"no archive: at byte {place} there is no header")
        fields = [int(header[6 + 8 * i:14 + 8 * i], 16) for i in range(13)]
        name_end = place + HEADER_BYTES + fields[11]
        path = os.fsdecode(data[place + HEADER_BYTES:name_end - 1])
        if path == TRAILER:
            return entries
        start = name_end + -name_end % 4
        end = start + fields[6]
        entries[path] = Entry(fields[1], data[start:end], fields[9], fields[10])
        place = end + -end % 4


def add_directories(entries, path):
    """Makes the directories above a path that are not there yet."""
    parts = path.split("/")[:-1]
    for count in range(1, len(parts) + 1):
        parent = "/".join(parts[:count])
        there = entries.setdefault(parent, Entry(stat.S_IFDIR | 0o755))
        if not stat.S_ISDIR(there.mode):
            raise CpioError(f"/{parent} is in the archive already, and is no directory")


def _entry_of(host):
    status = os.lstat(host)
    if stat.S_ISLNK(status.st_mode):
        return Entry(status.st_mode, os.fsencode(os.readlink(host)))
    if stat.S_ISREG(status.st_mode):
        return Entry(status.st_mode, pathlib.Path(host).read_bytes())
    if stat.S_ISDIR(status.st_mode) or stat.S_ISFIFO(status.st_mode):
        return Entry(status.st_mode)
    if stat.S_ISCHR(status.st_mode) or stat.S_ISBLK(status.st_mode):
        return Entry(status.st_mode, b"", os.major(status.st_rdev), os.minor(status.st_rdev))
    raise CpioError(f"{host}: a socket cannot be taken along")


def _add_one(entries, host, path):
    if any(len(os.fsencode(part)) > NAME_BYTES_MAX for part in path.split("/")):
        raise CpioError(f"/{path}: a name is longer than {NAME_BYTES_MAX} bytes")
    entry = _entry_of(host)
    there = entries.get(path)
    if there and stat.S_ISDIR(there.mode) != stat.S_ISDIR(entry.mode):
        raise CpioError(f"{host}: /{path} is in the archive already, and is of another kind")
    add_directories(entries, path)
    if there and stat.S_ISDIR(entry.mode):
        return  # what we made keeps its permissions
    entries[path] = entry


def add_tree(entries, host, guest):
    """Adds what a host's path names, with all that is in it, under the guest's path."""
    top = guest.strip("/")
    if top:
        _add_one(entries, host, top)
    elif not os.path.isdir(host):
        raise CpioError(f"{host}: only a folder can become the root")
    if os.path.islink(host) or not os.path.isdir(host):
        return
    for folder, folders, files in os.walk(host):
        folders.sort()
        inside = os.path.relpath(folder, host)
        for name in sorted(folders + files):
            place = os.path.normpath(os.path.join(top, inside, name)).lstrip("/")
            _add_one(entries, os.path.join(folder, name), place)
