"""tools/masix cut, heal, loss, stats, pcap and segment: what the virtual Ethernet does to frames."""
import os
import re

from masix import cluster
from masix.errors import MasixError
from masix.segment import parse_answer

TIME = re.compile(r"(\d+(?:\.\d+)?)(us|ms|s)")
TIME_UNITS_US = {"us": 1, "ms": 1000, "s": 1000000}
RATE = re.compile(r"(\d+)([kM]?)")
RATE_UNITS = {"": 1, "k": 1000, "M": 1000000}
# Columns of the table of counters, with their widths.
COUNTERS = {"offered": 10, "delivered": 10, "lost": 8, "cut": 8, "absent": 8, "refused": 8,
            "overflow": 9, "waiting": 8}
FAULTS_WORDS = """
CHANCE is 0.1 or 10%%; TIME is 500us, 20ms or 1s; BYTES is a number, 100k or 2M a second. What is
not named stays as it is. Which frames are hit follows from the seed and from how many frames a link
has carried, not from time: --seed begins the same decisions again.
"""


def add(commands):
    command = commands.add_parser(
        "cut", help="cut the wire between groups of nodes",
        description="Cuts the wire between groups of nodes: node1,node2/node3 (or 1,2/3). Nodes "
                    "that are not named form a group of their own; cuts from before are healed.")
    command.add_argument("groups", metavar="A,B/C", help="the groups, with a / between them")
    _finish(command, run_cut)

    command = commands.add_parser("heal", help="heal all cuts of the wire",
                                  description="Heals all cuts: everybody hears everybody.")
    _finish(command, run_heal)

    command = commands.add_parser(
        "loss", help="let the wire lose, double, reorder, corrupt or delay frames",
        description="Sets what the wire does to frames, on all links or on some. Without words: "
                    "shows what it does.", epilog=FAULTS_WORDS)
    command.add_argument("loss", nargs="?", metavar="CHANCE", help="to lose a frame")
    command.add_argument("--duplicate", metavar="CHANCE", help="to deliver it twice")
    command.add_argument("--reorder", metavar="CHANCE", help="to let others pass it")
    command.add_argument("--within", metavar="TIME", help="... for at most so long (5ms)")
    command.add_argument("--corrupt", metavar="CHANCE", help="to flip a bit of it")
    command.add_argument("--delay", metavar="TIME", help="how long a frame is under way")
    command.add_argument("--jitter", metavar="TIME", help="... and up to so much more, at random")
    command.add_argument("--rate", metavar="BYTES", help="how fast a link is; 0: unlimited")
    command.add_argument("--from", dest="sender", metavar="NODE", help="only frames from it")
    command.add_argument("--to", dest="receiver", metavar="NODE", help="only frames to it")
    command.add_argument("--seed", metavar="NUMBER", help="begin all decisions with this seed")
    command.add_argument("--off", action="store_true", help="none of these any more")
    _finish(command, run_loss)

    command = commands.add_parser(
        "stats", help="how many frames the wire carried, lost, cut ...",
        description="Counts the frames of the wire. A hub offers a frame to everybody else; a "
                    "frame that is cut, or for a node that is absent, is gone. Corrupted, "
                    "reordered and duplicated ones are counted below the table.")
    command.add_argument("--links", action="store_true", help="a line for each link")
    _finish(command, run_stats)

    command = commands.add_parser(
        "pcap", help="write all frames to a file for tshark or Wireshark",
        description="Writes every frame once, as it was put on the wire, to a new file, until "
                    "pcap off or the cluster's end.")
    command.add_argument("file", metavar="FILE|off")
    _finish(command, run_pcap)

    command = commands.add_parser(
        "segment", help="say something to the wire itself (tools/segment/README.md)",
        description="Sends commands to the wire, and prints its answers: replay, inject and all "
                    "else that tools/segment/README.md lists. A command with blanks is quoted.")
    command.add_argument("lines", nargs="+", metavar="COMMAND")
    _finish(command, run_segment)


def _finish(command, function):
    cluster.add_name(command)
    command.set_defaults(run=function)


# -------------------------------------------------------------------------------------- partitions

def parse_groups(text, number_of):
    """1,2/3 of node1,node2/node3; number_of: a node's number from a person's word."""
    groups = [[number_of(word) for word in group.split(",")] for group in text.split("/")]
    named = [number for group in groups for number in group]
    if len(set(named)) != len(named):
        raise MasixError("cut", text, "a node is named twice", "say each one once, as in 1,2/3")
    return "/".join(",".join(map(str, group)) for group in groups)


def run_cut(options):
    found = cluster.find("cut", options.name)
    groups = parse_groups(options.groups, lambda word: found.node("cut", word).number)
    found.segment.ask("cut", f"partition {groups}")
    named = ["node" + group.replace(",", " node") for group in groups.split("/")]
    print("Cut: " + " | ".join(named) + (" | all others" if len(
        re.findall(r"\d+", groups)) < found.settings["nodes"] else ""))


def run_heal(options):
    found = cluster.find("heal", options.name)
    found.segment.ask("heal", "heal")
    print("Everybody hears everybody.")


# ------------------------------------------------------------------------------------------ faults

