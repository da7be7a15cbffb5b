"""Landlock (landlock(7)): no files, no TCP, no signals to other processes, without exceptions."""

import ctypes
import errno
import os

from fotograma_worker.engine.sandbox.linux import system_call

_CREATE_RULESET, _RESTRICT_SELF = 444, 446
"""The same on every architecture."""
_ASK_VERSION = 1

FILE_ACCESS_BITS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16, 6: 16, 7: 16}
"""The number of kinds of file access in an ABI: 2 adds linking between folders, 3 truncation, 5
`ioctl` on devices."""
_NETWORK_ABI, _NETWORK = 4, 0b11
"""Binding and connecting TCP sockets."""
_SCOPE_ABI, _SCOPE = 6, 0b11
"""Abstract Unix sockets and signals."""
_NEWEST_ABI = max(FILE_ACCESS_BITS)
"""A later one only adds; what it adds is not asked for."""


class Ruleset(ctypes.Structure):
    """`struct landlock_ruleset_attr`: what is forbidden but for exceptions."""

    _fields_ = (
        ("handled_access_fs", ctypes.c_uint64),
        ("handled_access_net", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    )


def supported_abi() -> int:
    """The kernel's version of Landlock. Raises `OSError` where there is none."""
    return system_call(_CREATE_RULESET, None, 0, _ASK_VERSION)


def ruleset_for(abi: int) -> Ruleset:
    """Everything that a version of Landlock can forbid."""
    return Ruleset(
        (1 << FILE_ACCESS_BITS[min(abi, _NEWEST_ABI)]) - 1,
        _NETWORK if abi >= _NETWORK_ABI else 0,
        _SCOPE if abi >= _SCOPE_ABI else 0,
    )


def confine() -> int:
    """Forbid this process everything, irrevocably, and return the kernel's version of Landlock.

    The process must have `no_new_privs`. Raises `OSError`, also when the root folder can still be
    opened afterwards.
    """
    abi = supported_abi()
    ruleset = ruleset_for(abi)
    # An older kernel takes the longer structure as long as what it does not know is zero.
    descriptor = system_call(_CREATE_RULESET, ctypes.byref(ruleset), ctypes.sizeof(ruleset), 0)
    try:
        system_call(_RESTRICT_SELF, descriptor, 0)
    finally:
        os.close(descriptor)
    _prove()
    return abi


def _prove() -> None:
    try:
        descriptor = os.open("/", os.O_RDONLY)
    except PermissionError:
        return
    os.close(descriptor)
    raise OSError(errno.ENOTSUP, "Landlock is on, and files can still be opened")
