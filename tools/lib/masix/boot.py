"""tools/masix boot: one node in QEMU, with its console on this terminal."""
import os
import signal
import socket
import subprocess
import time

from masix import keys, terminal
from masix.errors import MasixError
from masix.node import DEFAULT_NAME, Node, add_name, build_machine, check_built
from masix.process import die_with_parent
from masix.qmp import Monitor

START_TIME_S = 20
STOP_TIME_S = 5


def add(commands):
    command = commands.add_parser(
        "boot", help="boot a node, its console on this terminal",
        description="Boots one node in QEMU and joins its serial console to this terminal. "
                    f"{terminal.LEAVE_WORDS} leaves and ends the node. On first use the keys of a "
                    "development cluster are made in build/keys.")
    add_name(command, f"which node of the cluster (default {DEFAULT_NAME})")
    command.add_argument("--mem", type=int, default=64, metavar="MB",
                         help="the node's memory (default 64; 48 are enough)")
    command.add_argument("--keys", metavar="FOLDER",
                         help="the cluster's folder (tools/masix keys), instead of the "
                              "development cluster's")
    command.add_argument("--display", metavar="KIND", default="none",
                         help="show the screen in a window: gtk, sdl or whatever else "
                              "qemu-system-i386 -display help names")
    command.add_argument("--iso", action="store_true",
                         help="boot the GRUB image (make iso) instead of kernel and modules")
    command.add_argument("--icount", action="store_true",
                         help="time is counted in instructions: repeatable, for tests")
    command.add_argument("--append", action="append", default=[], metavar="WORD",
                         help="a word more for the kernel's command line")
    command.set_defaults(run=run)


def start_qemu(node, options):
    if options.keys:
        folder = os.path.join(options.start_folder, options.keys)
        fw_cfg = keys.node_files(node.name, node.path("fw_cfg"), folder)
    else:
        fw_cfg = keys.make_node_files(node.name, node.path("fw_cfg"))
    sockets = ["-S", "-chardev", f"socket,id=serial,path={node.path('serial')},server=on,wait=off",
               "-serial", "chardev:serial"]
    for monitor in ("qmp", "control"):
        sockets += ["-qmp", f"unix:{node.path(monitor)},server=on,wait=off"]
    described = build_machine(fw_cfg, options.mem, options.icount, options.iso, options.display,
                              options.append, sockets)
    described.check()
    with open(node.path("qemu.log"), "wb") as log:
        try:
            # A session of its own: keys that send signals here are not for QEMU.
            return subprocess.Popen(described.arguments(), stdin=subprocess.DEVNULL, stdout=log,
                                    stderr=log, start_new_session=True,
                                    preexec_fn=die_with_parent)
        except OSError as error:
            raise MasixError("boot", "qemu-system-i386", error.strerror,
                             "run tools/setup") from None


def failed(node, qemu):
    """QEMU could not start: in its own words."""
    said = node.path("qemu.log").read_text(encoding="utf-8", errors="replace").strip()
    return MasixError("boot", node.name, said.splitlines()[-1] if said else
                      f"QEMU ended with status {qemu.returncode}",
                      "see qemu-system-i386 -help for what it can do")


def connect(node, qemu):
    """The monitor and the serial line of a QEMU that waits to be started."""
    deadline = time.monotonic() + START_TIME_S
    while not node.path("control").exists() or not node.path("serial").exists():
        if qemu.poll() is not None:
            raise failed(node, qemu)
        if time.monotonic() > deadline:
            raise MasixError("boot", node.name, f"QEMU did not start in {START_TIME_S} s",
                             f"look into {node.path('qemu.log')}")
        time.sleep(0.02)
    line = socket.socket(socket.AF_UNIX)
    try:
        control = Monitor(node.path("control"), START_TIME_S)
        line.connect(str(node.path("serial")))
    except (MasixError, OSError):
        if qemu.poll() is not None or qemu.wait(1) is not None:
            raise failed(node, qemu) from None
        raise
    return control, line


def stop(qemu, control, how):
    """Ends QEMU in any case; returns its status if it had ended by itself."""
    if how == "ended":
        try:
            return qemu.wait(STOP_TIME_S)  # its line went, and so will it
        except subprocess.TimeoutExpired:
            pass
    try:
        control.run("quit")
        qemu.wait(STOP_TIME_S)
    except (MasixError, subprocess.TimeoutExpired, AttributeError):
        pass
    if qemu.poll() is None:
        os.killpg(qemu.pid, signal.SIGKILL)
        qemu.wait()
    return None


def run(options):
    node = Node(options.name or DEFAULT_NAME)
    if not 8 <= options.mem <= 3072:
        raise MasixError("boot", f"--mem {options.mem}", "not a size that a node can have",
                         "choose 48 to 3072 (MB)")
    check_built(options.iso)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, terminal.raise_signal)
    node.take()
    qemu, control, status, how = None, None, None, None
    try:
        qemu = start_qemu(node, options)
        node.set_pid(qemu.pid)
        control, line = connect(node, qemu)
        print(f"Masix, {node.name}, on this terminal. Leave with {terminal.LEAVE_WORDS}.",
              flush=True)
        control.run("cont")
        how = terminal.join(line)
    finally:
        if qemu is not None:
            status = stop(qemu, control, how)
        node.give_back()
    if how == "ended":
        print(f"{node.name} has ended" +
              (f" (QEMU's status {status})." if status else "."))
        return status or 0
    print(f"{node.name} was ended.")
    return 0
