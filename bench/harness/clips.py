"""The clips that the overhead is measured on, made by ffmpeg's own sources; the same bytes on every run."""
import subprocess

from . import paths


def small():
    """60 clips of 1 to 2 s at 320×180, with sound."""
    return [make(f"small-{i:02}.mp4", 1 + (i % 11) / 10, "320x180", i) for i in range(60)]


def large():
    """8 clips of 10 s at 720p, with sound."""
    return [make(f"large-{i}.mp4", 10, "1280x720", i) for i in range(8)]


def make(name, seconds, size, seed):
    target = paths.CLIPS / name
    if not target.exists():
        paths.CLIPS.mkdir(parents=True, exist_ok=True)
        partial = target.with_suffix(".part.mp4")
        picture = f"testsrc2=size={size}:rate=25:duration={seconds},hue=h={seed * 17}:s={1 + seed % 3}"
        sound = f"sine=frequency={220 + 20 * seed}:duration={seconds}:sample_rate=44100"
        subprocess.run(
            ["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", sound,
             "-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-pix_fmt", "yuv420p", "-c:a", "aac",
             "-shortest", "-fflags", "+bitexact", str(partial)],
            check=True, stdin=subprocess.DEVNULL)
        partial.rename(target)
    return target
