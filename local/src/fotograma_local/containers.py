"""Docker, where a server has no program on this machine."""

import shutil
import subprocess

from fotograma_local.processes import base_environment

_SECONDS = 20.0


def docker_answers() -> bool:
    """Whether a Docker engine can be used here."""
    return shutil.which("docker") is not None and docker("version")


def docker(*arguments: str) -> bool:
    """Run a Docker command; says whether it succeeded."""
    try:
        done = subprocess.run(  # noqa: S603 - the command is ours
            ["docker", *arguments],  # noqa: S607 - wherever the system keeps it
            check=False,
            capture_output=True,
            env=base_environment(),
            timeout=_SECONDS,
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0
