"""Submissions over HTTP from many connections at once, by wrk."""
import json
import subprocess

from . import paths


def submissions(port, path, seconds, connections=16):
    """What wrk counted; every answer was a success."""
    ended = subprocess.run(
        ["wrk", "-t", "1", "-c", str(connections), "-d", f"{seconds}s", "-s", paths.BENCH / "peers/submit.lua",
         f"http://127.0.0.1:{port}{path}"],
        check=True, stdout=subprocess.PIPE, text=True)
    counted = json.loads(ended.stdout.strip().splitlines()[-1])
    if counted["failed"]:
        raise RuntimeError(f"{path}: {counted['failed']} of {counted['requests']} submissions failed\n{ended.stdout}")
    counted["per_second"] = counted["requests"] / counted["seconds"]
    return counted
