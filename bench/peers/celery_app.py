"""The Celery peer: a worker that runs commands, or does nothing. Reports each end through a FIFO."""
import os
import struct
import subprocess
import time

from celery import Celery

app = Celery("bench", broker=os.environ["BENCH_REDIS"])
app.conf.update(
    task_ignore_result=True,
    worker_send_task_events=False,
    task_acks_late=os.environ.get("BENCH_ACKS_LATE") == "1",
    worker_prefetch_multiplier=int(os.environ.get("BENCH_PREFETCH", "4")),
    task_default_queue="bench",
)
_fifo = None


def report(payload):
    global _fifo
    if _fifo is None:
        _fifo = os.open(os.environ["BENCH_FIFO"], os.O_WRONLY)
    os.write(_fifo, payload)


@app.task
def run(argv):
    """One encode; a failure is reported as such."""
    ended = subprocess.run(
        argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    report(b"." if ended.returncode == 0 else b"!")


@app.task
def nothing():
    """A job without work, for throughput."""
    report(b".")


@app.task
def stamp():
    """Tells when it began, in nanoseconds of the machine's monotonic clock, for latency."""
    report(struct.pack("<q", time.monotonic_ns()))
