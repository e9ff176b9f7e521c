"""media-nommer as it runs in earnest: feederd and one worker, each a process of its own, jobs over HTTP."""
import json
import os
import pathlib
import shutil
import stat
import time

from . import arrivals, http_client, paths, processes

NOMMER = paths.ROOT / "nommer"


class Nommer:
    def __init__(self, name, workers=1, slots=2, verify=True, data=None, **settings):
        """settings: further ones, NOMMER__SECTION__KEY without the NOMMER__."""
        self.name = name
        self.port = processes.free_port()
        self.keep = data is not None
        self.data = pathlib.Path(data) if data else paths.SCRATCH / f"nommer-{self.port}"
        self.data.mkdir(parents=True, exist_ok=True)
        self.workers = workers
        self.env = {
            "NOMMER__FEEDERD__ALLOWEC2LAUNCHES": "false",
            "NOMMER__SCALING__MAXENCODINGJOBSPEREC2INSTANCE": str(slots),
            "NOMMER__JOBS__VERIFY": "true" if verify else "false",
            **{f"NOMMER__{key}": str(value) for key, value in settings.items()},
        }

    def start(self):
        self.feederd = processes.Daemon(
            f"feederd-{self.port}", [NOMMER, "feederd", "-p", self.port, "--data", self.data], self.env)
        processes.wait_until(lambda: processes.accepts_connections(self.port), "feederd", 120, self.feederd)
        self.http = http_client.Connection(self.port)
        self.nommerds = [
            processes.Daemon(f"nommerd-{self.port}-{number}", [NOMMER, "nommerd", "-l", "--data", self.data], self.env)
            for number in range(self.workers)]
        if self.workers:
            processes.wait_until(
                lambda: len(self.http.ask("GET", "/v1/nodes")["nodes"]) == self.workers, "the workers", 60,
                self.nommerds[0], pause=0.1)
        return self

    def submit(self, source, dest, options):
        return self.http.ask("POST", "/v1/jobs", job(source, dest, options))["job_id"]

    def run_jobs(self, jobs):
        """Submits (source, dest, options) one after the other and waits until all are FINISHED; the seconds it took."""
        dests = [pathlib.Path(dest) for _, dest, _ in jobs]
        dests[0].parent.mkdir(parents=True, exist_ok=True)
        arriving = arrivals.Arrivals(dests[0].parent)
        requests = [self.http.prepare("POST", "/v1/jobs", job(*each)) for each in jobs]
        begun = time.monotonic()
        ids = [json.loads(self.http.send(request)[1])["job_id"] for request in requests]
        arriving.wait_for([dest.name for dest in dests])
        # Newest first, and the last of them end last: usually one look at each suffices.
        for job_id in reversed(ids[-4:]):
            self.wait_until_finished(job_id)
        seconds = time.monotonic() - begun
        arriving.close()
        for job_id in ids:
            self.wait_until_finished(job_id)
        return seconds

    def wait_until_finished(self, job_id, seconds=60):
        deadline = time.monotonic() + seconds
        while True:
            state = self.http.ask("GET", f"/v1/jobs/{job_id}")
            if state["job_state"] == "FINISHED":
                return
            if state["job_state"] in ("ERROR", "ABANDONED", "CANCELLED") or time.monotonic() > deadline:
                raise RuntimeError(f"job {job_id} is {state['job_state']}: {state.get('job_state_details')}")
            time.sleep(0.001)

    def stop(self):
        self.http.close()
        for daemon in [*self.nommerds, self.feederd]:
            daemon.stop()
        if not self.keep:
            shutil.rmtree(self.data, ignore_errors=True)


def job(source, dest, options, **more):
    return {"source_path": str(source), "dest_path": str(dest), "job_options": options, **more}


def options(*pairs, fast_start=True, nommer="ffmpeg"):
    """Options for one pass of ffmpeg."""
    pairs = [list(pair) for pair in pairs]
    return {"nommer": nommer, "options": [
        {"infile_options": [], "outfile_options": pairs, "move_atom_to_front": fast_start}]}


class CommandTemplate:
    """
    The command that media-nommer itself runs for such a job, caught by a program that stands in for ffmpeg, so that
    everybody runs the same.
    """

    def __init__(self, source, job_options):
        folder = paths.SCRATCH / "template"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        recorder = script(folder / "ffmpeg", f"""
for argument; do printf '%s\\0' "$argument"; done >"{folder}/argv"
exec ffmpeg "$@"
""")
        system = Nommer("template", FFMPEG__FFMPEGPATH=recorder, data=folder / "data").start()
        try:
            system.run_jobs([(source, folder / "out.mp4", job_options)])
        finally:
            system.stop()
        argv = (folder / "argv").read_text().split("\0")[:-1]
        self.source_at = argv.index("-i") + 1
        assert argv[self.source_at].startswith("file:") and argv[-1].startswith("file:"), argv
        self.argv = argv

    def command(self, program, source, dest):
        argv = [str(program), *self.argv]
        argv[self.source_at + 1] = f"file:{source}"
        argv[-1] = f"file:{dest}"
        return argv


def script(path, text):
    path.write_text("#!/bin/sh\n" + text.strip() + "\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    return path
