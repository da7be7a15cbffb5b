"""The parent's side of decoding: one child process for each job, watched and bounded."""

import asyncio
import signal
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from types import TracebackType
from typing import Protocol, Self

import numpy as np
import structlog
from fotograma_contracts.reasons import ExtractionWarning, Reason
from fotograma_contracts.recipe import Output
from fotograma_contracts.samples import Samples, SampleScenes, SampleSpan
from pydantic import ValidationError

from fotograma_worker import metrics
from fotograma_worker.children import Child, ChildBroken, ChildLost, ForkServer, ForkServerDown
from fotograma_worker.errors import Failure, SandboxMissing
from fotograma_worker.planning import Scan
from fotograma_worker.wire import (
    FRAME_HEADER_LENGTH,
    MAX_NOTE,
    MAX_READ,
    MAX_TIMESTAMPS,
    READ_REQUEST,
    UNSANDBOXED,
    ChildLimits,
    EndNote,
    ExtractJob,
    FailureNote,
    FrameHeader,
    Job,
    Kind,
    SandboxNote,
    ScanJob,
    SelfTestJob,
    SheetHeader,
    StreamFacts,
)

log = structlog.get_logger(__name__)

_SELF_TEST_SECONDS = 10
_TIMESTAMP_BYTES = 8
_MAX_FRAME_OVERHEAD = 1 << 20
_MAX_BYTES_PER_PIXEL = 4
_EXTRA_FRAMES = 16
"""A decoder may show a few frames more than there are packets."""
_READS_OF_THE_SOURCE = 16
_MORE_READ = 256 << 20
"""How often a child may read the source over, and how many bytes besides: seeking and reading
ahead repeat some of it."""
_MAX_END_NOTE = 64 << 10
_CPU_SECONDS_PER_SECOND = 4
"""The child uses few threads; this bound is behind the wall clock, not before it."""


@dataclass(frozen=True, slots=True)
class EncodedFrame:
    """One frame of the archive."""

    pts: int
    time: Fraction
    samples: tuple[Fraction, ...]
    data: bytes


@dataclass(frozen=True, slots=True)
class EncodedSheet:
    """Thumbnails of consecutive frames, row by row, as one JPEG."""

    header: SheetHeader
    data: bytes


class ByteSource(Protocol):
    """The bytes of a source."""

    size: int

    async def read(self, offset: int, length: int) -> bytes: ...


@dataclass(frozen=True)
class DecodeLimits:
    """What one job may cost."""

    max_pixels: int
    seconds: float
    """Of wall clock."""
    max_frames: int = MAX_TIMESTAMPS


@dataclass(frozen=True)
class ExtractReport:
    """What is known once all frames are there."""

    engine: dict[str, str]
    """Versions of what the bytes of frames depend on."""
    warnings: tuple[ExtractionWarning, ...]


OnFrame = Callable[[EncodedFrame], Awaitable[None]]
OnSheet = Callable[[EncodedSheet], Awaitable[None]]


class Decoder(Protocol):
    """Reads videos. Every method raises `Failure` when a file cannot be read."""

    async def scan(self, source: ByteSource, limits: DecodeLimits) -> Scan:
        """Find out what is in a video."""

    async def extract(
        self,
        source: ByteSource,
        samples: Samples,
        output: Output,
        limits: DecodeLimits,
        on_frame: OnFrame,
        on_sheet: OnSheet | None = None,
    ) -> ExtractReport:
        """Hand the frames that answer `samples` to `on_frame`, in time order, and sheets of their
        thumbnails to `on_sheet`.
        """


