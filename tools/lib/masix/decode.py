"""tools/masix decode: what the nodes of a cluster with a keylog said to each other."""
import os
import subprocess

import machine
from masix import cluster
from masix.errors import MasixError

TOOL = machine.BUILD / "tools" / "decode"


def add(commands):
    command = commands.add_parser(
        "decode", help="show what nodes said, of a cluster started with --keylog",
        description="Shows all frames of a cluster that was started with --keylog, opened, with the "
                    "messages in them by name; or writes them to a capture, which the dissector "
                    "build/tools/masix.lua shows in tshark and Wireshark.")
    command.add_argument("file", nargs="?", metavar="CAPTURE",
                         help="a capture (tools/masix pcap) instead of all frames since the start")
    command.add_argument("--pcap", metavar="OUT", help="write the opened frames there")
    command.add_argument("--name", metavar="NAME", default=None,
                         help="which cluster; it may have been stopped since")
    command.set_defaults(run=run)


def words_for(made, capture, *words):
    """The command line of build/tools/decode for a cluster."""
    if not TOOL.exists():
        raise MasixError("decode", TOOL.relative_to(machine.ROOT), "it is not built",
                         "run make tools")
    folder = made.settings["keys"] if made.settings else made.folder / "keys"
    return [str(TOOL), str(capture), "--keys", str(folder), *words]


def run(options):
    made = cluster.Cluster(options.name) if options.name else None
    if made is None:
        started = cluster.all_started()
        made = started[0] if len(started) == 1 else cluster.Cluster(cluster.DEFAULT_NAME)
    capture = (os.path.join(options.start_folder, options.file) if options.file
               else made.capture())
    if not os.path.exists(capture):
        raise MasixError("decode", capture, "there is no such capture",
                         "start the cluster with --keylog, or name a file of tools/masix pcap")
    if made.is_alive() and made.segment.is_alive():
        made.segment.ask("decode", "settings")  # it writes out what it has before it answers
    words = ["--pcap", os.path.join(options.start_folder, options.pcap)] if options.pcap else []
    return subprocess.run(words_for(made, capture, *words), check=False).returncode
