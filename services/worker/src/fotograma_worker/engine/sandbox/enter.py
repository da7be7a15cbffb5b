"""Confine a decoding child before it reads the first byte of a file.

No layer can be taken back by the process itself:

- `no_new_privs`: nothing it could execute would have more rights;
- Landlock without exceptions: no file opened, no TCP, no signal to a process outside;
- limits: memory, processor time, no new descriptors, no files written, no core dumps;
- it dies with its parent;
- seccomp: no system calls but those of `fotograma_worker.engine.sandbox.seccomp`.
"""

import resource
from collections.abc import Callable

from fotograma_worker.engine.sandbox import landlock, seccomp
from fotograma_worker.engine.sandbox.linux import PR_SET_NO_NEW_PRIVS, die_with, prctl
from fotograma_worker.errors import SandboxMissing
from fotograma_worker.protocol import ChildLimits, SandboxNote

ADDRESSES_BEYOND_MEMORY = 1 << 30
"""Bytes of addresses for programs and libraries. Without an end to them, page tables of memory that
is only read would take what RLIMIT_DATA does not count."""
DESCRIPTORS = 4
"""Standard input, output and error, and the socket to the parent."""
_CPU_GRACE_SECONDS = 5
"""At the soft limit SIGXCPU says why a child ends; at an equal hard one SIGKILL would not."""


def enter_sandbox(limits: ChildLimits, parent: int) -> SandboxNote:
    """Enter the sandbox as far as this kernel supports it, and return what confines the process.

    Raises `SandboxMissing` where something required is missing, and `OSError` where something fails
    that every kernel has, or the parent is gone.
    """
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    missing: list[str] = []
    landlock_abi = _try("Landlock", landlock.confine, missing)
    _limit(limits)
    # The steps above may have reset this; once the filter is on, nothing can.
    die_with(parent)
    filtered = _try("seccomp", seccomp.confine, missing)
    if missing and limits.sandbox_required:
        raise SandboxMissing("; ".join(missing))
    return SandboxNote(landlock_abi=landlock_abi, seccomp=filtered > 0, missing=tuple(missing))


def _try(name: str, confine: Callable[[], int], missing: list[str]) -> int:
    """Apply a layer and return its result; 0 where this kernel does not have it."""
    try:
        return confine()
    except OSError as error:
        missing.append(f"{name}: {error.strerror}")
        return 0


def _limit(limits: ChildLimits) -> None:
    """Set resource limits. At the memory limit allocations fail; at any other the kernel kills."""
    cpu, addresses = limits.cpu_seconds, limits.memory_bytes + ADDRESSES_BEYOND_MEMORY
    for kind, soft, hard in (
        (resource.RLIMIT_DATA, limits.memory_bytes, limits.memory_bytes),
        (resource.RLIMIT_AS, addresses, addresses),
        (resource.RLIMIT_CPU, cpu, cpu + _CPU_GRACE_SECONDS),
        (resource.RLIMIT_NOFILE, DESCRIPTORS, DESCRIPTORS),
        (resource.RLIMIT_FSIZE, 0, 0),
        (resource.RLIMIT_CORE, 0, 0),
    ):
        resource.setrlimit(kind, (soft, hard))
