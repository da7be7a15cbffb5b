"""The videos that are measured with: encoded once, ten seconds of each, and put in a row."""

import hashlib
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

ONCE_SECONDS = 10
"""Of what is encoded; every length is a multiple."""
RATE = 25


@dataclass(frozen=True)
class Film:
    """FFmpeg's test picture with noise, and how it is encoded."""

    name: str
    codec: str
    gop: int
    """Frames from keyframe to keyframe."""
    quality: int
    """The encoder's own number (`-crf`): some megabits a second, where few bits a second would all
    go into the first keyframe.
    """
    options: tuple[str, ...] = ("-preset", "veryfast")
    size: str = "1920x1080"


LONG_GOP = Film("long-gop", "libx264", 250, 25)
SHORT_GOP = Film("short-gop", "libx264", 50, 25)
HEVC = Film("hevc", "libx265", 125, 27, ("-preset", "veryfast", "-x265-params", "log-level=error"))
AV1 = Film("av1", "libsvtav1", 125, 40, ("-preset", "10"))
SMALL = Film("small", "libx264", 50, 25, size="320x180")


class Footage:
    """Makes films, and keeps them in a folder. Quick ones have few pixels."""

    def __init__(self, folder: Path, *, quick: bool) -> None:
        self._folder = folder
        self._quick = quick
        folder.mkdir(exist_ok=True)

    def of(self, film: Film, seconds: int) -> Path:
        """So many seconds of it."""
        once = self._encode_once(film)
        times = seconds // ONCE_SECONDS
        if times == 1:
            return once
        path = once.with_name(f"{once.stem}-{seconds}.mp4")
        if not path.exists():
            _ffmpeg(path, "-stream_loop", str(times - 1), "-i", str(once), "-c", "copy")
        return path

    def _encode_once(self, film: Film) -> Path:
        size = "640x360" if self._quick and film is not SMALL else film.size
        picture = f"testsrc2=size={size}:rate={RATE}:duration={ONCE_SECONDS}"
        arguments = (
            *("-f", "lavfi", "-i", f"{picture},noise=alls=8:allf=t"),
            *("-c:v", film.codec, *film.options, "-crf", str(film.quality), "-pix_fmt", "yuv420p"),
            *("-g", str(film.gop), "-keyint_min", str(film.gop), "-sc_threshold", "0"),
        )
        digest = hashlib.sha256(repr(arguments).encode()).hexdigest()[:8]
        path = self._folder / f"{film.name}-{digest}.mp4"
        if not path.exists():
            _ffmpeg(path, *arguments)
        return path


def _ffmpeg(path: Path, *arguments: str) -> None:
    """Have FFmpeg write a file, which is there once it is whole."""
    draft = path.with_name(f"draft-{path.name}")
    command = ("ffmpeg", "-v", "error", "-nostdin", "-y", *arguments, str(draft))
    environment = os.environ | {"SVT_LOG": "1"}
    subprocess.run(command, env=environment, check=True)  # noqa: S603 - its arguments are ours
    draft.rename(path)
