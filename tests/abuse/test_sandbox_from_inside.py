"""What code that took over a decoder could do: attempts made from within the sandbox.

Each attempt is also made without it, which shows that it is the sandbox that stops it, and under
Landlock alone, which shows what each of the two layers is worth.
"""

import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from fixtures import inside
from fotograma_worker.engine.sandbox import landlock

WITHOUT = {
    "load_a_bpf_program": {"EINVAL", "EPERM"},
    "make_a_call_of_another_abi": {"ENOSYS"},
    "take_much_memory": {"MemoryError"},
    "compute_for_ever": {"SIGXCPU"},
    "take_huge_pages": {"succeeded", "ENOMEM", "EPERM"},
    # What an ordinary user, or a container's own filter, may already be refused.
    "trace": {"succeeded", "EPERM"},
    "read_the_parents_memory": {"succeeded", "EPERM"},
    "signal_everybody": {"succeeded", "ESRCH"},
    "handle_page_faults": {"succeeded", "EPERM"},
    "make_an_io_ring": {"succeeded", "EPERM"},
    "make_a_namespace": {"succeeded", "EPERM", "ENOSPC"},
    "clone3": {"succeeded", "ENOSYS"},
}
"""What becomes of the attempts outside, where that is not success."""

REFUSED_BY_LANDLOCK = {
    "read_a_file", "read_own_environment", "write_a_file", "make_a_file", "list_a_folder",
    "remove_a_file", "execute",
}  # fmt: skip

INSIDE = {
    "read_a_file": "EACCES",
    "read_own_environment": "EACCES",
    "write_a_file": "EACCES",
    "make_a_file": "EACCES",
    "look_at_a_file": "EACCES",
    "list_a_folder": "EACCES",
    "clone3": "ENOSYS",
    "start_a_thread": "succeeded",
    "signal_itself": "succeeded",
    "outlive_the_parent": "EACCES",
    "raise_a_limit": "EACCES",
    "duplicate_a_descriptor": "EACCES",
    "take_much_memory": "MemoryError",
    "take_page_tables": "ENOMEM",
    "compute_for_ever": "SIGXCPU",
}
"""What becomes of the attempts inside, where the kernel does not end the process at once."""


class Targets:
    """A file and a listener that must not be touched."""

    def __init__(self, folder: Path, listener: socket.socket) -> None:
        self.canary = folder / "canary"
        self.listener = listener

    def outcomes(self, confinement: str, *options: str) -> dict[str, str]:
        """What becomes of every attempt."""
        self.canary.write_text("canary")
        self.canary.chmod(0o666)
        port = self.listener.getsockname()[1]
        run = subprocess.run(
            [sys.executable, inside.__file__, confinement, self.canary, str(port), *options],
            capture_output=True,
            timeout=60,
            check=True,
        )
        found: dict[str, str] = json.loads(run.stdout)
        return found

    def connections(self) -> int:
        """How many there were."""
        count = 0
        try:
            while True:
                self.listener.accept()[0].close()
                count += 1
        except BlockingIOError:
            return count


@pytest.fixture
def targets() -> Iterator[Targets]:
    with (
        tempfile.TemporaryDirectory() as folder,
        socket.create_server(("127.0.0.1", 0)) as listener,
    ):
        Path(folder).chmod(0o777)
        listener.settimeout(0)
        yield Targets(Path(folder), listener)


@pytest.fixture(params=["as_started", "nobody"])
def user(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """Options for the user that makes the attempts. Only root can become another one."""
    return ("nobody",) if request.param == "nobody" and not os.getuid() else ()


def test_attempts_work_outside_of_the_sandbox(targets: Targets, user: tuple[str, ...]) -> None:
    for name, outcome in targets.outcomes("nothing", *user).items():
        assert outcome in WITHOUT.get(name, {"succeeded"}), name
    assert targets.connections() == 1
    assert not targets.canary.exists()


def test_attempts_fail_inside_of_the_sandbox(targets: Targets, user: tuple[str, ...]) -> None:
    outcomes = targets.outcomes("sandbox", *user)
    assert outcomes == {name: INSIDE.get(name, "SIGSYS") for name in outcomes}
    assert targets.connections() == 0
    assert targets.canary.read_text() == "canary"


def test_landlock_alone_stops_files_and_tcp(targets: Targets, user: tuple[str, ...]) -> None:
    """It would hold files without seccomp, and from version 4 on TCP, but not all the rest."""
    outcomes = targets.outcomes("landlock", *user)
    abi = landlock.supported_abi()
    for name in REFUSED_BY_LANDLOCK:
        assert outcomes[name] == "EACCES", name
    assert outcomes["connect"] == ("EACCES" if abi >= 4 else "succeeded")
    assert outcomes["signal_the_parent"] == ("EPERM" if abi >= 6 else "succeeded")
    assert outcomes["trace"] == "EPERM"
    assert outcomes["fork"] == outcomes["send_a_datagram"] == "succeeded"
    assert targets.canary.read_text() == "canary"
