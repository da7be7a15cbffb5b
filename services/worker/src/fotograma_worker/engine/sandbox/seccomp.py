"""The system calls a decoding child may make: a filter for seccomp(2), in classic BPF.

A child computes, and reads and writes descriptors that it already has. A call that libraries make
but can do without fails with an error; any other that is not listed kills the process. The list was
found by decoding every supported codec, and is the same on both architectures where both have the
call.
"""

import ctypes
import errno
import os
import platform
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from fotograma_worker.engine.sandbox.linux import system_call

# --- the policy -----------------------------------------------------------------------------------

ALLOWED = (
    # The most frequent ones come first: the filter goes through them in order.
    "futex", "read", "write", "madvise", "munmap", "brk", "mremap", "clock_gettime",
    "sched_yield", "poll", "ppoll", "lseek", "fstat", "close",
    "rt_sigprocmask", "rt_sigreturn", "sigaltstack", "restart_syscall",
    "set_robust_list", "rseq", "sched_getaffinity", "getpid", "gettid", "getrandom", "getrusage",
    "clock_getres", "clock_nanosleep", "nanosleep", "gettimeofday", "time",
    "exit", "exit_group",
)  # fmt: skip
"""Whatever their arguments."""

REFUSED = (
    "open", "openat", "openat2", "stat", "lstat", "newfstatat", "statx", "access", "faccessat",
    "faccessat2", "readlink", "readlinkat", "getcwd", "ioctl", "fcntl", "uname", "sysinfo",
    "getrlimit", "prlimit64",
)  # fmt: skip
"""Fail with EACCES: printing a traceback looks for source files, sorting asks for the memory's
size, and both go on without."""

NUMBERS: Mapping[str, Mapping[str, int]] = {
    "x86_64": {
        "read": 0, "write": 1, "open": 2, "close": 3, "stat": 4, "fstat": 5, "lstat": 6,
        "poll": 7, "lseek": 8, "mmap": 9, "mprotect": 10, "munmap": 11, "brk": 12,
        "rt_sigaction": 13, "rt_sigprocmask": 14, "rt_sigreturn": 15, "ioctl": 16, "access": 21,
        "sched_yield": 24, "mremap": 25, "madvise": 28, "nanosleep": 35, "getpid": 39,
        "clone": 56, "exit": 60, "uname": 63, "fcntl": 72, "getcwd": 79, "readlink": 89,
        "gettimeofday": 96, "getrlimit": 97, "getrusage": 98, "sysinfo": 99, "sigaltstack": 131,
        "prctl": 157, "gettid": 186, "time": 201, "futex": 202, "sched_getaffinity": 204,
        "restart_syscall": 219, "clock_gettime": 228, "clock_getres": 229, "clock_nanosleep": 230,
        "exit_group": 231, "tgkill": 234, "openat": 257, "newfstatat": 262, "readlinkat": 267,
        "faccessat": 269, "ppoll": 271, "set_robust_list": 273, "prlimit64": 302, "seccomp": 317,
        "getrandom": 318, "statx": 332, "rseq": 334, "clone3": 435, "openat2": 437,
        "faccessat2": 439,
    },
    "aarch64": {
        "getcwd": 17, "fcntl": 25, "ioctl": 29, "faccessat": 48, "openat": 56, "close": 57,
        "lseek": 62, "read": 63, "write": 64, "ppoll": 73, "readlinkat": 78, "newfstatat": 79,
        "fstat": 80, "exit": 93, "exit_group": 94, "futex": 98, "set_robust_list": 99,
        "nanosleep": 101, "clock_gettime": 113, "clock_getres": 114, "clock_nanosleep": 115,
        "sched_getaffinity": 123, "sched_yield": 124, "restart_syscall": 128, "tgkill": 131,
        "sigaltstack": 132, "rt_sigaction": 134, "rt_sigprocmask": 135, "rt_sigreturn": 139,
        "uname": 160, "getrlimit": 163, "getrusage": 165, "prctl": 167, "gettimeofday": 169,
        "getpid": 172, "gettid": 178, "sysinfo": 179, "brk": 214, "munmap": 215, "mremap": 216,
        "clone": 220, "mmap": 222, "mprotect": 226, "madvise": 233, "prlimit64": 261,
        "seccomp": 277, "getrandom": 278, "statx": 291, "rseq": 293, "clone3": 435,
        "openat2": 437, "faccessat2": 439,
    },
}  # fmt: skip
"""From the kernel's `asm/unistd_64.h` and `asm-generic/unistd.h`."""

AUDIT_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
"""What the kernel calls them (`linux/audit.h`)."""

PROT_EXEC = 4
MAP_SHARED, MAP_GROWSDOWN, MAP_HUGETLB = 0x1, 0x100, 0x40000
UNCOUNTED = MAP_SHARED | MAP_GROWSDOWN | MAP_HUGETLB
"""Mappings that RLIMIT_DATA does not count."""
PR_SET_NAME = 15
SIGSETXID = 33
"""The signal for which glibc sets a handler when the first thread is started."""
THREAD_FLAGS = 0x003D0F00
"""What glibc starts a thread with: VM, FS, FILES, SIGHAND, THREAD, SYSVSEM, SETTLS,
PARENT_SETTID and CHILD_CLEARTID."""

