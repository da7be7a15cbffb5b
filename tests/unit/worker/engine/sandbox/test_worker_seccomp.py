"""The filter's decisions on both architectures, simulated."""

import errno
from collections.abc import Callable

import pytest
from fixtures import bpf
from fotograma_worker.engine.sandbox.seccomp import (
    ALLOW,
    ALLOWED,
    AUDIT_ARCHITECTURES,
    ERRNO,
    KILL_PROCESS,
    NUMBERS,
    REFUSED,
    THREAD_FLAGS,
    child_filter,
)

PID = 4321
REFUSE = ERRNO | errno.EACCES
PROT_READ, PROT_WRITE, PROT_EXEC = 1, 2, 4
MAP_SHARED, MAP_PRIVATE, MAP_ANONYMOUS = 1, 2, 0x20
MAP_GROWSDOWN, MAP_HUGETLB = 0x100, 0x40000
CLONE_NEWUSER, CLONE_VFORK, SIGCHLD = 0x10000000, 0x4000, 17
PR_SET_PDEATHSIG, PR_SET_NAME, PR_SET_SECCOMP, SIGXCPU, SIGSETXID = 1, 15, 22, 24, 33

# From the kernel's tables, by architecture: what a child must never get to.
FORBIDDEN = {
    "x86_64": {
        "socket": 41, "connect": 42, "accept": 43, "sendto": 44, "recvfrom": 45, "sendmsg": 46,
        "recvmsg": 47, "bind": 49, "socketpair": 53, "fork": 57, "vfork": 58, "execve": 59,
        "kill": 62, "ptrace": 101, "setuid": 105, "personality": 135, "mount": 165, "tkill": 200,
        "io_setup": 206, "process_vm_readv": 310, "process_vm_writev": 311, "bpf": 321,
        "execveat": 322, "userfaultfd": 323, "pkey_mprotect": 329, "pidfd_send_signal": 424,
        "io_uring_setup": 425, "pidfd_open": 434, "pidfd_getfd": 438, "unlink": 87, "rename": 82,
        "memfd_create": 319, "creat": 85, "link": 86, "chmod": 90, "setrlimit": 160, "seccomp": 317,
        "dup": 32, "pipe2": 293, "shmget": 29, "unshare": 272, "setns": 308, "keyctl": 250,
    },
    "aarch64": {
        "socket": 198, "connect": 203, "accept": 202, "sendto": 206, "recvfrom": 207,
        "sendmsg": 211, "recvmsg": 212, "bind": 200, "socketpair": 199, "execve": 221, "kill": 129,
        "ptrace": 117, "setuid": 146, "personality": 92, "mount": 40, "tkill": 130, "io_setup": 0,
        "process_vm_readv": 270, "process_vm_writev": 271, "bpf": 280, "execveat": 281,
        "userfaultfd": 282, "pkey_mprotect": 288, "pidfd_send_signal": 424, "io_uring_setup": 425,
        "pidfd_open": 434, "pidfd_getfd": 438, "unlinkat": 35, "renameat": 38, "memfd_create": 279,
        "linkat": 37, "fchmodat": 53, "setrlimit": 164, "seccomp": 277, "dup": 23, "pipe2": 59,
        "shmget": 194, "unshare": 97, "setns": 268, "keyctl": 219,
    },
}  # fmt: skip

Decide = Callable[..., int]


