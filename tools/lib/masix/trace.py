"""tools/masix trace: one call from node1 to node2, followed through kernels, servers and the wire.

The nodes of a cluster of its own record their messages (the kernel's word trace-messages) and show
their keys on the wire. After a hundred calls both are stopped, their kernels' rings are read out of
their memory, and the last call that is whole is printed. Every line is an event that was recorded.

Clocks: a node's are its own. A frame cannot be on the wire before its message was received by the
network server, nor a message delivered before its frame was on the wire; so each call narrows down
how a node's clock differs from that of the capture.
"""
import dataclasses
import os
import re
import shutil
import struct
import subprocess
import time

import machine
from masix import cluster, decode, start
from masix.console import Line
from masix.errors import MasixError

NODES = 2
CALL = "example_add"
# struct trace_record (kernel/kern/trace.h): time, kind, thread, task, id, port.
RECORD = struct.Struct("<QHHIII")
RECORDS = 1024
SEND, RECEIVE = 2, 3
SYMBOLS = ("trace_ring", "trace_recorded")
ANSWERED = b"answered 100 calls"
NAME = re.compile(r'\{(-?\d+), "(\w+)"\}')
NAMES = machine.BUILD / "gen" / "kernel" / "message_names.c"
WIRE = re.compile(r"\s*(\d+)\.(\d{6}) (\S+)\s+> (\S+)\s+DATA\s+(MESSAGE (\w+) to (\d+\.\d+ #\d+).*)")
ANSWER_TIME_S = 60
CALLS = 2  # commands; the first one finds the other node


def add(commands):
    command = commands.add_parser(
        "trace", help="show one call from node to node, step by step",
        description="Starts two nodes of their own, calls a server of the second from the first, and "
                    "shows one of the calls: every send and receive in both kernels, and the frames "
                    "between them, with times. Then ends the nodes.")
    command.add_argument("--name", metavar="NAME", default=f"trace-{os.getpid()}",
                         help="the cluster's name while it runs")
    command.set_defaults(run=run)


@dataclasses.dataclass
class Event:
    """Something that happened at `us`, by the clock of `place`."""
    us: float
    place: str
    task: int
    verb: str
    name: str
    text: str = ""


# ------------------------------------------------------------------------------------- collecting

def message_names():
    return {int(number): name for number, name in NAME.findall(NAMES.read_text(encoding="ascii"))}


def symbols():
    """Where the kernel's ring is."""
    listed = subprocess.run(["i686-linux-gnu-nm", str(machine.KERNEL)], stdout=subprocess.PIPE,
                            text=True, check=True).stdout
    found = {name: int(address, 16) for address, _, name in map(str.split, listed.splitlines())
             if name in SYMBOLS}
    if len(found) != len(SYMBOLS):
        raise MasixError("trace", machine.KERNEL, "it has no trace ring", "run make kernel")
    return found


def read_memory(monitor, node, address, size):
    path = node.path("memory").resolve()
    monitor.run("memsave", val=address, size=size, filename=str(path))
    content = path.read_bytes()
    path.unlink()
    return content


def read_ring(node, places, names):
    """The messages that a stopped node's kernel recorded, in order."""
    with node.monitor() as monitor:
        count, = struct.unpack("<Q", read_memory(monitor, node, places["trace_recorded"], 8))
        ring = read_memory(monitor, node, places["trace_ring"], RECORDS * RECORD.size)
    events = []
    for number in range(max(0, count - RECORDS), count):
        time_ns, kind, _, task, message, _ = RECORD.unpack_from(ring, number % RECORDS * RECORD.size)
        if kind in (SEND, RECEIVE):
            events.append(Event(time_ns / 1000, node.name, task,
                                "sends" if kind == SEND else "receives",
                                names.get(message, str(message))))
    return events


def read_wire(made):
    """The frames with a call or its answer, each message once."""
    said = subprocess.run(decode.words_for(made, made.capture()), stdout=subprocess.PIPE, text=True,
                          check=True).stdout
    events, seen = [], set()
    for line in said.splitlines():
        match = WIRE.fullmatch(line)
        if match and match[6] in (CALL, CALL + "_reply") and (match[3], match[7]) not in seen:
            seen.add((match[3], match[7]))  # a frame that was lost came again
            events.append(Event(int(match[1]) * 1e6 + int(match[2]), match[3], 0, match[6], match[6],
                                f"{match[3]} > {match[4]}  {match[5]}"))
    return events


def wait_for(node, words, count):
    deadline = time.monotonic() + ANSWER_TIME_S
    while node.path("console.log").read_bytes().count(words) < count:
        if time.monotonic() > deadline:
            raise MasixError("trace", node.name, f"no answer in {ANSWER_TIME_S} s",
                             f"look into {node.path('console.log')}")
        time.sleep(0.05)


