"""Builds the small programs beside the scripts."""
import json
import subprocess

from . import paths, peers


def build(project):
    """The folder with what was built."""
    out = paths.ARTIFACTS / "build" / project
    subprocess.run(
        ["dotnet", "build", paths.BENCH / project, "-c", "Release", "-v", "q", "--nologo",
         "--artifacts-path", paths.ARTIFACTS / "dotnet", "-o", out],
        check=True, stdout=subprocess.PIPE, text=True)
    return out


def plugin_folder():
    """A folder of plug-ins that holds the nommer that only notes the time."""
    folder = peers.fresh_folder("plugins")
    (folder / "noop").symlink_to(build("NoopNommer"))
    return folder


class BenchProgram:
    """MediaNommer.Bench: fills stores and runs cycles of claiming and completing."""

    def __init__(self):
        self.program = build("MediaNommer.Bench") / "MediaNommer.Bench"

    def run(self, command, data, *numbers):
        ended = subprocess.run(
            [self.program, command, data, *map(str, numbers)], check=True, stdout=subprocess.PIPE, text=True)
        return json.loads(ended.stdout)
