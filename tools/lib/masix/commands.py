"""The sub-commands of tools/masix."""
import argparse
import os
import sys

import machine
from masix import boot, console, decode, keys, power, run, screen, start, status, trace, wire
from masix.errors import MasixError

# Each has add(commands), which declares its words and sets the default "run".
SUBJECTS = (start, status, console, power, wire, decode, trace, screen, run, boot, keys)


def parser():
    top = argparse.ArgumentParser(prog="tools/masix",
                                  description="Starts, watches, breaks and stops clusters of Masix nodes in "
                                              "QEMU; runs one node, or one program.")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for subject in SUBJECTS:
        subject.add(commands)
    return top


def main(words=None):
    """Runs one command; returns the process's status: 0 done, 1 failed (2: wrong words)."""
    top = parser()
    options, unknown = top.parse_known_args(words)
    if unknown:
        # By the command's own parser, which may have a status of its own for it.
        getattr(options, "parser", top).error(f"unrecognized arguments: {' '.join(unknown)}")
    # Files that the user names are meant from where the user is; ours from the project's top, so
    # that the sockets' paths are short enough for the kernel.
    options.start_folder = os.getcwd()
    os.chdir(machine.ROOT)
    try:
        return options.run(options) or 0
    except (MasixError, machine.BootError) as error:
        print(f"tools/masix {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
