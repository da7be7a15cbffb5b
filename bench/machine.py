"""What is measured on, and which commit and versions of everything."""

import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

import av
from figures import RESULTS, Machine, Results
from peers import peers, version_of
from pydantic import ValidationError
from tables import ROOT

_GIB = 1 << 30


def this_machine() -> Machine:
    """The machine, now."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.partition(": ")[2] for line in lines if line.startswith("model name")]
    return Machine(
        processor=names[0] if names else platform.machine(),
        cores=os.cpu_count() or 1,
        memory_gib=round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / _GIB, 1),
        system=f"{platform.system()} {'.'.join(platform.release().split('.')[:2])}",
        load=round(os.getloadavg()[0], 1),
    )


def versions() -> dict[str, str]:
    """Of what does the work."""
    found = {"Python": platform.python_version(), "PyAV": version("av")}
    codec = ".".join(map(str, av.library_versions["libavcodec"]))
    return {
        **found,
        "libavcodec": codec,
        **{name: version_of(program) for name, program in peers().items()},
    }


def commit() -> str:
    """The commit that is measured, with a plus where files differ from it."""
    return _git("describe", "--always", "--abbrev=7", "--dirty=+", "--exclude=*") or "unknown"


def committed_results() -> Results | None:
    """The results that are committed, if there are any that can be read."""
    content = _git("show", f"HEAD:./{RESULTS.relative_to(ROOT)}")
    try:
        return Results.model_validate_json(content)
    except ValidationError:
        return None


def _git(*arguments: str) -> str:
    """What Git says; nothing where it fails, or where this is no checkout."""
    command = ("git", "-C", str(ROOT), *arguments)
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()  # noqa: S603