# --- the assembler --------------------------------------------------------------------------------

KILL_PROCESS = 0x80000000
ALLOW = 0x7FFF0000
ERRNO = 0x00050000

LOAD = 0x20
"""The accumulator becomes the 32-bit word of `struct seccomp_data` at `k`."""
JUMP_EQUAL = 0x15
JUMP_AT_LEAST = 0x35
JUMP_ANY_BIT = 0x45
"""Jumps skip `jt` instructions when they hold, `jf` when not."""
RETURN = 0x06

_NUMBER_AT, _ARCHITECTURE_AT, _ARGUMENTS_AT = 0, 4, 16
_X32_BIT = 0x40000000
"""On x86-64 the number of a call of the x32 ABI has this bit."""


class Instruction(NamedTuple):
    """`struct sock_filter`."""

    code: int
    jt: int
    jf: int
    k: int


Program = tuple[Instruction, ...]


def child_filter(machine: str, pid: int) -> Program:
    """The filter for the child `pid` on a machine (`platform.machine()`).

    Raises `KeyError` for an architecture whose system calls are not known.
    """
    return (*_guard(machine), *_rules(NUMBERS[machine], pid), _return(KILL_PROCESS))


def _guard(machine: str) -> Iterator[Instruction]:
    """End calls by another ABI's numbers; leave the number in the accumulator."""
    yield _load(_ARCHITECTURE_AT)
    yield from _unless(JUMP_EQUAL, AUDIT_ARCHITECTURES[machine], KILL_PROCESS)
    yield _load(_NUMBER_AT)
    if machine == "x86_64":
        yield Instruction(JUMP_AT_LEAST, 0, 1, _X32_BIT)
        yield _return(KILL_PROCESS)


def _rules(numbers: Mapping[str, int], pid: int) -> Iterator[Instruction]:
    """Each rule ends its call, or leaves the number for the next rule."""
    refuse = ERRNO | errno.EACCES
    allow = (_return(ALLOW),)
    private = (*_no_bit(3, UNCOUNTED, KILL_PROCESS), *_no_bit(2, PROT_EXEC, KILL_PROCESS), *allow)
    bodies: dict[str, Sequence[Instruction]] = {
        **dict.fromkeys(ALLOWED[:3], allow),
        "mmap": private,
        "mprotect": (*_no_bit(2, PROT_EXEC, KILL_PROCESS), *allow),
        **dict.fromkeys(ALLOWED[3:], allow),
        "clone": (*_equal(0, THREAD_FLAGS, KILL_PROCESS), *allow),
        # Its flags lie in memory, where a filter cannot look; libraries fall back to `clone`.
        "clone3": (_return(ERRNO | errno.ENOSYS),),
        "tgkill": (*_equal(0, pid, KILL_PROCESS), *allow),
        "rt_sigaction": (*_equal(0, SIGSETXID, refuse), *allow),
        "prctl": (*_equal(0, PR_SET_NAME, refuse), *allow),
        **dict.fromkeys(REFUSED, (_return(refuse),)),
    }
    for name, body in bodies.items():
        if name in numbers:
            yield Instruction(JUMP_EQUAL, 0, len(body), numbers[name])
            yield from body


def _no_bit(argument: int, bits: int, otherwise: int) -> Iterator[Instruction]:
    """Go on when an argument has none of these (low) bits."""
    yield _load(_ARGUMENTS_AT + 8 * argument)
    yield Instruction(JUMP_ANY_BIT, 0, 1, bits)
    yield _return(otherwise)


def _equal(argument: int, value: int, otherwise: int) -> Iterator[Instruction]:
    """Go on when an argument is exactly this value of 32 bits; its high half must be zero."""
    for half, offset in ((value, 0), (0, 4)):
        yield _load(_ARGUMENTS_AT + 8 * argument + offset)
        yield from _unless(JUMP_EQUAL, half, otherwise)


def _unless(jump: int, value: int, otherwise: int) -> Iterator[Instruction]:
    yield Instruction(jump, 1, 0, value)
    yield _return(otherwise)


def _load(offset: int) -> Instruction:
    return Instruction(LOAD, 0, 0, offset)


def _return(action: int) -> Instruction:
    return Instruction(RETURN, 0, 0, action)


# --- the kernel -----------------------------------------------------------------------------------

_SET_MODE_FILTER = 1


class _SockFilter(ctypes.Structure):
    _fields_ = (
        ("code", ctypes.c_ushort),
        ("jt", ctypes.c_ubyte),
        ("jf", ctypes.c_ubyte),
        ("k", ctypes.c_uint),
    )


class _SockProgram(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.POINTER(_SockFilter)))


def confine() -> int:
    """Put this thread, and those it starts, under the filter, irrevocably.

    Returns the number of instructions. The process must have `no_new_privs`. Raises `OSError`.
    """
    machine = platform.machine()
    if machine not in NUMBERS:
        raise OSError(errno.ENOSYS, f"no system call table for {machine}")
    program = child_filter(machine, os.getpid())
    instructions = (_SockFilter * len(program))(*(_SockFilter(*step) for step in program))
    argument = _SockProgram(len(program), instructions)
    system_call(NUMBERS[machine]["seccomp"], _SET_MODE_FILTER, 0, ctypes.byref(argument))
    return len(program)
