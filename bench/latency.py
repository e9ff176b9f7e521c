#!/usr/bin/python3
"""Time from just before a submission until a worker in another process begins to work on it, on an idle system."""
import random
import struct
import time

from harness import dotnet, nommer, peers, processes, results

SUBMISSIONS = 40 if results.QUICK else 400
PAUSE = 0.05


class OursLatency:
    name = "media-nommer"

    def start(self):
        self.folder = peers.fresh_folder("latency")
        self.system = nommer.Nommer("latency", NOMMERD__PLUGINDIR=dotnet.plugin_folder()).start()
        self.source = self.folder / "source.mp4"
        self.source.write_bytes(b"x")
        self.count = 0

    def once(self):
        self.count += 1
        dest = self.folder / f"{self.count}.mp4"
        request = self.system.http.prepare(
            "POST", "/v1/jobs", nommer.job(self.source, dest, {"nommer": "noop", "options": []}))
        begun = time.monotonic_ns()
        status, answer = self.system.http.send(request)
        assert status == 201, answer
        pause()
        processes.wait_until(dest.exists, f"{dest.name}, see the log", 60, self.system.nommerds[0], pause=0.01)
        return int(dest.read_text()) - begun

    def stop(self):
        self.system.stop()


class CeleryLatency(peers.Celery):
    def once(self):
        begun = time.monotonic_ns()
        self.tasks.stamp.delay()
        pause()
        return struct.unpack("<q", self.fifo.read(8))[0] - begun


class CeleryAcksLateLatency(CeleryLatency):
    name, settings = peers.CeleryAcksLate.name, peers.CeleryAcksLate.settings


class BullMqLatency(peers.BullMq):
    kind = "stamp"

    def once(self):
        begun = int(self.ask(do="single")["begun"])
        pause()
        return struct.unpack("<q", self.fifo.read(8))[0] - begun


class Durable:
    """The same with every write of Redis synced to the disk, as ours are."""

    def __init__(self, runner):
        runner.durable = True
        runner.name += ", synced to disk"
        self.runner = runner


def pause():
    time.sleep(PAUSE + random.random() * 0.02)


def main():
    runners = [OursLatency(), BullMqLatency(), CeleryLatency(), CeleryAcksLateLatency(),
               Durable(BullMqLatency()).runner, Durable(CeleryLatency()).runner]
    data = {"submissions": SUBMISSIONS, "median_ms": {}, "p99_ms": {}, "worst_ms": {}}
    for runner in runners:
        # One system alone on the machine at a time: idle means idle.
        runner.start()
        try:
            for _ in range(20):
                runner.once()
            times = [runner.once() / 1e6 for _ in range(SUBMISSIONS)]
        finally:
            runner.stop()
        data["median_ms"][runner.name] = results.median(times)
        data["p99_ms"][runner.name] = results.quantile(times, 0.99)
        data["worst_ms"][runner.name] = max(times)
        results.say(f"latency: {runner.name}: median {results.median(times):.2f} ms, "
                    f"p99 {results.quantile(times, 0.99):.2f} ms, worst {max(times):.1f} ms")
    results.save("latency", data)


main()
