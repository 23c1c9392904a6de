"""A process of this machine that outlives the command that started it: found again by a record.

The record is a file: process number, time of its start, and which boot of this machine. A number
alone would one day be somebody else's.
"""
import ctypes
import os
import pathlib
import select
import signal
import subprocess

END_TIME_S = 5
BOOT_ID = pathlib.Path("/proc/sys/kernel/random/boot_id")
PR_SET_PDEATHSIG = 1  # prctl(2)


def die_with_parent():
    """In a new process, before it is its program: the kernel ends it when its parent goes."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def stat_fields(pid):
    """The fields of /proc/PID/stat from the third on (proc(5)), or None: there is no such process."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as stat:
            return stat.read().rpartition(")")[2].split()
    except OSError:
        return None


def boot_id():
    try:
        return BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return "unknown"


class Process:
    """Which process: it may have ended long ago."""

    def __init__(self, pid, start_ticks, boot):
        self.pid, self.start_ticks, self.boot = pid, start_ticks, boot

    @staticmethod
    def of_pid(pid):
        fields = stat_fields(pid)
        return Process(pid, int(fields[19]), boot_id()) if fields else None

    @staticmethod
    def read(record):
        """The process of a record, or None: there is none, or it says nothing."""
        try:
            pid, start_ticks, boot = record.read_text(encoding="ascii").split()
            return Process(int(pid), int(start_ticks), boot)
        except (OSError, ValueError):
            return None

    def write(self, record):
        # At once, or not at all: a command may look at it at any time.
        new = record.with_name(record.name + ".new")
        new.write_text(f"{self.pid} {self.start_ticks} {self.boot}\n", encoding="ascii")
        os.replace(new, record)

    def fields(self):
        """Its fields of /proc/PID/stat while it is alive, else None."""
        fields = stat_fields(self.pid) if self.boot == boot_id() else None
        if not fields or int(fields[19]) != self.start_ticks or fields[0] in "ZX":
            return None
        return fields

    def is_alive(self):
        return self.fields() is not None

    def processor_s(self):
        """The processor time that it has used."""
        fields = self.fields()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK") if fields else 0.0

    def age_s(self):
        with open("/proc/uptime", encoding="ascii") as uptime:
            now_s = float(uptime.read().split()[0])
        return max(0.0, now_s - self.start_ticks / os.sysconf("SC_CLK_TCK"))

    def end(self, *signals):
        """Sends one signal after the other until it is gone; False: it is still there."""
        try:
            handle = os.pidfd_open(self.pid)
        except ProcessLookupError:
            return True
        try:
            # Only now is it certain that the handle is not somebody else's.
            if not self.is_alive():
                return True
            for number in signals:
                signal.pidfd_send_signal(handle, number)
                if select.select([handle], [], [], END_TIME_S)[0]:
                    return True
            return False
        except ProcessLookupError:
            return True
        finally:
            os.close(handle)
            self._reap()

    def _reap(self):
        """If it is a child of ours, nothing of it shall stay."""
        try:
            os.waitpid(self.pid, os.WNOHANG)
        except ChildProcessError:
            pass


def spawn(words, record, log, with_us=False):
    """Starts a program in a session of its own, with its output in the file log; its Process.

    with_us: it ends when this process does.
    """
    def before_program():
        if with_us:
            die_with_parent()
        # By itself, so that there is no moment in which it runs and nobody knows.
        Process.of_pid(os.getpid()).write(record)

    with open(log, "wb") as out:
        # Nobody waits for it here: it belongs to the system as soon as this command has ended.
        child = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                 start_new_session=True, preexec_fn=before_program)
    child.returncode = 0  # else Python complains at the end that it still runs
    return Process.read(record)
