"""Results as JSON files, one for each part; report.py makes RESULTS.md of them."""
import datetime
import json
import os
import platform
import statistics
import subprocess
import time

from . import paths

QUICK = os.environ.get("BENCH_QUICK") == "1"
"""A run that only shows that everything works: fewer rounds, smaller sets."""


def rounds(full, quick=2):
    return int(os.environ.get("BENCH_ROUNDS", quick if QUICK else full))


def median(values):
    return statistics.median(values)


def quantile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def say(text):
    print(f"[{datetime.datetime.now():%H:%M:%S}] {text}", flush=True)


def save(part, data):
    paths.RESULTS.mkdir(parents=True, exist_ok=True)
    record = {"part": part, "quick": QUICK, "machine": machine(), "versions": versions(), "data": data}
    target = paths.RESULTS / f"{part}.json"
    target.write_text(json.dumps(record, indent=1) + "\n")
    say(f"{part}: written to {target.relative_to(paths.ROOT)}")


def machine():
    with open("/proc/cpuinfo") as lines:
        model = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "unknown")
    with open("/proc/meminfo") as lines:
        memory = int(next(lines).split()[1]) / 1024 / 1024
    with open("/etc/os-release") as lines:
        system = next(line.split("=", 1)[1].strip().strip('"') for line in lines if line.startswith("PRETTY_NAME"))
    return {
        "date": datetime.datetime.now().astimezone().isoformat(timespec="seconds"),
        "cpu": model, "cores": len(os.sched_getaffinity(0)), "memory_gb": round(memory),
        "kernel": platform.release(), "system": system, "load_before": round(LOAD_AT_START, 2),
        "busy_before": round(BUSY_AT_START, 2),
    }


def versions():
    node_modules = paths.PEERS / "node_modules"
    return {
        "media-nommer": first_line([str(paths.ROOT / "nommer"), "--version"]),
        "commit": first_line(["git", "-C", str(paths.ROOT), "describe", "--always", "--dirty"]),
        ".NET SDK": first_line(["dotnet", "--version"]),
        "ffmpeg": first_line(["ffmpeg", "-version"]).split(" Copyright")[0].replace("ffmpeg version ", ""),
        "Celery": package_version("python3-celery"), "RQ": package_version("python3-rq"),
        "Redis": package_version("redis-server"), "wrk": package_version("wrk"),
        "Node": first_line(["node", "--version"]),
        "BullMQ": json.loads((node_modules / "bullmq/package.json").read_text())["version"],
        "ioredis": json.loads((node_modules / "ioredis/package.json").read_text())["version"],
    }


def first_line(argv):
    try:
        return subprocess.run(argv, capture_output=True, text=True, timeout=120).stdout.strip().split("\n")[0]
    except OSError:
        return "unknown"


def package_version(package):
    return first_line(["dpkg-query", "-W", "-f", "${Version}", package])


def busy_share(seconds):
    """How much of all processors something used during that time, from 0 to 1."""
    def times():
        with open("/proc/stat") as lines:
            user, nice, system, idle, iowait, *rest = (int(ticks) for ticks in next(lines).split()[1:])
        return user + nice + system + sum(rest), idle + iowait
    used, unused = times()
    time.sleep(seconds)
    used, unused = (after - before for before, after in zip((used, unused), times()))
    return used / max(1, used + unused)


LOAD_AT_START = os.getloadavg()[0]
BUSY_AT_START = busy_share(2)
