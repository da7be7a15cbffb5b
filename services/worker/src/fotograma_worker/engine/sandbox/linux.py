"""System calls that the standard library does not wrap."""

import ctypes
import errno
import os
import signal

PR_SET_PDEATHSIG = 1
PR_SET_NO_NEW_PRIVS = 38

_libc = ctypes.CDLL(None, use_errno=True)


def system_call(number: int, *arguments: object) -> int:
    """Make a call by its number. Raises `OSError`."""
    # ctypes passes an integer as an `int`, and leaves the upper half of its register as it was.
    whole = (ctypes.c_long(a) if isinstance(a, int) else a for a in arguments)
    return _checked(_libc.syscall(ctypes.c_long(number), *whole))


def prctl(option: int, argument: int) -> None:
    """prctl(2). Raises `OSError`."""
    _checked(_libc.prctl(option, *map(ctypes.c_ulong, (argument, 0, 0, 0))))


def die_with(parent: int) -> None:
    """Have the kernel kill this process when its parent exits. Raises `OSError`, also if it has
    exited.

    The kernel watches the thread that started this process: it must live as long as the parent.
    """
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        raise ProcessLookupError(errno.ESRCH, "the parent is gone")


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
