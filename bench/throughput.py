#!/usr/bin/python3
"""Durable submissions per second, and jobs without work claimed and completed per second."""
import concurrent.futures
import functools
import shutil
import time

from harness import dotnet, load, nommer, peers, results

SECONDS = 2 if results.QUICK else 6
JOBS = 2000 if results.QUICK else 20000
PEER_JOBS = 500 if results.QUICK else 4000
IN_FLIGHT = 16
PAYLOAD = {
    "source_path": "/media/incoming/clip.mov", "dest_path": "/media/outgoing/clip.mp4",
    "options": [["c:v", "libx264"], ["crf", "23"], ["c:a", "aac"], ["b:a", "96k"]],
}


class BullMqNothing(peers.BullMq):
    kind = "nothing"
    concurrency = IN_FLIGHT


class CeleryNothing(peers.Celery):
    concurrency = 4

    def start_workers(self):
        self.import_tasks()


class CeleryNothingLate(CeleryNothing):
    name, settings = peers.CeleryAcksLate.name, peers.CeleryAcksLate.settings


def our_submissions(path):
    system = nommer.Nommer("throughput", workers=0).start()
    try:
        load.submissions(system.port, path, 2)
        counted = load.submissions(system.port, path, SECONDS)
        # The last one must be in the store: what was answered was stored.
        assert system.http.ask("GET", "/v1/jobs?limit=1")["jobs"], "nothing was stored"
        return counted
    finally:
        system.stop()


def our_cycles(program, loops):
    data = peers.fresh_folder("cycles")
    measured = program.run("cycles", data, JOBS, loops)
    shutil.rmtree(data)
    return measured["cycles_per_second"]


def bullmq():
    """(adds per second, jobs per second), durable."""
    peer = BullMqNothing(durable=True)
    peer.start()
    try:
        peer.ask(do="adds", count=200, inFlight=IN_FLIGHT, payload=PAYLOAD)
        peer.fifo.wait_for_jobs(200)
        peer.ask(do="pause")
        added = peer.ask(do="adds", count=PEER_JOBS, inFlight=IN_FLIGHT, payload=PAYLOAD)["seconds"]
        begun = time.monotonic()
        peer.ask(do="resume")
        peer.fifo.wait_for_jobs(PEER_JOBS)
        return PEER_JOBS / added, PEER_JOBS / (time.monotonic() - begun)
    finally:
        peer.stop()


def celery(kind):
    """The same for Celery. Its worker starts when all jobs are there, and the clock with the first of them."""
    peer = kind(durable=True)
    peer.start()
    try:
        add = functools.partial(peer.tasks.nothing.apply_async, queue="bench")
        with concurrent.futures.ThreadPoolExecutor(IN_FLIGHT) as threads:
            list(threads.map(lambda _: add(), range(200)))
            begun = time.monotonic()
            list(threads.map(lambda _: add(), range(PEER_JOBS)))
            added = time.monotonic() - begun
        peer.start_worker()
        peer.fifo.wait_for_jobs(200)
        begun = time.monotonic()
        peer.fifo.wait_for_jobs(PEER_JOBS)
        return PEER_JOBS / added, PEER_JOBS / (time.monotonic() - begun)
    finally:
        peer.stop()


def main():
    program = dotnet.BenchProgram()
    submits, cycles, p99 = {}, {}, {}

    def note(table, name, value):
        table.setdefault(name, []).append(value)
        results.say(f"throughput: {name}: {value:.0f}/s ({'submissions' if table is submits else 'cycles'})")

    for _ in range(results.rounds(5)):
        for path in ("/v1/jobs", "/job/submit"):
            counted = our_submissions(path)
            note(submits, f"media-nommer, {path}", counted["per_second"])
            p99.setdefault(path, []).append(counted["p99_ms"])
        for loops in (IN_FLIGHT, 64):
            note(cycles, f"media-nommer, {loops} loops", our_cycles(program, loops))
        for name, measure in (("BullMQ", bullmq), ("Celery", lambda: celery(CeleryNothing)),
                              ("Celery, acks_late", lambda: celery(CeleryNothingLate))):
            added, worked = measure()
            note(submits, name, added)
            note(cycles, name, worked)
    del submits["Celery, acks_late"]
    results.save("throughput", {
        "in_flight": IN_FLIGHT, "submits": submits, "cycles": cycles,
        "submits_per_second": {name: results.median(values) for name, values in submits.items()},
        "cycles_per_second": {name: results.median(values) for name, values in cycles.items()},
        "submit_p99_ms": {path: results.median(values) for path, values in p99.items()},
    })


main()