@pytest.fixture(params=["x86_64", "aarch64"])
def machine(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def decide(machine: str) -> Decide:
    """The action for a call by its name, with arguments."""
    program = child_filter(machine, PID)

    def action(name: str, *arguments: int) -> int:
        number = NUMBERS[machine][name]
        return bpf.run(program, AUDIT_ARCHITECTURES[machine], number, *arguments)

    return action


def test_filter_satisfies_the_kernels_checks(machine: str) -> None:
    program = child_filter(machine, PID)
    bpf.check(program)
    assert len(program) < 200


def test_filter_begins_with_the_architecture_check() -> None:
    assert list(bpf.disassembled(child_filter("x86_64", PID)))[:8] == [
        "0: ld [4]",
        "1: jeq 0xc000003e, 3, 2",
        "2: ret 0x80000000",
        "3: ld [0]",
        "4: jge 0x40000000, 5, 6",
        "5: ret 0x80000000",
        "6: jeq 0xca, 7, 8",
        "7: ret 0x7fff0000",
    ]
    assert list(bpf.disassembled(child_filter("aarch64", PID)))[:6] == [
        "0: ld [4]",
        "1: jeq 0xc00000b7, 3, 2",
        "2: ret 0x80000000",
        "3: ld [0]",
        "4: jeq 0x62, 5, 6",
        "5: ret 0x7fff0000",
    ]


def test_filter_allows_and_refuses_the_listed_calls(machine: str, decide: Decide) -> None:
    for name in set(ALLOWED) & set(NUMBERS[machine]):
        assert decide(name) == ALLOW, name
    for name in set(REFUSED) & set(NUMBERS[machine]):
        assert decide(name) == REFUSE, name


def test_filter_kills_for_every_other_number(machine: str) -> None:
    program = child_filter(machine, PID)
    listed = set(NUMBERS[machine].values()) - {NUMBERS[machine]["seccomp"]}
    for number in set(range(1024)) - listed:
        action = bpf.run(program, AUDIT_ARCHITECTURES[machine], number)
        assert action == KILL_PROCESS, number
    for name, number in FORBIDDEN[machine].items():
        assert number not in listed, name


def test_filter_kills_for_numbers_of_another_abi(machine: str) -> None:
    program = child_filter(machine, PID)
    i386, arm = 0x40000003, 0x40000028
    other = "aarch64" if machine == "x86_64" else "x86_64"
    for architecture in (i386, arm, AUDIT_ARCHITECTURES[other]):
        for number in (*range(512), 0x40000000, 0xFFFFFFFF):
            assert bpf.run(program, architecture, number) == KILL_PROCESS
    for number in range(1024):
        x32 = 0x40000000 | number
        assert bpf.run(program, AUDIT_ARCHITECTURES[machine], x32) == KILL_PROCESS


def test_filter_forbids_executable_memory_and_what_no_limit_counts(decide: Decide) -> None:
    private = MAP_PRIVATE | MAP_ANONYMOUS
    for protection in range(8):
        expected = KILL_PROCESS if protection & PROT_EXEC else ALLOW
        assert decide("mmap", 0, 4096, protection, private) == expected
        assert decide("mprotect", 0x1000, 4096, protection) == expected
    for uncounted in (MAP_SHARED, MAP_GROWSDOWN, MAP_HUGETLB):
        assert decide("mmap", 0, 4096, PROT_READ, private | uncounted) == KILL_PROCESS
    assert decide("mprotect", 0, 4096, PROT_EXEC | 1 << 32) == KILL_PROCESS


def test_filter_allows_clone_for_threads_only(decide: Decide) -> None:
    assert decide("clone", THREAD_FLAGS) == ALLOW
    for flags in (
        SIGCHLD,
        CLONE_VFORK | SIGCHLD,
        THREAD_FLAGS | CLONE_NEWUSER,
        THREAD_FLAGS & ~0x10000,  # CLONE_THREAD
        THREAD_FLAGS | 1 << 32,
        THREAD_FLAGS << 32,
        0,
    ):
        assert decide("clone", flags) == KILL_PROCESS
    assert decide("clone3", 0x7FFF0000, 88) == ERRNO | errno.ENOSYS


def test_filter_allows_signals_to_itself_only(decide: Decide) -> None:
    assert decide("tgkill", PID, 77, 6) == ALLOW
    for pid in (PID + 1, 1, 0, (1 << 64) - 1, PID | 1 << 32):
        assert decide("tgkill", pid, 77, 6) == KILL_PROCESS


def test_filter_allows_what_libraries_set(decide: Decide) -> None:
    assert decide("prctl", PR_SET_NAME) == ALLOW
    assert decide("rt_sigaction", SIGSETXID) == ALLOW
    assert decide("prctl", PR_SET_PDEATHSIG) == REFUSE
    assert decide("prctl", PR_SET_SECCOMP) == REFUSE
    assert decide("prctl", PR_SET_NAME | 1 << 32) == REFUSE
    assert decide("rt_sigaction", SIGXCPU) == REFUSE


def test_filter_for_an_unknown_architecture_raises() -> None:
    with pytest.raises(KeyError):
        child_filter("riscv64", PID)
