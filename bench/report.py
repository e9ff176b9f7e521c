#!/usr/bin/python3
"""Makes RESULTS.md of what the parts measured. Remarks on missed goals stand in remarks.json, by the goal's key."""
import json

from harness import paths

PARTS = ("overhead", "orchestration", "latency", "throughput", "growth", "idle", "fleet")
OURS = "media-nommer"


class Goals:
    """Rows of the first table: what was wanted, what came out."""

    def __init__(self):
        self.rows = []
        self.remarks = json.loads((paths.BENCH / "remarks.json").read_text())

    def at_most(self, key, what, value, goal, unit=""):
        self.add(key, what, value, goal, unit, "at most", value <= goal, value / goal - 1 if goal else 0)

    def at_least(self, key, what, value, goal, unit=""):
        self.add(key, what, value, goal, unit, "at least", value >= goal, 1 - value / goal)

    def add(self, key, what, value, goal, unit, relation, reached, miss):
        verdict = "reached" if reached else f"missed by {max(miss, 0.001):.1%}"
        self.rows.append((what, f"{relation} {number(goal)}{unit}", f"{number(value)}{unit}", verdict,
                          None if reached else self.remarks.get(key)))

    def render(self):
        lines = table(("goal", "wanted", "measured", ""), [row[:4] for row in self.rows])
        remarks = [f"- {what}: {remark}" for what, *_, remark in self.rows if remark]
        return lines + (["", "Why goals were missed:", "", *remarks] if remarks else [])


def number(value):
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if value < 1 or value >= 100 else f"{value:.2f}"


def table(head, rows):
    return ["| " + " | ".join(head) + " |", "|" + "---|" * len(head),
            *("| " + " | ".join(str(cell) for cell in row) + " |" for row in rows)]


def overhead(record, goals):
    data = record["data"]
    small, large = data["small"], data["large"]
    goals.at_most("overhead-small", "Overhead, small clips, without verification",
                  small["ratio"]["media-nommer, no verification"], 1.05)
    goals.at_most("overhead-small-verified", "Overhead, small clips, with verification", small["ratio"][OURS], 1.12)
    goals.at_most("overhead-large", "Overhead, 720p clips", large["ratio"][OURS], 1.01)
    lines = [
        f"{small['clips']} clips of 1 to 2 s at 320×180 and {large['clips']} clips of 10 s at 720p, two at a time. "
        "Time over the time of bare `xargs -P 2 ffmpeg` in the same round; median and range of "
        f"{small['rounds']} and {large['rounds']} rounds. All run the command that media-nommer runs:", "",
        f"`{' '.join(data['command'])}`", ""]
    rows = []
    for name, ratio in small["ratio"].items():
        rows.append((name, f"{ratio:.3f}", span(small["range"][name], 2),
                     f"{large['ratio'][name]:.3f}" if name in large["ratio"] else "",
                     span(large["range"][name], 2) if name in large["ratio"] else ""))
    return lines + table(("", "small clips", "range", "720p clips", "range"), rows)


def orchestration(record, goals):
    data = record["data"]
    goals.at_most("orchestration", "Orchestration per job, everything on", data["added_ms_per_job"][OURS], 1.0, " ms")
    lines = [
        f"{data['jobs']} jobs, two at a time, with a program in place of ffmpeg that only copies a finished file "
        f"({data['xargs_ms_per_job']:.2f} ms a job under xargs). Milliseconds a job over xargs in the same round. "
        "\"Celery, acks_late\" (prefetch 1) is the one that loses no job when a worker is killed, as we lose none; "
        "none of the peers syncs to the disk here, and we do.", ""]
    return lines + table(("", "added per job", "range"), [
        (name, f"{added:.2f} ms", span(data["range"][name], 2)) for name, added in data["added_ms_per_job"].items()])


