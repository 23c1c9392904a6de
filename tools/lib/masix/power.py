"""tools/masix kill, restart, freeze, thaw and revoke: what can happen to a node."""
import os
import pathlib

from masix import cluster, keys
from masix.errors import MasixError
from masix.start import WAIT_S, wait_all

SEGMENT = "segment"
HAS_IT = "the roster is not newer than the one in force"


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
        "revoke", help="take a node out of the cluster, for good",
        description="Makes the cluster's next roster, without the node and with a new cluster key, "
                    "and hands it to every other node that runs. They end what they have with the "
                    "node, and it can neither find, be found nor call any more. Nodes that do not "
                    "run get it when they are started. The same command again hands the roster to "
                    "those that could not take it.")
    command.add_argument("node", metavar="NODE", help="node2, or 2")
    command.add_argument("--phrase-file", metavar="FILE",
                         help="the signing key's pass phrase (start --keys), instead of asking")
    cluster.add_name(command)
    command.set_defaults(run=run_revoke)


def hand_over(node, roster):
    """Gives a running node the roster; False: it does not have it now."""
    state = node.state()
    if state in ("frozen", "elsewhere"):
        print(f"{node.name} is {state} and knows nothing of it.")
        return False
    try:
        said = node.take_roster(roster)
    except OSError as error:
        print(f"{node.name} does not take the roster ({error}).")
        return False
    if said != "ok" and said != HAS_IT:
        print(f"{node.name} refuses the roster: {said}.")
        return False
    print(f"{node.name} has the new roster.")
    return True


def run_revoke(options):
    found = cluster.find("revoke", options.name)
    gone = found.node("revoke", options.node)
    phrase = options.phrase_file and os.path.join(options.start_folder, options.phrase_file)
    with found.locked("revoke"):
        settings = found.settings
        if not gone.is_revoked():
            keys.revoke(gone.name, settings["keys"], settings["own_keys"], phrase)
            revoked = [*settings.get("revoked", ()), gone.number]
            found.write_settings({**settings, "revoked": revoked})
        roster = (pathlib.Path(settings["keys"]) / "roster").read_bytes()
        running = [node for node in found.nodes() if not node.is_revoked() and
                   (node.is_alive() or node.state() == "elsewhere")]
        taken = [hand_over(node, roster) for node in running]
    if not all(taken):
        raise MasixError("revoke", gone.name, "not every node that runs knows it",
                         f"thaw or restart the others, then revoke {gone.name} again")
    print(f"{gone.name} is no member of cluster {found.name} any more.")


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
            if node.is_revoked():
                raise MasixError("restart", node.name, "it was revoked: the roster has it no more",
                                 "stop the cluster and start it: the node of that name is "
                                 "another one then, with a new key")
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
