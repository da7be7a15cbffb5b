"""Decode in child processes: one for each job, bounded in time and memory."""

import asyncio
import signal
import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from math import ceil
from types import TracebackType
from typing import Self

import structlog
from fotograma_contracts.reasons import Reason
from fotograma_contracts.recipe import Output
from fotograma_contracts.samples import SegmentSamples, samples_in
from pydantic import ValidationError

from fotograma_worker import metrics
from fotograma_worker.decoding.answers import (
    Answers,
    ExtractAnswers,
    ScanAnswers,
    decoder_crashed,
    our_fault,
    serve_child,
)
from fotograma_worker.decoding.engines import ChildEngine
from fotograma_worker.decoding.port import (
    ByteSource,
    DecodeLimits,
    ExtractReport,
    OnFrame,
    OnSheet,
    Scan,
)
from fotograma_worker.decoding.processes import (
    Child,
    ChildExited,
    ForkServer,
    ForkServerDown,
    ProtocolError,
)
from fotograma_worker.decoding.sandboxes import Sandbox
from fotograma_worker.errors import Failure
from fotograma_worker.protocol import (
    MAX_NOTE,
    UNSANDBOXED,
    ChildLimits,
    ExtractJob,
    Job,
    Kind,
    ScanJob,
)

log = structlog.get_logger(__name__)

_MAX_FRAME_OVERHEAD = 1 << 20
_MAX_BYTES_PER_PIXEL = 4
_CPU_SECONDS_PER_SECOND = 4
"""The child uses few threads: the wall clock is meant to run out first, and this is behind it."""


class ChildDecoder:
    """Decodes with an engine in a child process, one for each job.

    It starts a fork server of its own unless the caller passes one, and at most `at_once` children
    at the same time.
    """

    def __init__(
        self,
        engine: ChildEngine,
        sandbox: Sandbox,
        memory_bytes: int,
        fork_server: ForkServer | None = None,
        at_once: int = sys.maxsize,
    ) -> None:
        self._engine = engine
        self._sandbox = sandbox
        self._memory_bytes = memory_bytes
        self._fork_server = fork_server or ForkServer(engine.module)
        self._places = asyncio.Semaphore(at_once)
        self._until_exit = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Start the fork server and test the sandbox: a worker that cannot decode must not start.

        Raises `ProgramsMissing`, `ForkServerDown`, or `SandboxMissing` where it is required.
        """
        self._engine.check()
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self._fork_server)
            await self._sandbox.test(self._fork_server, self._memory_bytes)
            self._until_exit = stack.pop_all()
        return self

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        await self._until_exit.aclose()

    async def check_sandbox(self) -> str:
        """Describe the sandbox for the readiness check. Raises `ForkServerDown`."""
        return self._sandbox.describe(self._fork_server)

    async def scan(
        self, source: ByteSource, limits: DecodeLimits, stream: int | str | None = None
    ) -> Scan:
        """Find a video's stream, or the one that a recipe names, its frames and keyframes."""
        job = ScanJob(size_bytes=source.size, limits=self._child_limits(limits), stream=stream)
        answers = ScanAnswers()
        await self._run(source, job, limits, answers, MAX_NOTE)
        with _protocol_kept():
            return answers.result()

    async def extract(
        self,
        source: ByteSource,
        samples: SegmentSamples,
        output: Output,
        limits: DecodeLimits,
        on_frame: OnFrame,
        on_sheet: OnSheet | None = None,
    ) -> ExtractReport:
        """Pass the frames that answer `samples` to `on_frame`, in time order, and sprite sheets of
        their thumbnails to `on_sheet`.
        """
        job = ExtractJob(
            size_bytes=source.size,
            limits=self._child_limits(limits),
            samples=samples,
            output=output,
            thumbnails=on_sheet is not None,
        )
        answers = ExtractAnswers(samples_in(samples), limits.max_frames, on_frame, on_sheet)
        max_message_bytes = max(
            limits.max_pixels * _MAX_BYTES_PER_PIXEL + _MAX_FRAME_OVERHEAD, MAX_NOTE
        )
        await self._run(source, job, limits, answers, max_message_bytes)
        return answers.result()

    def _child_limits(self, limits: DecodeLimits) -> ChildLimits:
        return ChildLimits(
            memory_bytes=self._memory_bytes,
            cpu_seconds=ceil(limits.seconds) * _CPU_SECONDS_PER_SECOND,
            max_pixels=limits.max_pixels,
            sandbox_required=self._sandbox.is_required,
        )

    async def _start_child(self) -> Child:
        try:
            return await Child.start(self._fork_server)
        except ForkServerDown as error:
            log.warning("no decoding child", error=str(error))
            raise _decoder_unavailable() from error

    async def _run(
        self,
        source: ByteSource,
        job: Job,
        limits: DecodeLimits,
        answers: Answers,
        max_message_bytes: int,
    ) -> None:
        async with self._places:
            child = await self._start_child()
            await _serve(child, source, job, limits.seconds, answers, max_message_bytes)


async def _serve(
    child: Child,
    source: ByteSource,
    job: Job,
    seconds: float,
    answers: Answers,
    max_message_bytes: int,
) -> None:
    """Have a child do its job, and end it."""
    try:
        async with asyncio.timeout(seconds) as clock:
            await child.send(Kind.JOB, job.model_dump_json().encode())
            with _protocol_kept():
                await serve_child(child, source, answers, max_message_bytes)
    except TimeoutError as error:
        if not clock.expired():
            raise
        raise _time_limit(seconds) from error
    except ChildExited as error:
        raise await _exit_failure(child, seconds) from error
    finally:
        await asyncio.shield(child.kill())


@contextmanager
def _protocol_kept() -> Iterator[None]:
    """Raise `Failure` where a child sends what it may not: the file controls it, or it has an error
    of its own. Either way it would do so again.
    """
    try:
        yield
    except ProtocolError as error:
        metrics.DECODER_FAULTS.labels("protocol").inc()
        log.error("decoding child broke the protocol", error=str(error))  # noqa: TRY400
        raise our_fault(permanent=True) from error
    except ValidationError as error:
        metrics.DECODER_FAULTS.labels("protocol").inc()
        wrong = [f"{item['type']}: {item['loc']}" for item in error.errors(include_input=False)]
        # A traceback would end with what the child sent.
        log.error("decoding child broke the protocol", wrong=wrong[:10])  # noqa: TRY400
        raise our_fault(permanent=True) from error


async def _exit_failure(child: Child, seconds: float) -> Failure:
    """The failure of a child that exited without an end note."""
    try:
        code = await child.ended()
    except TimeoutError:
        code = 0
    if code == -signal.SIGXCPU:
        return _time_limit(seconds)
    log.warning("decoding child ended", code=code, stderr=child.stderr_tail[-2000:])
    if code == UNSANDBOXED:
        return _decoder_unavailable()
    if code >= 0:
        return our_fault(permanent=False)
    # Nothing in a file can send SIGKILL: it came from outside, and another attempt may do better.
    return decoder_crashed(permanent=code != -signal.SIGKILL)


def _decoder_unavailable() -> Failure:
    return Failure(Reason.PROCESSING_FAILED, "No decoder is to be had now.", permanent=False)


def _time_limit(seconds: float) -> Failure:
    return Failure(
        Reason.TIME_LIMIT,
        f"Decoding a part of this video took longer than the limit of {seconds:,.0f} seconds.",
    )