def latency(record, goals):
    data = record["data"]
    best = min((value, name) for name, value in data["median_ms"].items() if name != OURS)
    goals.at_most("latency", f"Latency, median (ahead of the best, {best[1]})", data["median_ms"][OURS], best[0], " ms")
    best = min((value, name) for name, value in data["p99_ms"].items() if name != OURS)
    goals.at_most("latency-p99", f"Latency, p99 (ahead of the best, {best[1]})", data["p99_ms"][OURS], best[0], " ms")
    lines = [
        f"{data['submissions']} single submissions, 50 to 70 ms apart, on an idle system: from just before the client "
        "begins to submit until the code that does the work is called in a worker process. For us that holds the HTTP "
        "request, the write of the job to the disk, the claim and the work folder. \"Synced to disk\" is the peer with "
        "a Redis that syncs each write, as we do.", ""]
    return lines + table(("", "median", "p99", "worst"), [
        (name, f"{data['median_ms'][name]:.2f} ms", f"{data['p99_ms'][name]:.2f} ms", f"{data['worst_ms'][name]:.1f} ms")
        for name in data["median_ms"]])


def throughput(record, goals):
    data = record["data"]
    submits, cycles = data["submits_per_second"], data["cycles_per_second"]
    goals.at_least("submissions", "Durable submissions over HTTP", submits["media-nommer, /v1/jobs"], 8000, "/s")
    ours = max((value, name) for name, value in cycles.items() if name.startswith(OURS))
    goals.at_least("cycles", f"Claim-complete cycles ({ours[1].split(', ')[1]})", ours[0], 3000, "/s")
    lines = [
        f"Submissions: {data['in_flight']} connections (peers: as many in flight from one client process), no workers, "
        "every one on the disk before it is answered. Cycles: jobs without work from the queue to the end; ours in one "
        "process with the consumer of state changes beside it, BullMQ with 16 at a time, Celery with 4 processes, both "
        "on a Redis that syncs each write.", ""]
    p99 = ", ".join(f"{path}: {value:.1f} ms" for path, value in data["submit_p99_ms"].items())
    return [*lines, *table(("submissions", "per second", "range"), per_second(submits, data["submits"])), "",
            f"99 % of our answers came within: {p99}.", "",
            *table(("cycles", "per second", "range"), per_second(cycles, data["cycles"]))]


def per_second(medians, values):
    return [(name, f"{value:,.0f}", f"{min(values[name]):,.0f} to {max(values[name]):,.0f}")
            for name, value in medians.items()]


def growth(record, goals):
    data = record["data"]
    sizes = [str(size) for size in data["sizes"]]
    for key, what in (("submits_per_second", "submissions"), ("cycles_per_second", "cycles")):
        flat = min(data[key].values()) / data[key][sizes[0]]
        goals.at_least(f"growth-{key}", f"Growth: {what} with {int(sizes[-1]):,} finished jobs against {int(sizes[0]):,}",
                       flat, 0.8)
    rows = [
        ("submissions per second", *(f"{data['submits_per_second'][size]:,.0f}" for size in sizes)),
        ("99 % answered within", *(f"{data['submit_p99_ms'][size]:.1f} ms" for size in sizes)),
        ("cycles per second", *(f"{data['cycles_per_second'][size]:,.0f}" for size in sizes)),
        *((f"listing, {name}", *(f"{values[size]:.2f} ms" for size in sizes))
          for name, values in data["listing_ms"].items()),
        ("feederd's memory after it", *(f"{data['feederd_rss_mb'][size]:.0f} MB" for size in sizes)),
        ("store on disk before it", *(f"{data['store_mb'][size]:,} MB" for size in sizes)),
    ]
    return ["One page of 50 jobs over HTTP. Each job in the store has five lines of history and a log.", "",
            *table(("finished jobs in the store", *(f"{int(size):,}" for size in sizes)), rows)]


def idle(record, goals):
    data = record["data"]
    goals.at_most("idle-cpu", "Idle: CPU of feederd and a worker together", data["cpu_percent_together"], 1.0, " %")
    for name, value in data["rss_mb"].items():
        goals.at_most(f"idle-memory-{name}", f"Idle: memory of {name}", value, 100, " MB")
    return [f"After 20 encodes, windows of {data['window_s']} s; percent of one core.", "", *table(
        ("", "CPU", "resident", "of it not shared"),
        [(name, f"{data['cpu_percent'][name]:.2f} %", f"{data['rss_mb'][name]:.0f} MB", f"{data['pss_mb'][name]:.0f} MB")
         for name in data["cpu_percent"]])]


