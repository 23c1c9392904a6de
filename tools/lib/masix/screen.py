"""tools/masix screen: what is on a running node's screen, as a PNG file."""
import os
import re
import tempfile

from masix import cluster, node, png
from masix.errors import MasixError
from masix.qmp import Monitor

PPM = re.compile(rb"P6\s+(\d+)\s+(\d+)\s+255\s", re.ASCII)


def add(commands):
    command = commands.add_parser(
        "screen", help="save a running node's screen as a PNG file",
        description="Saves what the screen of a running node shows as a PNG file.")
    command.add_argument("node", nargs="?", metavar="NODE",
                         help="which node; needed only if several run")
    command.add_argument("file", metavar="FILE.png")
    command.add_argument("--name", metavar="NAME",
                         help="its cluster, or a node of tools/masix boot")
    command.set_defaults(run=run)


def read_ppm(data):
    """(width, height, rgb) of a binary PPM, as QEMU dumps the screen."""
    match = PPM.match(data)
    if not match:
        raise ValueError("not a PPM image")
    return int(match[1]), int(match[2]), data[match.end():]


def dump(monitor):
    """QEMU's screen as (width, height, rgb)."""
    handle, path = tempfile.mkstemp(suffix=".ppm")
    os.close(handle)
    try:
        monitor.run("screendump", filename=path)
        with open(path, "rb") as image:
            return read_ppm(image.read())
    finally:
        os.unlink(path)


def all_running():
    """Every node that runs: (cluster's name, node); one of tools/masix boot is its own cluster."""
    alone = [(one.name, one) for one in node.all_running()]
    return alone + [(group.name, one) for group in cluster.all_started() for one in group.nodes()
                    if one.is_alive()]


def find(running, word, name):
    """The node of all_running() that is meant by its name and its cluster's, as far as said."""
    found = [one for group, one in running if name in (None, group) and
             (word in (None, one.name) or f"node{word}" == one.name)]
    if len(found) == 1:
        return found[0]
    names = " ".join(one.name if group == one.name else f"{group}/{one.name}"
                     for group, one in running)
    if found:
        raise MasixError("screen", "which node", f"several run ({names})",
                         "say NODE, and --name CLUSTER if that is not enough")
    raise MasixError("screen", word or name or "no node", "it does not run" if word or name else
                     "none runs", f"these run: {names}" if running else
                     "begin with tools/masix start")


def run(options):
    running = find(all_running(), options.node, options.name)
    path = os.path.join(options.start_folder, options.file)
    with Monitor(running.path("qmp")) as monitor:
        width, height, rgb = dump(monitor)
    try:
        with open(path, "wb") as out:
            out.write(png.encode(width, height, rgb))
    except OSError as error:
        raise MasixError("screen", options.file, error.strerror,
                         "name a file in a folder that you may write to") from None
    print(f"{options.file}: {width}x{height}, the screen of {running.name}")