def collect(made):
    """Calls node2 from node1; (events of node1, of node2, of the wire)."""
    first, second = made.nodes()
    line = Line(first)
    for count in range(1, CALLS + 1):
        line.socket.sendall(b"ping node2\r")
        wait_for(first, ANSWERED, count)
    line.close()
    for node in (first, second):
        with node.monitor() as monitor:
            monitor.run("stop")
    made.segment.ask("trace", "settings")
    places, names = symbols(), message_names()
    return read_ring(first, places, names), read_ring(second, places, names), read_wire(made)


# ------------------------------------------------------------------------------------ putting together

def of(events, verb, name):
    """Those that are such, newest first."""
    return [event for event in reversed(events) if event.verb == verb and event.name == name]


def steps(caller, called, wire):
    """The calls, newest first, each as the list of its events in their order.

    All calls have ended, and each is one of one caller's, so the n-th last event of a kind is that
    of the n-th last call.
    """
    reply = CALL + "_reply"
    # In a node each message is seen twice: by the program, and by its network server.
    columns = [of(caller, "sends", CALL), of(caller, "receives", CALL),
               of(wire, CALL, CALL),
               of(called, "sends", CALL), of(called, "receives", CALL),
               of(called, "sends", reply), of(called, "receives", reply),
               of(wire, reply, reply),
               of(caller, "sends", reply), of(caller, "receives", reply)]
    return [list(call) for call in zip(*columns) if is_one(call)]


def is_one(call):
    """Whether these are one call's: each node's events in their order, by who does them."""
    caller, gns, _, other_gns, server, answers, takes, _, gives, gets = call
    return caller.us < gns.us < gives.us < gets.us and \
        other_gns.us < server.us < answers.us < takes.us and \
        caller.task == gets.task != gns.task == gives.task and \
        other_gns.task == takes.task != server.task == answers.task


def clock(calls, before, frame_out, frame_in, after):
    """(by how much a node's clock is behind the wire's, how far that may be wrong), in us; or None.

    Each call's event `before` precedes frame_out, and `after` follows frame_in. Calls further back
    narrow it down, as long as they agree: a guest's clock now and then catches up with lost time.
    """
    most, least = float("inf"), float("-inf")
    for call in calls:
        lower = max(least, call[frame_in].us - call[after].us)
        upper = min(most, call[frame_out].us - call[before].us)
        if upper < lower:
            break
        most, least = upper, lower
    return ((most + least) / 2, (most - least) / 2) if least > float("-inf") else None


def on_one_clock(calls):
    """The newest call of which the clocks can be told, all its times on the wire's, and how exact."""
    for number in range(len(calls)):
        first = clock(calls[number:], 1, 2, 7, 8)
        second = clock(calls[number:], 6, 7, 2, 3)
        if first and second:
            shift = [first[0]] * 2 + [0] + [second[0]] * 4 + [0] + [first[0]] * 2
            call = [dataclasses.replace(event, us=event.us + by)
                    for event, by in zip(calls[number], shift)]
            return call, max(first[1], second[1])
    raise MasixError("trace", CALL, "the clocks of the nodes jump", "try again")


WHAT = (("caller", "sends {} to a proxy"), ("gns", "receives {} from the proxy"), None,
        ("gns", "sends {} to the port"), ("example", "receives {}"),
        ("example", "sends {}"), ("gns", "receives {} from a proxy"), None,
        ("gns", "sends {} to the reply port"), ("caller", "receives {}"))


def table(calls):
    """The lines to print, at most 80 columns wide."""
    call, error_us = on_one_clock(calls)
    begin, before = call[0].us, call[0].us
    lines = [f"One call from node1 to node2, the last of {len(calls)}. Times in us, since the",
             f"beginning and since the step before; clocks of nodes and wire agree to {error_us:.0f} us.", "",
             f"{'TIME':>7} {'STEP':>7}  {'WHERE':6} {'WHO':9} WHAT"]
    for event, what in zip(call, WHAT):
        where, who = (event.place, what[0]) if what else ("wire", "")
        text = what[1].format(event.name) if what else event.text
        lines.append(f"{event.us - begin:7.0f} {event.us - before:7.0f}  {where:6} {who:9} {text}"[:80])
        before = event.us
    return lines


# ------------------------------------------------------------------------------------------- the command

def run(options):
    start.check_built(False)
    start.segment.check_built()
    made = cluster.Cluster(options.name)
    if made.is_alive():
        raise MasixError("trace", f"cluster {made.name}", "it runs already", "choose another --name")
    try:
        start.begin(made, start.settings_of(made, NODES, keylog=True, words=["trace-messages"]), True)
        for node in made.nodes():
            node.wait_up("trace", start.WAIT_S)
        calls = steps(*collect(made))
        if not calls:
            raise MasixError("trace", CALL, "no whole call is in what was recorded",
                             f"look into {made.folder}, and try again")
        print("\n".join(table(calls)))
    finally:
        start.end(made)
    shutil.rmtree(made.folder, ignore_errors=True)
    return 0
