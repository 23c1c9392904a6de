"""tools/masix start and stop: a cluster's whole life."""
import os
import signal
import subprocess
import time

from masix import cluster, console, keys, segment, terminal
from masix.errors import MasixError
from masix.node import check_built

NODES = 2
WAIT_S = 120
# What a window needs; the first that QEMU has is taken.
DISPLAYS = ("gtk", "sdl")


def add(commands):
    command = commands.add_parser(
        "start", help="start a cluster of nodes on a virtual Ethernet",
        description="Starts a cluster: keys and roster for its nodes, a virtual Ethernet, and a "
                    "QEMU for each node. It runs in the background until tools/masix stop.")
    command.add_argument("-n", "--nodes", type=int, default=NODES, metavar="N",
                         help=f"how many nodes, 1 to {cluster.NODES_MAX} (default {NODES})")
    command.add_argument("--name", metavar="NAME", default=cluster.DEFAULT_NAME,
                         help=f"the cluster's name (default {cluster.DEFAULT_NAME}); several can "
                              "run at once")
    command.add_argument("--console", action="store_true",
                         help="join node1's console to this terminal; leaving it stops the cluster")
    command.add_argument("--mem", type=int, default=cluster.MEMORY_MB, metavar="MB",
                         help=f"each node's memory (default {cluster.MEMORY_MB})")
    command.add_argument("--seed", type=int, default=1, metavar="NUMBER",
                         help="which faults the wire makes (default 1; tools/masix loss)")
    command.add_argument("--switch", action="store_true",
                         help="the wire is a switch, not a hub on which all hear all")
    command.add_argument("--keys", metavar="FOLDER",
                         help="keys and roster (tools/masix keys) instead of the cluster's own")
    command.add_argument("--keylog", action="store_true",
                         help="nodes show their keys on the wire, and all frames are kept: for "
                              "tools/masix decode")
    command.add_argument("--window", action="store_true",
                         help="show each node's screen in a window")
    command.add_argument("--wait", type=float, default=WAIT_S, metavar="SECONDS",
                         help=f"how long the nodes may take (default {WAIT_S})")
    command.set_defaults(run=run_start)

    command = commands.add_parser(
        "stop", help="stop a cluster",
        description="Ends all that runs of a cluster. Its keys and logs stay in its folder.")
    cluster.add_name(command)
    command.set_defaults(run=run_stop)


def choose_display(environment, known):
    """The kind of window for QEMU; `known`: what it says of its kinds."""
    if not environment.get("DISPLAY") and not environment.get("WAYLAND_DISPLAY"):
        raise MasixError("start", "--window", "there is no display here",
                         "go without it (make run without VGA=1) and see a screen with tools/masix "
                         "screen NODE FILE.png")
    for kind in DISPLAYS:
        if kind in known.split():
            return kind
    raise MasixError("start", "--window", "QEMU has no windows here",
                     "install the package qemu-system-gui")


def display_of(options):
    if not options.window:
        return "none"
    known = subprocess.run(["qemu-system-i386", "-display", "help"], stdout=subprocess.PIPE,
                           stderr=subprocess.DEVNULL, text=True, check=False).stdout
    return choose_display(os.environ, known)


def make_settings(made, options):
    if not 1 <= options.nodes <= cluster.NODES_MAX:
        raise MasixError("start", f"-n {options.nodes}", "not a number of nodes",
                         f"choose 1 to {cluster.NODES_MAX}")
    if not 48 <= options.mem <= 3072:
        raise MasixError("start", f"--mem {options.mem}", "not a size that a node can have",
                         "choose 48 to 3072 (MB)")
    if not 0 <= options.seed < 1 << 63:
        raise MasixError("start", f"--seed {options.seed}", "not a seed",
                         "choose a number from 0 to 2^63 - 1")
    if options.keys and not os.path.isdir(os.path.join(options.start_folder, options.keys)):
        raise MasixError("start", f"--keys {options.keys}", "there is no such folder",
                         "make it with tools/masix keys cluster, node and roster")
    if options.keys and options.keylog:
        raise MasixError("start", "--keylog", "the roster of --keys says whether there is one",
                         "put the line keylog into its CONF (tools/keys/README.md)")
    settings = settings_of(made, options.nodes, keylog=options.keylog, memory_mb=options.mem, seed=options.seed,
                           mode="switch" if options.switch else "hub", display=display_of(options))
    if options.keys:
        settings |= {"keys": os.path.join(options.start_folder, options.keys), "own_keys": False}
    return settings


