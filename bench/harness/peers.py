"""Whom we are measured against, all with the same face: start, run a list of commands to the end, stop."""
import importlib
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time

import rq

from . import fifo, paths, processes, redis_server

PYTHON = "/usr/bin/python3"


class Xargs:
    """Nothing but two processes at a time: the floor."""
    name = "xargs"

    def start(self):
        pass

    def run(self, commands):
        with tempfile.NamedTemporaryFile("w", suffix=".list") as listing:
            for argv in commands:
                listing.write(" ".join(shlex.quote(part) for part in argv[1:]) + "\n")
            listing.flush()
            begun = time.monotonic()
            subprocess.run(
                ["xargs", "-a", listing.name, "-P", "2", "-L", "1", commands[0][0]], check=True,
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            return time.monotonic() - begun

    def stop(self):
        pass


class RedisPeer:
    """A queue on Redis with workers that were started, and have run something, before the clock starts."""

    def __init__(self, durable=False):
        self.durable = durable

    def start(self):
        self.redis = redis_server.Redis(self.durable)
        self.fifo = fifo.Fifo(f"{self.name}-{self.redis.port}".replace(" ", "-").replace(",", ""))
        self.env = {
            "BENCH_REDIS": self.redis.url, "BENCH_REDIS_PORT": str(self.redis.port),
            "BENCH_FIFO": str(self.fifo.path), "BENCH_PEERS": str(paths.PEERS), "PYTHONPATH": str(paths.BENCH / "peers"),
        }
        self.daemons = []
        self.start_workers()

    def start_daemon(self, name, argv, env=None):
        daemon = processes.Daemon(f"{name}-{self.redis.port}", argv, {**self.env, **(env or {})}, cwd=paths.BENCH)
        self.daemons.append(daemon)
        return daemon

    def run(self, commands):
        begun = time.monotonic()
        self.submit(commands)
        self.fifo.wait_for_jobs(len(commands))
        return time.monotonic() - begun

    def warm_up(self):
        self.run([["true"]] * 4)

    def stop(self):
        for daemon in reversed(self.daemons):
            daemon.stop()
        self.fifo.close()
        self.redis.stop()


class Celery(RedisPeer):
    name = "Celery"
    settings = {}
    concurrency = 2

    def start_workers(self):
        self.import_tasks()
        self.start_worker()
        self.warm_up()

    def start_worker(self):
        self.start_daemon(
            "celery", [PYTHON, "-m", "celery", "-A", "celery_app", "worker", "-c", self.concurrency, "-Q", "bench",
                       "--without-gossip", "--without-mingle", "-l", "WARNING"], self.settings)

    def import_tasks(self):
        """The tasks as the client sees them, with a broker of their own; the environment stays as it was."""
        before = dict(os.environ)
        os.environ.update({**self.env, **self.settings})
        sys.path.insert(0, str(paths.BENCH / "peers"))
        sys.modules.pop("celery_app", None)
        try:
            self.tasks = importlib.import_module("celery_app")
        finally:
            os.environ.clear()
            os.environ.update(before)
            sys.path.pop(0)

    def submit(self, commands):
        for argv in commands:
            self.tasks.run.delay(argv)


class CeleryAcksLate(Celery):
    """The one that loses nothing when a worker dies: acknowledged at the end, one at a time."""
    name = "Celery, acks_late"
    settings = {"BENCH_ACKS_LATE": "1", "BENCH_PREFETCH": "1"}


class Rq(RedisPeer):
    name = "RQ"

    def start_workers(self):
        self.queue = rq.Queue("bench", connection=self.redis.client)
        for number in (1, 2):
            self.start_daemon(f"rq-{number}", ["/usr/bin/rq", "worker", "--url", self.redis.url, "-q", "bench"])
        self.warm_up()

    def submit(self, commands):
        for argv in commands:
            self.queue.enqueue("rq_tasks.run", argv)


class BullMq(RedisPeer):
    name = "BullMQ"
    kind = "run"
    concurrency = 2

    def start_workers(self):
        script = paths.BENCH / "peers/bullmq.mjs"
        self.worker = self.start_daemon("bullmq", ["node", script, "worker", self.kind, self.concurrency])
        self.worker.wait_for_output("ready")
        self.client = subprocess.Popen(
            ["node", script, "client"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1,
            env={**os.environ, **self.env})
        assert self.client.stdout.readline().strip() == "ready"
        if self.kind == "run":
            self.warm_up()

    def ask(self, **request):
        self.client.stdin.write(json.dumps(request) + "\n")
        return json.loads(self.client.stdout.readline())

    def submit(self, commands):
        self.ask(do="commands", commands=commands)

    def stop(self):
        self.client.stdin.close()
        self.client.wait(10)
        super().stop()


def fresh_folder(name):
    folder = paths.SCRATCH / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
