"""The parent's side of decoding: one child process for each job, watched and bounded."""

import asyncio
import os
import signal
import socket
import sys
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from types import TracebackType
from typing import Protocol, Self

import numpy as np
import structlog
from fotograma_contracts.reasons import ExtractionWarning, Reason
from fotograma_contracts.recipe import Output
from fotograma_contracts.samples import Samples, SampleSpan
from pydantic import ValidationError

from fotograma_worker import metrics
from fotograma_worker.errors import Failure
from fotograma_worker.planning import Scan
from fotograma_worker.wire import (
    FRAME_HEADER_LENGTH,
    HEADER,
    MAX_NOTE,
    MAX_READ,
    MAX_TIMESTAMPS,
    READ_REQUEST,
    ChildLimits,
    EndNote,
    ExtractJob,
    FailureNote,
    FrameHeader,
    Job,
    Kind,
    ScanJob,
    StreamFacts,
    message,
)

log = structlog.get_logger(__name__)

_STREAM_BUFFER = 1 << 20
_STDERR_LINES = 20
_START_SECONDS = 30.0
"""How long a child may take to be ready; half a second is usual."""
_END_SECONDS = 5.0
"""How long a child that was killed may take to be gone."""
_TIMESTAMP_BYTES = 8
_MAX_FRAME_OVERHEAD = 1 << 20
_MAX_BYTES_PER_PIXEL = 4
_EXTRA_FRAMES = 16
"""A decoder may show a few frames more than there are packets."""
_CPU_SECONDS_PER_SECOND = 4
"""The child uses few threads; this bound is behind the wall clock, not before it."""


@dataclass(frozen=True, slots=True)
class EncodedFrame:
    """One frame of the archive."""

    pts: int
    time: Fraction
    samples: tuple[Fraction, ...]
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


@dataclass(frozen=True)
class ExtractReport:
    """What is known once all frames are there."""

    engine: dict[str, str]
    """Versions of what the bytes of frames depend on."""
    warnings: tuple[ExtractionWarning, ...]


OnFrame = Callable[[EncodedFrame], Awaitable[None]]


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
    ) -> ExtractReport:
        """Hand the frames that answer `samples` to `on_frame`, in time order."""


class ChildLost(Exception):
    """The child ended without a word."""


class ChildBroken(Exception):
    """The child said something it must not say."""


class Child:
    """A running decoding child."""

    def __init__(
        self,
        process: asyncio.subprocess.Process,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self._process = process
        self._reader = reader
        self._writer = writer
        self._last_words: deque[str] = deque(maxlen=_STDERR_LINES)
        self._listening = asyncio.create_task(self._listen())

    @classmethod
    async def start(cls) -> Self:
        """Start a child and wait until it is ready for its job.

        Raises `ChildLost` when it cannot work on this machine: no file is to blame for that.
        """
        ours, theirs = socket.socketpair()
        with theirs:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-I",
                "-m",
                "fotograma_worker.child",
                str(theirs.fileno()),
                str(os.getpid()),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.PIPE,
                env={"OPENBLAS_NUM_THREADS": "1"},
                pass_fds=(theirs.fileno(),),
            )
        metrics.CHILDREN.inc()
        reader, writer = await asyncio.open_connection(sock=ours, limit=_STREAM_BUFFER)
        child = cls(process, reader, writer)
        try:
            async with asyncio.timeout(_START_SECONDS):
                await child.receive(0)  # READY is the only message without a body
        except (ChildLost, ChildBroken, TimeoutError) as error:
            await child.kill()
            log.exception("decoding child does not start", stderr=child.last_words[-2000:])
            raise ChildLost from error
        return child

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """It has not ended."""
        return self._process.returncode is None

    async def send(self, kind: Kind, body: bytes) -> None:
        """Send one message. Raises `ChildLost`."""
        try:
            self._writer.writelines(message(kind, body))
            await self._writer.drain()
        except ConnectionError as error:
            raise ChildLost from error

    async def receive(self, limit: int) -> tuple[Kind, bytes]:
        """Wait for one message of at most `limit` bytes. Raises `ChildLost` or `ChildBroken`."""
        try:
            number, length = HEADER.unpack(await self._reader.readexactly(HEADER.size))
            if length > limit:
                raise ChildBroken(f"message {number} of {length} bytes")
            body = await self._reader.readexactly(length)
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            raise ChildLost from error
        try:
            return Kind(number), body
        except ValueError as error:
            raise ChildBroken(f"message {number}") from error

    async def ended(self) -> int:
        """Wait for its end by itself and return its code: negative for a signal."""
        async with asyncio.timeout(_END_SECONDS):
            return await self._process.wait()

    async def kill(self) -> None:
        """End it, whatever it does."""
        if self.is_running:
            self._process.kill()
        self._writer.close()
        try:
            async with asyncio.timeout(_END_SECONDS):
                await self._process.wait()
                await self._listening
        except TimeoutError:
            log.exception("decoding child does not end", pid=self.pid)
            self._listening.cancel()
        metrics.CHILDREN.dec()

    @property
    def last_words(self) -> str:
        """What it wrote to its standard error."""
        return "\n".join(self._last_words)

    async def _listen(self) -> None:
        stderr = self._process.stderr
        assert stderr is not None  # noqa: S101 - it was asked for
        while chunk := await stderr.read(4096):
            self._last_words.extend(chunk.decode(errors="replace").splitlines())