class PyAvDecoder:
    """Decodes with PyAV in a sandboxed child process, one for each job.

    Without a fork server of the caller's it starts its own.
    """

    def __init__(
        self,
        memory_bytes: int,
        fork_server: ForkServer | None = None,
        *,
        sandbox_required: bool = False,
    ) -> None:
        self._memory_bytes = memory_bytes
        self._fork_server = fork_server or ForkServer()
        self._sandbox_required = sandbox_required
        self._sandbox: SandboxNote | None = None
        self._until_exit = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """A worker that cannot decode must not start.

        Raises `ForkServerDown`, or `SandboxMissing` where the sandbox is required.
        """
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self._fork_server)
            self._sandbox = await self._test_sandbox()
            _report(self._sandbox, required=self._sandbox_required)
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
        """The sandbox in a word, for readiness. Raises `ForkServerDown`."""
        if self._sandbox is None or not self._fork_server.is_ready:
            raise ForkServerDown("no fork server")
        if self._sandbox.missing:
            return f"incomplete: {'; '.join(self._sandbox.missing)}"
        return f"ok: seccomp, Landlock {self._sandbox.landlock_abi}"

    async def scan(self, source: ByteSource, limits: DecodeLimits) -> Scan:
        """Find out what is in a video."""
        job = ScanJob(size_bytes=source.size, limits=self._child_limits(limits))
        conversation = _ScanConversation()
        await self._run(source, job, limits, conversation, MAX_NOTE)
        return conversation.result()

    async def extract(
        self,
        source: ByteSource,
        samples: Samples,
        output: Output,
        limits: DecodeLimits,
        on_frame: OnFrame,
        on_sheet: OnSheet | None = None,
    ) -> ExtractReport:
        """Hand the frames that answer `samples` to `on_frame`, in time order, and sheets of their
        thumbnails to `on_sheet`.
        """
        job = ExtractJob(
            size_bytes=source.size,
            limits=self._child_limits(limits),
            samples=samples,
            output=output,
            thumbnails=on_sheet is not None,
        )
        conversation = _ExtractConversation(samples, limits.max_frames, on_frame, on_sheet)
        longest = max(limits.max_pixels * _MAX_BYTES_PER_PIXEL + _MAX_FRAME_OVERHEAD, MAX_NOTE)
        await self._run(source, job, limits, conversation, longest)
        return conversation.result()

    def _child_limits(self, limits: DecodeLimits) -> ChildLimits:
        return ChildLimits(
            memory_bytes=self._memory_bytes,
            cpu_seconds=ceil(limits.seconds) * _CPU_SECONDS_PER_SECOND,
            max_pixels=limits.max_pixels,
            sandbox_required=self._sandbox_required,
        )

    async def _start_child(self) -> Child:
        try:
            return await Child.start(self._fork_server)
        except ForkServerDown as error:
            log.warning("no decoding child", error=str(error))
            raise _no_child() from error

    async def _test_sandbox(self) -> SandboxNote:
        """Let a child enter the sandbox and try to break out of it."""
        limits = self._child_limits(DecodeLimits(1, _SELF_TEST_SECONDS))
        job = SelfTestJob(limits=limits.model_copy(update={"sandbox_required": False}))
        child = await Child.start(self._fork_server)
        try:
            async with asyncio.timeout(_SELF_TEST_SECONDS):
                await child.send(Kind.JOB, job.model_dump_json().encode())
                _, body = await child.receive(MAX_NOTE)
                sandbox = SandboxNote.model_validate_json(body)
                if sandbox.seccomp and await child.ended() != -signal.SIGSYS:
                    missing = (*sandbox.missing, "seccomp: a forbidden call was not stopped")
                    return sandbox.model_copy(update={"seccomp": False, "missing": missing})
                return sandbox
        except (ChildLost, TimeoutError) as error:
            log.exception("sandbox self-test failed", stderr=child.last_words)
            raise SandboxMissing("the self-test ended early") from error
        finally:
            await asyncio.shield(child.kill())

    async def _run(
        self,
        source: ByteSource,
        job: Job,
        limits: DecodeLimits,
        conversation: "_Conversation",
        longest: int,
    ) -> None:
        child = await self._start_child()
        try:
            async with asyncio.timeout(limits.seconds) as clock:
                await child.send(Kind.JOB, job.model_dump_json().encode())
                await _converse(child, source, conversation, longest)
        except TimeoutError as error:
            if not clock.expired():
                raise
            raise _time_limit(limits.seconds) from error
        except ChildLost as error:
            raise await _death(child, limits.seconds) from error
        except (ChildBroken, ValidationError) as error:
            log.warning("decoding child broke the protocol", error=repr(error)[:500])
            raise _crash() from error
        finally:
            await asyncio.shield(child.kill())