def fleet(record, goals):
    data = record["data"]
    lines = [
        f"No measurement but a simulation, the same on any machine: medians of {data['seeds']} seeds. Machines "
        "boot for 60 to 90 s and are billed for it, by the second and for 60 s at least; two jobs side by side, 120 s each "
        "on average; feederd looks as it does in earnest: when jobs come, every 5 s while some wait, else each minute. "
        "Policies run with their default settings: classic with at most 3 machines that leave after 600 s without work, "
        "backlog with at most 12 that leave after 15 s without work, the last one after 120 s, and a target of 3.5 minutes. "
        "The oracle knows every job beforehand: "
        "it has at most 20 machines, booted when they are needed, and lets none be idle but where that is cheaper than to "
        "boot another. \"First day\": nothing has been learned from finished jobs yet.", ""]
    verdicts = []
    for workload in data["workloads"]:
        policies = workload["policies"]
        ours, classic, oracle = (policies[name] for name in ("backlog", "classic, at most 3", "oracle"))
        verdicts.append((workload["title"], ours["wait"] / max(classic["wait"], 0.1), ours["cost"] / classic["cost"],
                         ours["cost"] / oracle["cost"]))
        lines += [f"### {workload['title']}", "", *table(
            ("", "makespan, s", "cost, instance-seconds", "mean wait, s"),
            [(name, f"{values['makespan']:,.0f}", f"{values['cost']:,.0f}", f"{values['wait']:,.1f}")
             for name, values in policies.items()]), "", f"![{workload['title']}](fleet/{workload['key']}.svg)", ""]
    what = ("mean wait of at most a third of classic's", "cost of at most classic's", "cost of at most 1.10 of the oracle's")
    for column, (words, limit) in enumerate(zip(what, (1 / 3, 1, 1.10)), 1):
        goals.at_least(f"fleet-{column}", f"Fleet: workloads with a {words}", sum(row[column] <= limit for row in verdicts),
                       len(verdicts))
    return lines + table(("backlog", "wait / classic's", "cost / classic's", "cost / oracle's"), [
        (title, *(f"{value:.2f}" for value in values)) for title, *values in verdicts])


def span(values, digits):
    return f"{values[0]:.{digits}f} to {values[1]:.{digits}f}"


def about(records):
    machine, versions = records[-1]["machine"], records[-1]["versions"]
    lines = [
        f"- Machine: {machine['cores']} cores of {machine['cpu']}, {machine['memory_gb']} GB, {machine['system']}, "
        f"Linux {machine['kernel']}",
        "- Versions: " + ", ".join(f"{name} {version}" for name, version in versions.items() if name != "commit"),
        "- Measured: " + ", ".join(f"{record['part']} {record['machine']['date'][:16].replace('T', ' ')} "
                                   f"(commit {record['versions']['commit']}, load before: {record['machine']['load_before']})" for record in records)]
    # The load is an average of the minute before, in which the part before was at work; what counts is who was then.
    # The fleet is simulated: its figures do not depend on the machine.
    busy = [record["part"] for record in records
            if record["machine"].get("busy_before", 0) > 0.2 and record["part"] != "fleet"]
    if busy:
        lines.append(f"- **Others were using the machine, so these figures say little: {', '.join(busy)}**")
    quick = [record["part"] for record in records if record["quick"]]
    if quick:
        lines.append(f"- **Only a quick run, good for nothing but to see that it runs: {', '.join(quick)}**")
    return lines


def main():
    records = [json.loads((paths.RESULTS / f"{part}.json").read_text())
               for part in PARTS if (paths.RESULTS / f"{part}.json").exists()]
    goals = Goals()
    sections = []
    for record in records:
        title = record["part"].capitalize()
        sections += ["", f"## {title}", "", *globals()[record["part"]](record, goals)]
    text = ["# What it costs, measured", "",
            "Written by `bench/run.sh`, which anyone can run on Debian; how it measures is in [README.md](README.md).", "",
            *about(records), "", "## Goals", "", *goals.render(), *sections, ""]
    (paths.BENCH / "RESULTS.md").write_text("\n".join(text))
    print(paths.BENCH / "RESULTS.md")


if __name__ == "__main__":
    main()
