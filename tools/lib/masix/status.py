"""tools/masix status: which clusters there are, and what each node does."""
import os
import time

from masix import cluster, console


def add(commands):
    command = commands.add_parser(
        "status", help="what runs: the nodes of the clusters",
        description="Shows the clusters that were started, and what their nodes do: starting, up, "
                    "frozen, silent (QEMU does not answer), killed, ended. CPU is the average "
                    "since the node began, in hundredths of a processor.")
    cluster.add_name(command)
    command.set_defaults(run=run)


def duration(seconds):
    """As short as a table's column: 0:07, 12:34, 3:12:34, 5d 03h."""
    seconds = int(seconds)
    if seconds >= 86400:
        return f"{seconds // 86400}d {seconds // 3600 % 24:02}h"
    if seconds >= 3600:
        return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return f"{seconds // 60}:{seconds % 60:02}"


def resident_mb(pid):
    try:
        with open(f"/proc/{pid}/statm", encoding="ascii") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") >> 20
    except OSError:
        return 0


def node_line(node):
    state, process = node.state(), node.process()
    if process is None or not process.is_alive():
        words = cluster.last_words(node.path("console.log")) if state == "ended" else ""
        line = f"{node.name:8} {state:9}" + (f" its last words: {words}" if words else "")
        return line[:79].rstrip()
    age_s = max(process.age_s(), 0.1)
    return (f"{node.name:8} {state:9} {process.pid:>8} {duration(age_s):>9} "
            f"{100 * process.processor_s() / age_s:>6.1f} {resident_mb(process.pid):>8}  "
            f"{console_user(node)}").rstrip()


def console_user(node):
    """The process that has the node's console, or ''."""
    pid = console.user_of(node)
    return f"process {pid}" if pid else ""


def show(found):
    settings = found.settings
    if not found.is_alive():
        print(f"Cluster {found.name}: nothing of it runs any more, and nobody stopped it.\n"
              f"  tools/masix start --name {found.name} begins it anew, stop forgets it.")
        return
    count = settings["nodes"]
    wire = f"a {settings['mode']}, seed {settings['seed']}" if found.segment.is_alive() else \
        "HAS ENDED (tools/masix restart segment)"
    age = duration(max(0, time.time() - settings["started"]))
    print(f"Cluster {found.name}: {count} node{'s' if count > 1 else ''} of "
          f"{settings['memory_mb']} MB, started {age} ago; its wire: {wire}")
    print(f"{'NODE':8} {'STATE':9} {'PROCESS':>8} {'AGE':>9} {'CPU %':>6} {'HOST MB':>8}  CONSOLE")
    for node in found.nodes():
        print(node_line(node))


def run(options):
    if options.name is not None:
        clusters = [cluster.find("status", options.name)]
    else:
        clusters = cluster.all_started()
    if not clusters:
        print("No cluster runs. Begin one with tools/masix start.")
    for number, found in enumerate(clusters):
        if number:
            print()
        show(found)
