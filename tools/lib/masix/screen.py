"""tools/masix screen: what is on a running node's screen, as a PNG file."""
import os
import re
import tempfile

from masix import node, png
from masix.errors import MasixError
from masix.qmp import Monitor

PPM = re.compile(rb"P6\s+(\d+)\s+(\d+)\s+255\s", re.ASCII)


def add(commands):
    command = commands.add_parser(
        "screen", help="save a running node's screen as a PNG file",
        description="Saves what the screen of a running node shows as a PNG file.")
    command.add_argument("file", metavar="FILE.png")
    node.add_name(command, "the node; needed only if several run")
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


def run(options):
    running = node.find_running("screen", options.name)
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