class PyAvDecoder:
    """Decodes with PyAV in a child process, one for each job.

    Starting a child takes a fifth of a second, so one is kept waiting.
    """

    def __init__(self, memory_bytes: int) -> None:
        self._memory_bytes = memory_bytes
        self._spare: asyncio.Task[Child] | None = None

    async def __aenter__(self) -> Self:
        self._spare = asyncio.create_task(Child.start())
        await asyncio.shield(self._spare)  # a worker that cannot decode must not start
        return self

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        spare, self._spare = self._spare, None
        if spare is not None:
            with suppress(ChildLost, OSError):
                await (await spare).kill()

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
    ) -> ExtractReport:
        """Hand the frames that answer `samples` to `on_frame`, in time order."""
        job = ExtractJob(
            size_bytes=source.size,
            limits=self._child_limits(limits),
            samples=samples,
            output=output,
        )
        conversation = _ExtractConversation(samples, on_frame)
        longest = max(limits.max_pixels * _MAX_BYTES_PER_PIXEL + _MAX_FRAME_OVERHEAD, MAX_NOTE)
        await self._run(source, job, limits, conversation, longest)
        return conversation.result()

    def _child_limits(self, limits: DecodeLimits) -> ChildLimits:
        return ChildLimits(
            memory_bytes=self._memory_bytes,
            cpu_seconds=ceil(limits.seconds) * _CPU_SECONDS_PER_SECOND,
            max_pixels=limits.max_pixels,
        )

    async def _take_child(self) -> Child:
        """The waiting child, or a new one; another is started to wait."""
        spare, self._spare = self._spare, asyncio.create_task(Child.start())
        if spare is not None:
            child = await spare
            if child.is_running:
                return child
            await child.kill()
        return await Child.start()

    async def _run(
        self,
        source: ByteSource,
        job: Job,
        limits: DecodeLimits,
        conversation: "_Conversation",
        longest: int,
    ) -> None:
        child = await self._take_child()
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
    while True:
        kind, body = await child.receive(longest)
        match kind:
            case Kind.READ:
                await child.send(Kind.DATA, await _read(source, body))
            case Kind.FAILED:
                note = FailureNote.model_validate_json(body)
                raise Failure(note.reason, note.detail)
            case Kind.END:
                await conversation.hear(kind, body)
                return
            case _:
                await conversation.hear(kind, body)


async def _read(source: ByteSource, request: bytes) -> bytes:
    if len(request) != READ_REQUEST.size:
        raise ChildBroken("read request")
    offset, length = READ_REQUEST.unpack(request)
    if length > MAX_READ or offset + length > source.size:
        raise ChildBroken(f"read of {length} bytes at {offset}")
    return await source.read(offset, length)


class _ScanConversation:
    """Collects the tables of a scan."""

    def __init__(self) -> None:
        self._facts: StreamFacts | None = None
        self._timestamps: list[bytes] = []
        self._keyframes: list[bytes] = []
        self._frames = 0

    async def hear(self, kind: Kind, body: bytes) -> None:
        match kind:
            case Kind.STREAM:
                self._facts = StreamFacts.model_validate_json(body)
            case Kind.TIMESTAMPS:
                if len(body) % _TIMESTAMP_BYTES:
                    raise ChildBroken("a part of a timestamp")
                self._frames += len(body) // _TIMESTAMP_BYTES
                self._timestamps.append(body)
            case Kind.KEYFRAMES:
                self._keyframes.append(body)
            case Kind.END:
                return
            case _:
                raise ChildBroken(f"{kind} in a scan")
        if self._frames > MAX_TIMESTAMPS or len(self._keyframes) > len(self._timestamps):
            raise ChildBroken("too many timestamps")

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

    def __init__(self, samples: Samples, on_frame: OnFrame) -> None:
        self._on_frame = on_frame
        self._frames_left = (
            None if isinstance(samples, SampleSpan) else len(samples.times) + _EXTRA_FRAMES
        )
        self._latest: Fraction | None = None
        self._end: EndNote | None = None

    async def hear(self, kind: Kind, body: bytes) -> None:
        match kind:
            case Kind.FRAME:
                await self._on_frame(self._frame(body))
            case Kind.END:
                self._end = EndNote.model_validate_json(body)
            case _:
                raise ChildBroken(f"{kind} in an extraction")

    def result(self) -> ExtractReport:
        assert self._end is not None  # noqa: S101 - a conversation without an end has raised
        return ExtractReport(self._end.engine, self._end.warnings)

    def _frame(self, body: bytes) -> EncodedFrame:
        if len(body) < FRAME_HEADER_LENGTH.size:
            raise ChildBroken("short frame")
        (length,) = FRAME_HEADER_LENGTH.unpack_from(body)
        begin = FRAME_HEADER_LENGTH.size
        header = FrameHeader.model_validate_json(body[begin : begin + length])
        if self._latest is not None and header.time <= self._latest:
            raise ChildBroken("frames out of order")
        self._latest = header.time
        if self._frames_left is not None:
            self._frames_left -= 1
            if self._frames_left < 0:
                raise ChildBroken("more frames than samples")
        return EncodedFrame(header.pts, header.time, header.samples, body[begin + length :])


async def _death(child: Child, seconds: float) -> Failure:
    """Why a child ended without a word."""
    try:
        code = await child.ended()
    except TimeoutError:
        code = 0
    if code == -signal.SIGXCPU:
        return _time_limit(seconds)
    log.warning("decoding child ended", code=code, stderr=child.last_words[-2000:])
    # Nothing in a file can send SIGKILL: it came from outside, and another attempt may do better.
    return _crash(permanent=code != -signal.SIGKILL)


def _crash(*, permanent: bool = True) -> Failure:
    return Failure(
        Reason.DECODER_CRASHED,
        "The decoder crashed on this video; the file may be damaged.",
        permanent=permanent,
    )


def _time_limit(seconds: float) -> Failure:
    return Failure(
        Reason.TIME_LIMIT,
        f"Decoding a part of this video took longer than the limit of {seconds:,.0f} seconds.",
    )