class _Conversation(Protocol):
    """What is to be done with a child's messages. Raises `ChildBroken` at a wrong one."""

    async def hear(self, kind: Kind, body: bytes) -> None: ...


async def _converse(
    child: Child, source: ByteSource, conversation: _Conversation, longest: int
) -> None:
    """Serve the child until it says that it is done. Raises `Failure` if it says that it failed."""
    reads = _Reads(source)
    while True:
        kind, body = await child.receive(longest)
        if kind is not Kind.FRAME and len(body) > MAX_NOTE:
            raise ChildBroken(f"{kind} of {len(body)} bytes")
        match kind:
            case Kind.READ:
                await child.send(Kind.DATA, await reads.answer(body))
            case Kind.FAILED:
                note = FailureNote.model_validate_json(body)
                raise Failure(note.reason, note.detail)
            case Kind.END:
                await conversation.hear(kind, body)
                return
            case _:
                await conversation.hear(kind, body)


class _Reads:
    """Reads for a child, within the source and within reason."""

    def __init__(self, source: ByteSource) -> None:
        self._source = source
        self._left = source.size * _READS_OF_THE_SOURCE + _MORE_READ

    async def answer(self, request: bytes) -> bytes:
        if len(request) != READ_REQUEST.size:
            raise ChildBroken("read request")
        offset, length = READ_REQUEST.unpack(request)
        if length > MAX_READ or offset + length > self._source.size:
            raise ChildBroken(f"read of {length} bytes at {offset}")
        self._left -= max(length, 1)
        if self._left < 0:
            raise ChildBroken("the source was read too often")
        return await self._source.read(offset, length)


class _ScanConversation:
    """Collects the tables of a scan."""

    def __init__(self) -> None:
        self._facts: StreamFacts | None = None
        self._timestamps: list[bytes] = []
        self._keyframes: list[bytes] = []
        self._frames = 0
        self._flags = 0

    async def hear(self, kind: Kind, body: bytes) -> None:
        match kind:
            case Kind.STREAM:
                self._facts = StreamFacts.model_validate_json(body)
            case Kind.TIMESTAMPS:
                if not body or len(body) % _TIMESTAMP_BYTES:
                    raise ChildBroken("a part of a timestamp")
                self._frames += len(body) // _TIMESTAMP_BYTES
                self._timestamps.append(body)
            case Kind.KEYFRAMES:
                self._flags += len(body)
                self._keyframes.append(body)
            case Kind.END:
                return
            case _:
                raise ChildBroken(f"{kind} in a scan")
        if self._frames > MAX_TIMESTAMPS or self._flags > self._frames:
            raise ChildBroken("too many timestamps")
        if len(self._keyframes) > len(self._timestamps):
            raise ChildBroken("too many messages")

    def result(self) -> Scan:
        timestamps = np.frombuffer(b"".join(self._timestamps), "<i8").astype(np.int64)
        keyframes = np.frombuffer(b"".join(self._keyframes), "u1").astype(np.bool_)
        facts = self._facts
        if (
            facts is None
            or not len(timestamps)
            or len(timestamps) != len(keyframes)
            or timestamps[0] != facts.first
            or timestamps[-1] >= facts.end
            or (np.diff(timestamps) <= 0).any()
        ):
            raise _crash()
        return Scan(facts, timestamps, keyframes)


