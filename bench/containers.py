"""Sizes of the images, and how their containers start and idle.

    .venv/bin/python bench/containers.py [TIMES]

Starts the tests' project (tests/compose) where it is not running, and leaves it running. Each
process is stopped and started TIMES times (5), one at a time, beside the others; a start lasts from
the engine's record of it to the first `/health/ready` that says yes, asked every 10 ms from the
host. Memory is read from `/proc/1/status` ten seconds later: `RssAnon`, the process's own, and
`VmRSS`, which counts the files it has mapped as well. Prints two Markdown tables.
"""

import sys
import tempfile
import time
from datetime import datetime
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from fixtures.compose import services
from fixtures.composition import Composition, run_docker
from fixtures.images import image

PROCESSES = (
    *("auth-api", "auth-background", "video-api", "video-background"),
    *("notify-api", "notify-background", "worker"),
)
BASE = image("python")
TIMES = 5
IDLE_SECONDS = 10.0
START_SECONDS = 30.0
ASK_SECONDS = 0.01
MB = 10**6


def main(times: int) -> None:
    """Measure all, and print."""
    print("| image | MB | of which the base image |\n|---|---|---|")
    base = size_of(BASE)
    for ours in sorted({services()[process]["image"] for process in PROCESSES}):
        print(f"| {ours.partition(':')[0]} | {size_of(ours):.0f} | {base:.0f} |")
    print(
        "\n| process | ready after s | worst | own memory MB | resident MB |\n|---|---|---|---|---|"
    )
    with tempfile.TemporaryDirectory() as folder:
        composition = Composition.in_folder(Path(folder))
        composition.up()
        for process in PROCESSES:
            container, *_ = composition.containers(process)
            starts = [start(composition, container) for _ in range(times)]
            own, resident = memory(composition, container)
            print(
                f"| {process} | {median(starts):.1f} | {max(starts):.1f} "
                f"| {own:.0f} | {resident:.0f} |",
                flush=True,
            )


def size_of(image: str) -> float:
    """An image's bytes on disk, in MB."""
    return int(run_docker("image", "inspect", "--format", "{{.Size}}", image)) / MB


def start(composition: Composition, container: str) -> float:
    """Stop and start a container; returns the seconds until its process is ready."""
    run_docker("stop", container)
    run_docker("start", container)
    found = composition.inspect(container)
    address, *_ = (n["IPAddress"] for n in found["NetworkSettings"]["Networks"].values())
    # Nanoseconds, of which Python reads six digits.
    started = datetime.fromisoformat(found["State"]["StartedAt"][:26] + "+00:00").timestamp()
    while not is_ready(address):
        if time.time() - started > START_SECONDS:
            raise TimeoutError(f"{container} was not ready after {START_SECONDS} s")
        time.sleep(ASK_SECONDS)
    return time.time() - started


def is_ready(address: str) -> bool:
    """Whether the process at an address can do its work."""
    connection = HTTPConnection(address, 8000, timeout=1)
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def memory(composition: Composition, container: str) -> tuple[float, float]:
    """What an idle process holds, in MB: its own pages, and all resident ones."""
    time.sleep(IDLE_SECONDS)
    text = composition.execute(container, "cat", "/proc/1/status")
    status = dict(line.split(":", 1) for line in text.splitlines())
    own, resident = (int(status[name].split()[0]) * 1024 / MB for name in ("RssAnon", "VmRSS"))
    return own, resident


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else TIMES)
