#!/usr/bin/python3
"""Milliseconds that a system adds to each job, with an ffmpeg that does nothing but copy a finished file."""
import subprocess

from harness import clips, encoding, nommer, peers, results

JOBS = 100 if results.QUICK else 400


def do_nothing_ffmpeg():
    """Copies an output that ffmpeg once made to where the output belongs: its last argument."""
    folder = peers.fresh_folder("nothing")
    finished = folder / "finished.mp4"
    subprocess.run(
        ["ffmpeg", "-v", "error", "-nostdin", "-i", clips.small()[0], "-c", "copy", "-movflags", "+faststart", finished],
        check=True)
    return nommer.script(folder / "ffmpeg", f'for last; do :; done\nexec cp {finished} "${{last#file:}}"')


def main():
    source = clips.small()[0]
    template = nommer.CommandTemplate(source, encoding.OPTIONS)
    program = do_nothing_ffmpeg()
    runners = [
        peers.Xargs(), encoding.Ours("media-nommer", FFMPEG__FFMPEGPATH=program), peers.Celery(), peers.BullMq(),
        encoding.Ours("media-nommer, no verification", FFMPEG__FFMPEGPATH=program, verify=False),
        peers.CeleryAcksLate(), peers.Rq()]

    def run(runner, count=JOBS):
        return encoding.run_once(runner, [source] * count, template, program)

    with encoding.start_all(runners):
        for runner in runners:
            run(runner, 100)
        seconds = encoding.rounds_in_turn(runners, results.rounds(7), run)
    added = {name: [(mine - bare) * 1000 / JOBS for mine, bare in zip(took, seconds["xargs"])]
             for name, took in seconds.items() if name != "xargs"}
    results.save("orchestration", {
        "jobs": JOBS, "seconds": seconds, "xargs_ms_per_job": results.median(seconds["xargs"]) * 1000 / JOBS,
        "added_ms_per_job": {name: results.median(all_rounds) for name, all_rounds in added.items()},
        "range": {name: [min(all_rounds), max(all_rounds)] for name, all_rounds in added.items()},
    })


main()