class _ExtractConversation:
    """Hands frames on as they come."""

    def __init__(
        self, samples: Samples, max_frames: int, on_frame: OnFrame, on_sheet: OnSheet | None
    ) -> None:
        self._on_frame = on_frame
        self._on_sheet = on_sheet
        self._without_thumbnail: deque[int] = deque()
        if isinstance(samples, SampleSpan | SampleScenes):
            self._samples_left, self._frames_left = 0, max_frames + _EXTRA_FRAMES
        else:
            wanted = len(samples.times)
            self._samples_left, self._frames_left = wanted, wanted + _EXTRA_FRAMES
        self._latest: Fraction | None = None
        self._end: EndNote | None = None

    async def hear(self, kind: Kind, body: bytes) -> None:
        match kind:
            case Kind.FRAME:
                await self._on_frame(self._frame(body))
            case Kind.SHEET if self._on_sheet is not None:
                await self._on_sheet(self._sheet(body))
            case Kind.END if len(body) <= _MAX_END_NOTE:
                self._end = EndNote.model_validate_json(body)
            case _:
                raise ChildBroken(f"{kind} in an extraction")

    def result(self) -> ExtractReport:
        assert self._end is not None  # noqa: S101 - a conversation without an end has raised
        return ExtractReport(self._end.engine, self._end.warnings)

    def _frame(self, body: bytes) -> EncodedFrame:
        encoded, data = _split(body)
        header = FrameHeader.model_validate_json(encoded)
        if self._latest is not None and header.time <= self._latest:
            raise ChildBroken("frames out of order")
        self._latest = header.time
        self._frames_left -= 1
        self._samples_left -= len(header.samples)
        if self._frames_left < 0 or self._samples_left < 0:
            raise ChildBroken("more frames or samples than were asked for")
        if self._on_sheet is not None:
            self._without_thumbnail.append(header.pts)
        return EncodedFrame(header.pts, header.time, header.samples, data)

    def _sheet(self, body: bytes) -> EncodedSheet:
        encoded, data = _split(body)
        header = SheetHeader.model_validate_json(encoded)
        for pts in header.pts:
            if not self._without_thumbnail or self._without_thumbnail.popleft() != pts:
                raise ChildBroken("thumbnails of other frames")
        return EncodedSheet(header, data)


def _split(body: bytes) -> tuple[bytes, bytes]:
    """A header in JSON, and the bytes that follow it."""
    begin = FRAME_HEADER_LENGTH.size
    if len(body) < begin:
        raise ChildBroken("short frame")
    (length,) = FRAME_HEADER_LENGTH.unpack_from(body)
    if length > MAX_NOTE:
        raise ChildBroken(f"frame header of {length} bytes")
    return body[begin : begin + length], body[begin + length :]


def _report(sandbox: SandboxNote, *, required: bool) -> None:
    metrics.SANDBOX.labels("seccomp").set(sandbox.seccomp)
    metrics.SANDBOX.labels("landlock").set(sandbox.landlock_abi)
    if not sandbox.missing:
        log.info("sandbox proven", landlock_abi=sandbox.landlock_abi)
        return
    log.warning("sandbox incomplete", missing=sandbox.missing)
    if required:
        raise SandboxMissing("; ".join(sandbox.missing))


async def _death(child: Child, seconds: float) -> Failure:
    """Why a child ended without a word."""
    try:
        code = await child.ended()
    except TimeoutError:
        code = 0
    if code == -signal.SIGXCPU:
        return _time_limit(seconds)
    log.warning("decoding child ended", code=code, stderr=child.last_words[-2000:])
    if code == UNSANDBOXED:
        return _no_child()
    # Nothing in a file can send SIGKILL: it came from outside, and another attempt may do better.
    return _crash(permanent=code != -signal.SIGKILL)


def _crash(*, permanent: bool = True) -> Failure:
    return Failure(
        Reason.DECODER_CRASHED,
        "The decoder crashed on this video; the file may be damaged.",
        permanent=permanent,
    )


def _no_child() -> Failure:
    return Failure(Reason.PROCESSING_FAILED, "No decoder is to be had now.", permanent=False)


def _time_limit(seconds: float) -> Failure:
    return Failure(
        Reason.TIME_LIMIT,
        f"Decoding a part of this video took longer than the limit of {seconds:,.0f} seconds.",
    )