def settings_of(made, nodes, **others):
    """What a cluster is started with; `others` instead of what is usual."""
    return {"nodes": nodes, "memory_mb": cluster.MEMORY_MB, "seed": 1, "mode": "hub",
            "display": "none", "keys": str(made.folder / "keys"), "own_keys": True,
            "started": int(time.time()), **others}


def make_keys(made):
    conf = made.folder / "roster.conf"
    text = keys.roster_conf(keys.ROSTER_CONF.read_text(encoding="utf-8"), made.settings["nodes"])
    if made.settings.get("keylog"):
        text += "keylog\n"
    conf.write_text(text, encoding="utf-8")
    keys.make_development(made.settings["keys"], conf)


def begin(made, settings, with_us, first=1):
    """Starts the segment and all nodes from the one with the number `first` on."""
    with made.locked("start"):
        if made.is_alive():
            raise MasixError("start", f"cluster {made.name}", "it runs already",
                             "stop it (tools/masix stop), or choose another --name")
        if made.settings is not None:
            print(f"Cluster {made.name} had ended without tools/masix stop; it begins anew.")
            made.end()
        made.write_settings(settings)
        if settings["own_keys"]:
            make_keys(made)
        made.segment.start(settings["nodes"], settings["seed"], settings["mode"], with_us)
        if settings.get("keylog"):
            made.capture().unlink(missing_ok=True)
            made.capture().touch(0o600)  # whoever reads it reads everything
            made.segment.ask("start", f"pcap {made.capture().resolve()}")
        for node in made.nodes()[first - 1:]:
            node.start(with_us)


def wait_all(made, action, nodes, limit_s):
    """A line for each node as soon as it is up."""
    deadline = time.monotonic() + limit_s
    for node in nodes:
        age_s = node.wait_up(action, max(0.0, deadline - time.monotonic()))
        print(f"  {node.name:8} up after {age_s:.1f} s", flush=True)


def end(made):
    with made.locked("stop"):
        return made.end() if made.settings is not None else 0


def run_start(options):
    check_built(False)
    segment.check_built()
    made = cluster.Cluster(options.name)
    settings = make_settings(made, options)
    if made.is_alive():
        raise MasixError("start", f"cluster {made.name}", "it runs already",
                         "stop it (tools/masix stop), or choose another --name")
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, terminal.raise_signal)
    count = settings["nodes"]
    print(f"Masix: cluster {made.name}, {count} node{'s' if count > 1 else ''} of "
          f"{settings['memory_mb']} MB on a virtual Ethernet.", flush=True)
    if settings["keylog"]:
        print(f"KEYLOG: nothing that its nodes say is secret. Look with tools/masix decode, or into "
              f"{made.capture()}.", flush=True)
    keep = False
    try:
        begin(made, settings, options.console)
        wait_all(made, "start", made.nodes(), options.wait)
        if options.console:
            print("This terminal becomes node1's console. Leaving it stops the cluster.\n"
                  f"{console.KEYS_WORDS}\nFrom another terminal: tools/masix status, kill, "
                  "restart, cut, loss ... (--help).", flush=True)
            console.attach(made, made.nodes()[0])
        keep = not options.console
    finally:
        # Whatever went wrong, an interrupt too: nothing stays that this command began.
        if not keep:
            end(made)
    if keep:
        print("Next: tools/masix console node1, status, stop; --help lists all commands.")
    else:
        print(f"Cluster {made.name} was stopped.")
    return 0


def run_stop(options):
    found = cluster.find("stop", options.name)
    ended = end(found)
    print(f"Cluster {found.name} was stopped." if ended else
          f"Cluster {found.name} had ended already; what it left behind is removed.")
    return 0
