#!/usr/bin/python3
"""What it costs to encode through a system instead of by a bare loop: the same commands, two at a time, in each."""
from harness import clips, encoding, nommer, peers, results


def measure(sources, runners, rounds, template):
    for runner in runners:
        encoding.run_once(runner, sources[:4], template)
    seconds = encoding.rounds_in_turn(
        runners, rounds, lambda runner: encoding.run_once(runner, sources, template))
    ratios = {name: [mine / bare for mine, bare in zip(took, seconds["xargs"])] for name, took in seconds.items()}
    return {
        "clips": len(sources), "rounds": rounds, "seconds": seconds,
        "ratio": {name: results.median(all_rounds) for name, all_rounds in ratios.items()},
        "range": {name: [min(all_rounds), max(all_rounds)] for name, all_rounds in ratios.items()},
    }


def main():
    small, large = clips.small(), clips.large()
    template = nommer.CommandTemplate(small[0], encoding.OPTIONS)
    runners = [
        peers.Xargs(), encoding.Ours("media-nommer", verify=True), peers.Celery(), peers.BullMq(),
        encoding.Ours("media-nommer, no verification", verify=False), peers.CeleryAcksLate(), peers.Rq()]
    with encoding.start_all(runners):
        results.say("overhead: small clips")
        data = {"command": ["ffmpeg", *template.argv], "small": measure(small, runners, results.rounds(9), template)}
        results.say("overhead: large clips")
        fewer = [runner for runner in runners if runner.name not in ("RQ", "Celery, acks_late")]
        data["large"] = measure(large, fewer, results.rounds(5, quick=1), template)
    results.save("overhead", data)


main()
