"""The RQ peer: what its workers run. Reports each end through a FIFO."""
import os
import subprocess


def run(argv):
    """One encode; a failure is reported as such."""
    ended = subprocess.run(
        argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    fifo = os.open(os.environ["BENCH_FIFO"], os.O_WRONLY)
    os.write(fifo, b"." if ended.returncode == 0 else b"!")
    os.close(fifo)
