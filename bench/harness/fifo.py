"""How the peers' workers tell the benchmark that a job is over: bytes through a FIFO, which costs next to nothing."""
import os
import select
import time

from . import paths


class Fifo:
    def __init__(self, name):
        self.path = paths.SCRATCH / f"{name}.fifo"
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.unlink(missing_ok=True)
        os.mkfifo(self.path)
        # For reading and writing, so that it never reports an end of file.
        self.descriptor = os.open(self.path, os.O_RDWR)

    def read(self, size, seconds=600):
        """Exactly so many bytes."""
        received = b""
        deadline = time.monotonic() + seconds
        while len(received) < size:
            ready, _, _ = select.select([self.descriptor], [], [], max(0, deadline - time.monotonic()))
            if not ready:
                raise RuntimeError(f"only {len(received)} of {size} bytes came in {seconds} s")
            received += os.read(self.descriptor, size - len(received))
        return received

    def wait_for_jobs(self, count, seconds=600):
        if b"!" in self.read(count, seconds):
            raise RuntimeError("a peer's job failed")

    def close(self):
        os.close(self.descriptor)
        self.path.unlink(missing_ok=True)
