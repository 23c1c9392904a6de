"""tools/masix kill, restart, freeze, thaw and revoke: what can happen to a node."""
from masix import cluster
from masix.errors import MasixError
from masix.start import WAIT_S, wait_all

SEGMENT = "segment"


def add(commands):
    for name, function, text, more in (
            ("kill", run_kill, "end a node, hard, as by a power failure", ""),
            ("restart", run_restart, "start a node again",
             " One that still runs is ended, hard. The word segment starts the wire again."),
            ("freeze", run_freeze, "stop a node's processor; nothing is lost", ""),
            ("thaw", run_thaw, "let a frozen node go on", "")):
        command = commands.add_parser(name, help=text,
                                      description=text[0].upper() + text[1:] + "." + more)
        command.add_argument("nodes", nargs="+", metavar="NODE", help="node2, or 2")
        cluster.add_name(command)
        command.set_defaults(run=function)


    command = commands.add_parser(
        "revoke", help="take a node out of the cluster (not there yet)",
        description="Would hand the cluster a roster without the node. Nodes cannot pass rosters "
                    "on yet, so it is refused.")
    command.add_argument("node", metavar="NODE", help="node2, or 2")
    cluster.add_name(command)
    command.set_defaults(run=run_revoke)


def run_revoke(options):
    raise MasixError("revoke", options.node, "it is not there yet: nodes take a new roster only "
                     "when they start", "stop the cluster and start it with fewer nodes (-n)")


def named(options, action):
    """The cluster, and the nodes that are meant, each once."""
    found = cluster.find(action, options.name)
    numbers = {found.node(action, word).number for word in options.nodes if word != SEGMENT}
    return found, [cluster.Node(found, number) for number in sorted(numbers)]


def refuse_segment(options, action):
    if SEGMENT in options.nodes:
        raise MasixError(action, SEGMENT, "only nodes can be meant here",
                         "use tools/masix cut to take the wire away")


def run_kill(options):
    refuse_segment(options, "kill")
    found, nodes = named(options, "kill")
    with found.locked("kill"):
        for node in nodes:
            node.require_alive("kill")
        for node in nodes:
            node.kill()
            print(f"{node.name} was killed.")


def restart_segment(found):
    if found.segment.is_alive():
        raise MasixError("restart", "the segment", "it runs",
                         "only one that has ended is started again")
    found.segment.start(found.settings["nodes"], found.settings["seed"], found.settings["mode"])
    print("The segment runs again, without faults.")


def run_restart(options):
    found, nodes = named(options, "restart")
    with found.locked("restart"):
        if SEGMENT in options.nodes:
            restart_segment(found)
        for node in nodes:
            node.kill()
            node.start()
    wait_all(found, "restart", nodes, WAIT_S)


def tell_monitor(options, action, command, text):
    refuse_segment(options, action)
    _, nodes = named(options, action)
    for node in nodes:
        node.require_alive(action)
    for node in nodes:
        with node.monitor() as monitor:
            monitor.run(command)
        print(f"{node.name} {text}.")


def run_freeze(options):
    tell_monitor(options, "freeze", "stop", "is frozen")


def run_thaw(options):
    tell_monitor(options, "thaw", "cont", "goes on")
