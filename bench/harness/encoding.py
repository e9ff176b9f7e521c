"""Lists of encodes, run by each system in turn."""
import contextlib
import shutil

from . import nommer, peers, results

OPTIONS = nommer.options(("c:v", "libx264"), ("crf", "23"), ("c:a", "aac"), ("b:a", "96k"))


class Ours:
    """media-nommer with the face of a peer; it writes its commands itself."""

    def __init__(self, name, **settings):
        self.name, self.settings = name, settings

    def start(self):
        self.system = nommer.Nommer(self.name, **self.settings).start()

    def stop(self):
        self.system.stop()


def run_once(runner, sources, template, program="/usr/bin/ffmpeg"):
    folder = peers.fresh_folder("out")
    dests = [folder / f"{number:04}.mp4" for number in range(len(sources))]
    if isinstance(runner, Ours):
        seconds = runner.system.run_jobs([(source, dest, OPTIONS) for source, dest in zip(sources, dests)])
    else:
        seconds = runner.run([template.command(program, source, dest)
                              for source, dest in zip(sources, dests)])
    missing = [dest.name for dest in dests if not dest.is_file() or dest.stat().st_size == 0]
    assert not missing, f"{runner.name}: no output for {missing}"
    shutil.rmtree(folder)
    return seconds


def rounds_in_turn(runners, rounds, run):
    """Seconds of each runner in each round. Each round begins with another, so that what drifts hits all alike."""
    seconds = {runner.name: [] for runner in runners}
    for number in range(rounds):
        first = number % len(runners)
        for runner in runners[first:] + runners[:first]:
            seconds[runner.name].append(run(runner))
        results.say(f"round {number + 1}: " + ", ".join(f"{name} {took[-1]:.2f} s" for name, took in seconds.items()))
    return seconds


def start_all(runners):
    """Starts them; returns what stops them again."""
    stack = contextlib.ExitStack()
    try:
        for runner in runners:
            runner.start()
            stack.callback(runner.stop)
    except BaseException:
        stack.close()
        raise
    return stack
