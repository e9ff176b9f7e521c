"""A Redis of our own on a free port, in a folder of its own."""
import shutil

import redis

from . import paths, processes


class Redis:
    def __init__(self, durable=False):
        """durable: every write is synced to the disk before it is answered (appendfsync always)."""
        self.port = processes.free_port()
        self.folder = paths.SCRATCH / f"redis-{self.port}"
        self.folder.mkdir(parents=True)
        options = ["--appendonly", "yes", "--appendfsync", "always"] if durable else ["--appendonly", "no"]
        self.daemon = processes.Daemon(
            f"redis-{self.port}",
            ["redis-server", "--port", self.port, "--bind", "127.0.0.1", "--dir", self.folder, "--save", "", *options])
        processes.wait_until(lambda: processes.accepts_connections(self.port), "redis", 20, self.daemon)
        self.client = redis.Redis(port=self.port)

    @property
    def url(self):
        return f"redis://127.0.0.1:{self.port}/0"

    def stop(self):
        self.client.close()
        self.daemon.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
