"""How many children decode at once: as many as memory holds when each takes all it may."""

import os
from pathlib import Path

from fotograma_worker.settings import MIB

PARENT_BYTES = 512 * MIB
"""For the worker itself and its fork server, with the parts and frames on their way; 329 MiB were
seen under attack."""
_CGROUPS = Path("/sys/fs/cgroup")
_OWN_CGROUPS = Path("/proc/self/cgroup")


class MemoryMissing(Exception):
    """There is not enough memory for one decoder."""


def children_at_once(memory_bytes: int, child_bytes: int) -> int:
    """The children that fit beside the worker. Raises `MemoryMissing` when none does."""
    children = (memory_bytes - PARENT_BYTES) // child_bytes
    if children < 1:
        raise MemoryMissing(
            f"{memory_bytes // MIB:,} MiB do not hold a decoder of {child_bytes // MIB:,} MiB and "
            f"{PARENT_BYTES // MIB} MiB for the worker: give it more memory, or lower "
            "WORKER_DECODER_MEMORY_BYTES"
        )
    return children


def available_bytes(cgroups: Path = _CGROUPS, own: Path = _OWN_CGROUPS) -> int:
    """The memory that this process and its children may use: its container's, or the machine's."""
    limits = [os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")]
    for line in own.read_text().splitlines():
        limits += _limits(cgroups, line)
    return min(limits)


def _limits(cgroups: Path, line: str) -> list[int]:
    """What one line of /proc/self/cgroup leads to: `0::/path` of version 2, or `4:memory:/path`."""
    _, controllers, path = line.split(":", 2)
    if not controllers:
        folder, name = cgroups, "memory.max"
    elif "memory" in controllers.split(","):
        folder, name = cgroups / "memory", "memory.limit_in_bytes"
    else:
        return []
    # Inside a container the path may be the host's, and what is there is at the root.
    files = (folder / path.lstrip("/") / name, folder / name)
    said = (file.read_text().strip() for file in files if file.is_file())
    return [int(limit) for limit in said if limit.isdecimal()]
