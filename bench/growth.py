#!/usr/bin/python3
"""The same with ever more finished jobs in the store."""
import shutil
import subprocess
import time

from harness import dotnet, load, nommer, paths, peers, processes, results

SIZES = [1_000, 20_000] if results.QUICK else [1_000, 100_000, 200_000, 1_000_000]
SECONDS = 2 if results.QUICK else 5
CYCLES = 1000 if results.QUICK else 10_000
REQUESTS = 20 if results.QUICK else 100
LISTINGS = {
    "first page": "/v1/jobs?limit=50",
    "by state": "/v1/jobs?limit=50&state=FINISHED",
    "by state, none": "/v1/jobs?limit=50&state=ERROR",
    "by label": "/v1/jobs?limit=50&label=bench",
    "by rare label": "/v1/jobs?limit=50&label=rare",
    "by text": "/v1/jobs?limit=50&text=needle",
    "by text, none": "/v1/jobs?limit=50&text=nowhere",
}


def filled(program, size):
    """A data folder with so many finished jobs; kept for the next time, and filled anew when the format changes."""
    folder = paths.ARTIFACTS / "stores" / f"{size}-{format_key()}"
    if not folder.exists():
        results.say(f"growth: filling a store with {size:,} finished jobs")
        partial = folder.with_suffix(".part")
        shutil.rmtree(partial, ignore_errors=True)
        took = program.run("fill", partial, size)["seconds"]
        results.say(f"growth: filled in {took:.0f} s")
        partial.rename(folder)
    return folder


def format_key():
    """Changes with the sources that decide how a filled store looks."""
    sources = sorted([*(paths.ROOT / "src/MediaNommer.Backends").rglob("StoreTables.cs"),
                      *(paths.BENCH / "MediaNommer.Bench").glob("*Jobs.cs")])
    return subprocess.run(
        ["git", "hash-object", "--stdin"], input=b"".join(source.read_bytes() for source in sources),
        capture_output=True, check=True).stdout.decode()[:10]


def working_copy(master):
    """So that no round finds the jobs of the one before."""
    copy = paths.SCRATCH / "growing"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(master, copy)
    subprocess.run(["sync"], check=True)
    return copy


def one_round(program, data):
    # The jobs of a store that was filled long ago shall not be pruned meanwhile.
    system = nommer.Nommer("growth", workers=0, data=data, FEEDERD__KEEPFINISHEDJOBS=315_360_000).start()
    try:
        measured = {"listing_ms": {name: listing_ms(system, path) for name, path in LISTINGS.items()}}
        load.submissions(system.port, "/v1/jobs", 1)
        counted = load.submissions(system.port, "/v1/jobs", SECONDS)
        measured["submits_per_second"], measured["submit_p99_ms"] = counted["per_second"], counted["p99_ms"]
        measured["feederd_rss_mb"] = processes.memory_mb(system.feederd.pid)[0]
    finally:
        system.stop()
    return measured


def listing_ms(system, path):
    request = system.http.prepare("GET", path)
    times = []
    for _ in range(REQUESTS):
        begun = time.monotonic()
        status, _ = system.http.send(request)
        times.append((time.monotonic() - begun) * 1000)
        assert status == 200, f"{path}: {status}"
    return results.median(times)


def main():
    program = dotnet.BenchProgram()
    masters = {size: filled(program, size) for size in SIZES}
    measured = {size: [] for size in SIZES}
    for number in range(results.rounds(5)):
        for size in SIZES if number % 2 == 0 else reversed(SIZES):
            data = working_copy(masters[size])
            # Cycles first: the submissions of wrk leave their messages behind.
            cycles = program.run("cycles", data, CYCLES, 64)["cycles_per_second"]
            found = {"cycles_per_second": cycles, **one_round(program, data)}
            measured[size].append(found)
            results.say(f"growth: {size:,}: {found['submits_per_second']:.0f} submissions/s, {cycles:.0f} cycles/s, "
                        f"listing {found['listing_ms']['first page']:.1f} ms, {found['feederd_rss_mb']:.0f} MB")
    shutil.rmtree(paths.SCRATCH / "growing")
    figures = ("submits_per_second", "submit_p99_ms", "cycles_per_second", "feederd_rss_mb")
    results.save("growth", {
        "sizes": SIZES, "store_mb": {size: megabytes(masters[size]) for size in SIZES},
        **{figure: {size: results.median([found[figure] for found in measured[size]]) for size in SIZES}
           for figure in figures},
        "listing_ms": {name: {size: results.median([found["listing_ms"][name] for found in measured[size]])
                              for size in SIZES} for name in LISTINGS},
    })


def megabytes(folder):
    return round(sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6)


main()
