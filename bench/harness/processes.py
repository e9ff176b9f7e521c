"""Processes that a benchmark starts, and ends by their ids."""
import atexit
import os
import signal
import socket
import subprocess
import sys
import time

from . import paths

TICKS = os.sysconf("SC_CLK_TCK")


class Daemon:
    """A process that runs until it is stopped, at the latest with the benchmark. Its output goes to a log file."""

    running = []

    def __init__(self, name, argv, env=None, cwd=None):
        self.log_path = paths.SCRATCH / f"{name}.log"
        self.log_path.parent.mkdir(parents=True, exist_ok=True)
        self.log = open(self.log_path, "wb")
        self.name = name
        self.process = subprocess.Popen(
            [str(part) for part in argv], stdin=subprocess.DEVNULL, stdout=self.log, stderr=subprocess.STDOUT,
            env={**os.environ, **(env or {})}, cwd=cwd, start_new_session=True)
        Daemon.running.append(self)

    @property
    def pid(self):
        return self.process.pid

    def wait_for_output(self, text, seconds=60):
        wait_until(lambda: text in self.log_path.read_text(errors="replace"), f"{self.name} to print '{text}'",
                   seconds, self)

    def tail(self):
        return self.log_path.read_text(errors="replace")[-2000:]

    def stop(self, seconds=15):
        """Asks it to end; ends it and what it started when it does not."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
        self.log.close()
        if self in Daemon.running:
            Daemon.running.remove(self)


@atexit.register
def stop_all():
    for daemon in reversed(list(Daemon.running)):
        daemon.stop()


# Ended from outside, a benchmark cleans up, too.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


def wait_until(condition, what, seconds=60, daemon=None, pause=0.02):
    deadline = time.monotonic() + seconds
    while not condition():
        if daemon is not None and daemon.process.poll() is not None:
            raise RuntimeError(f"{daemon.name} ended while waiting for {what}:\n{daemon.tail()}")
        if time.monotonic() > deadline:
            raise RuntimeError(f"waited {seconds} s in vain for {what}\n{daemon.tail() if daemon else ''}")
        time.sleep(pause)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def accepts_connections(port):
    try:
        socket.create_connection(("127.0.0.1", port), 0.2).close()
        return True
    except OSError:
        return False


def family(pid):
    """The process and all its descendants."""
    children = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat") as stat:
                    parent = int(stat.read().rsplit(")", 1)[1].split()[1])
            except OSError:
                continue
            children.setdefault(parent, []).append(int(entry))
    found = [pid]
    for known in found:
        found.extend(children.get(known, []))
    return found


def cpu_seconds(pid):
    """User and system time that the process has used so far, itself only."""
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def memory_mb(pid):
    """(resident, private + fair share of what is shared) in MiB."""
    values = {}
    for name in ("status", "smaps_rollup"):
        with open(f"/proc/{pid}/{name}") as lines:
            for line in lines:
                key, _, rest = line.partition(":")
                if key in ("VmRSS", "Pss"):
                    values[key] = int(rest.split()[0]) / 1024
    return values["VmRSS"], values["Pss"]
