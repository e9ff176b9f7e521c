#!/usr/bin/python3
"""What feederd and one worker cost while there is nothing to do."""
import time

from harness import clips, encoding, nommer, peers, processes, results

WINDOW = 10 if results.QUICK else 60


def main():
    system = nommer.Nommer("idle").start()
    processes_measured = {"feederd": system.feederd.pid, "nommerd": system.nommerds[0].pid}
    cpu = {name: [] for name in processes_measured}
    try:
        folder = peers.fresh_folder("out")
        system.run_jobs([(clip, folder / clip.name, encoding.OPTIONS) for clip in clips.small()[:20]])
        time.sleep(15)
        for _ in range(results.rounds(5)):
            before = {name: processes.cpu_seconds(pid) for name, pid in processes_measured.items()}
            time.sleep(WINDOW)
            for name, pid in processes_measured.items():
                cpu[name].append((processes.cpu_seconds(pid) - before[name]) / WINDOW * 100)
        memory = {name: processes.memory_mb(pid) for name, pid in processes_measured.items()}
    finally:
        system.stop()
    together = [sum(both) for both in zip(*cpu.values())]
    results.save("idle", {
        "window_s": WINDOW, "cpu_percent": {name: results.median(values) for name, values in cpu.items()},
        "cpu_percent_together": results.median(together), "cpu_percent_together_range": [min(together), max(together)],
        "rss_mb": {name: value[0] for name, value in memory.items()},
        "pss_mb": {name: value[1] for name, value in memory.items()},
    })


main()