def parse_time_us(text):
    match = TIME.fullmatch(text)
    if not match:
        raise MasixError("loss", text, "not a time", "say 500us, 20ms or 1s")
    return round(float(match[1]) * TIME_UNITS_US[match[2]])


def parse_rate(text):
    match = RATE.fullmatch(text)
    if not match:
        raise MasixError("loss", text, "not a rate", "say 50000, 100k or 2M (bytes a second)")
    return int(match[1]) * RATE_UNITS[match[2]]


def fault_lines(options, sender, receiver):
    """The segment's commands for what was said; sender, receiver: numbers or *."""
    link = f"{sender} {receiver}"
    lines = []
    if options.seed is not None:
        lines.append(f"seed {options.seed}")
    if options.off:
        lines.append("clear" if link == "* *" else f"clear {link}")
    for name in ("loss", "duplicate", "corrupt"):
        if getattr(options, name) is not None:
            lines.append(f"{name} {link} {getattr(options, name)}")
    if options.reorder is not None:
        within = f" {parse_time_us(options.within)}" if options.within is not None else ""
        lines.append(f"reorder {link} {options.reorder}{within}")
    elif options.within is not None:
        raise MasixError("loss", "--within", "nothing is to be reordered", "say --reorder too")
    if options.delay is not None or options.jitter is not None:
        lines.append(f"delay {link} {parse_time_us(options.delay or '0us')} "
                     f"{parse_time_us(options.jitter or '0us')}")
    if options.rate is not None:
        lines.append(f"rate {link} {parse_rate(options.rate)}")
    return lines


def faults_text(shown):
    """What the segment shows of a link, for people; '' if it is perfect."""
    parts = ["cut"] if shown["cut"] else []
    for name in ("loss", "duplicate", "reorder", "corrupt"):
        if shown[name]:
            parts.append(f"{name} {100 * shown[name]:.4g}%")
    if shown["delay_us"] or shown["jitter_us"]:
        jitter = f"+{shown['jitter_us'] / 1000:g}" if shown["jitter_us"] else ""
        parts.append(f"delay {shown['delay_us'] / 1000:g}{jitter} ms")
    if shown["rate"]:
        parts.append(f"rate {shown['rate']} B/s")
    return ", ".join(parts)


def links(found):
    numbers = range(1, found.settings["nodes"] + 1)
    return [(a, b) for a in numbers for b in numbers if a != b]


def show_faults(found):
    pairs = links(found)
    settings, *shown = found.segment.ask("loss", "settings", *[f"show {a} {b}" for a, b in pairs])
    texts = [faults_text(parse_answer(line)) for line in shown]
    print(f"The wire: a {parse_answer(settings)['mode']}, seed {parse_answer(settings)['seed']}.")
    if len(set(texts)) == 1 and texts[0]:
        print(f"  every link: {texts[0]}")
        return
    faulty = [(pair, text) for pair, text in zip(pairs, texts) if text]
    for (a, b), text in faulty:
        print(f"  node{a} to node{b}: {text}")
    if not faulty:
        print("  every link is perfect")


def run_loss(options):
    found = cluster.find("loss", options.name)
    ends = [found.node("loss", word).number if word else "*"
            for word in (options.sender, options.receiver)]
    lines = fault_lines(options, *ends)
    if not lines and ends != ["*", "*"]:
        raise MasixError("loss", "--from, --to", "nothing is to change", "say a CHANCE, or --off")
    if lines:
        found.segment.ask("loss", *lines)
    show_faults(found)


# ---------------------------------------------------------------------------------------- counters

def stats_table(total, rows):
    """The lines of the table; rows: [(title, counters)]."""
    lines = [f"{'LINK':9}" + "".join(f"{name.upper():>{width}}"
                                     for name, width in COUNTERS.items())]
    for title, counters in [*rows, ("all", total)]:
        lines.append(f"{title:9}" + "".join(f"{counters[name]:>{width}}"
                                            for name, width in COUNTERS.items()))
    lines.append(f"sent {total['sent']}, duplicated {total['duplicated']}, reordered "
                 f"{total['reordered']}, corrupted {total['corrupted']}, bad {total['bad']}")
    return lines


def run_stats(options):
    found = cluster.find("stats", options.name)
    pairs = links(found) if options.links else []
    total, *rest = found.segment.ask("stats", "stats", *[f"stats {a} {b}" for a, b in pairs])
    rows = [(f"{a} to {b}", parse_answer(line)) for (a, b), line in zip(pairs, rest)]
    print("\n".join(stats_table(parse_answer(total), rows)))


def run_pcap(options):
    found = cluster.find("pcap", options.name)
    if options.file == "off":
        found.segment.ask("pcap", "pcap off")
        print("The capture has ended.")
        return
    path = os.path.join(options.start_folder, options.file)
    if re.search(r"\s", path):
        raise MasixError("pcap", path, "the wire takes no blanks in a path",
                         "name a file without blanks")
    found.segment.ask("pcap", f"pcap {path}")
    print(f"{options.file}: every frame from now on, until tools/masix pcap off")


def run_segment(options):
    found = cluster.find("segment", options.name)
    for line in options.lines:
        print(" ".join(["ok", *found.segment.ask("segment", line)]).rstrip())
