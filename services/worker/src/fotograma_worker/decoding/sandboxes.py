"""What confines a decoder's children, tested before the first file is decoded."""

import asyncio
import signal
from typing import Protocol

import structlog

from fotograma_worker import metrics
from fotograma_worker.decoding.processes import Child, ChildExited, ForkServer, ForkServerDown
from fotograma_worker.errors import SandboxMissing
from fotograma_worker.protocol import MAX_NOTE, ChildLimits, Kind, SandboxNote, SelfTestJob

log = structlog.get_logger(__name__)

_SELF_TEST_SECONDS = 10


class Sandbox(Protocol):
    """A decoder's policy on sandboxes."""

    @property
    def is_required(self) -> bool:
        """A child must end rather than read a byte outside of a whole sandbox."""

    async def test(self, fork_server: ForkServer, memory_bytes: int) -> None:
        """Test the sandbox. Raises `ForkServerDown`, or `SandboxMissing` where it is required."""

    def describe(self, fork_server: ForkServer) -> str:
        """Describe the sandbox for the readiness check. Raises `ForkServerDown`."""


class KernelSandbox:
    """Seccomp and Landlock, as far as the kernel has them, proven by a child's self-test."""

    def __init__(self, *, required: bool = False) -> None:
        self.is_required = required
        self._tested: SandboxNote | None = None

    async def test(self, fork_server: ForkServer, memory_bytes: int) -> None:
        """Test the sandbox. Raises `ForkServerDown`, or `SandboxMissing` where it is required."""
        self._tested = await _self_test(fork_server, memory_bytes)
        _report(self._tested, required=self.is_required)

    def describe(self, fork_server: ForkServer) -> str:
        """Describe the sandbox for the readiness check. Raises `ForkServerDown`."""
        if self._tested is None or not fork_server.is_ready:
            raise ForkServerDown("no fork server")
        if self._tested.missing:
            return f"incomplete: {'; '.join(self._tested.missing)}"
        return f"ok: seccomp, Landlock {self._tested.landlock_abi}"


class NoSandbox:
    """Children run unconfined, for the given reason."""

    is_required = False

    def __init__(self, reason: str) -> None:
        self._reason = reason

    async def test(self, fork_server: ForkServer, memory_bytes: int) -> None:  # noqa: ARG002 - the protocol's
        """Warn the operator."""
        log.warning("decoding without a sandbox", reason=self._reason)

    def describe(self, fork_server: ForkServer) -> str:
        """Give the reason for the readiness check. Raises `ForkServerDown`."""
        if fork_server.pid is None:
            raise ForkServerDown("no fork server")
        return f"none: {self._reason}"


async def _self_test(fork_server: ForkServer, memory_bytes: int) -> SandboxNote:
    """Have a child enter the sandbox and try to break out of it."""
    limits = ChildLimits(memory_bytes=memory_bytes, cpu_seconds=_SELF_TEST_SECONDS, max_pixels=1)
    job = SelfTestJob(limits=limits)
    child = await Child.start(fork_server)
    try:
        async with asyncio.timeout(_SELF_TEST_SECONDS):
            await child.send(Kind.JOB, job.model_dump_json().encode())
            _, body = await child.receive(MAX_NOTE)
            sandbox = SandboxNote.model_validate_json(body)
            if sandbox.seccomp and await child.ended() != -signal.SIGSYS:
                missing = (*sandbox.missing, "seccomp: a forbidden call was not stopped")
                return sandbox.model_copy(update={"seccomp": False, "missing": missing})
            return sandbox
    except (ChildExited, TimeoutError) as error:
        log.exception("sandbox self-test failed", stderr=child.stderr_tail)
        raise SandboxMissing("the self-test ended early") from error
    finally:
        await asyncio.shield(child.kill())


def _report(sandbox: SandboxNote, *, required: bool) -> None:
    """Set the metrics and log what is missing. Raises `SandboxMissing` where it is required."""
    metrics.SANDBOX.labels("seccomp").set(sandbox.seccomp)
    metrics.SANDBOX.labels("landlock").set(sandbox.landlock_abi)
    if not sandbox.missing:
        log.info("sandbox proven", landlock_abi=sandbox.landlock_abi)
        return
    log.warning("sandbox incomplete", missing=sandbox.missing)
    if required:
        raise SandboxMissing("; ".join(sandbox.missing))
