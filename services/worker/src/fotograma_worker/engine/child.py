"""The decoding child process, forked by `fotograma_worker.engine.forkserver`.

It decodes one file and exits. It has no credentials and needs no network and no files: it requests
the bytes of the source from the worker over a socket, and sends its results back. In its sandbox it
can import nothing: what it needs is imported here.
"""

import os
import socket
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from io import SEEK_CUR, SEEK_END, SEEK_SET, FileIO
from pathlib import Path
from typing import Protocol, assert_never

from fotograma_worker.engine.late_imports import LateImports
from fotograma_worker.engine.media import SeekableFile, memory_failure, memory_is_short
from fotograma_worker.engine.output import Encoded
from fotograma_worker.engine.pyav_engine import Extraction
from fotograma_worker.engine.sandbox.enter import enter_sandbox
from fotograma_worker.engine.sandbox.linux import die_with
from fotograma_worker.engine.scanning import ScanResult, scan
from fotograma_worker.engine.thumbnails import Poster, SpriteSheet
from fotograma_worker.engine.versions import engine_versions
from fotograma_worker.errors import SandboxMissing
from fotograma_worker.findings import Refusal
from fotograma_worker.protocol import (
    FRAME_HEADER_LENGTH,
    HEADER,
    JOB,
    MAX_FAULT_LINES,
    MAX_NOTE,
    MAX_READ,
    MAX_SYMBOL,
    NOT_IN_SYMBOLS,
    READ_REQUEST,
    TIMESTAMPS_PER_CHUNK,
    UNSANDBOXED,
    EncodedFrame,
    EndNote,
    ExtractJob,
    FailureNote,
    FaultNote,
    FrameHeader,
    Job,
    Kind,
    SandboxNote,
    ScanJob,
    SelfTestJob,
    SpriteSheetHeader,
    WarningNote,
    message,
)

_LEAST_READ, _MOST_READ = 64 << 10, 512 << 10
"""Bytes that are requested at once: after a jump, and where the file is read on and on."""
_MAX_TRACEBACK_BYTES = 4096

_DONE, _FAILED = 0, 1


class ParentGone(Exception):
    """The parent closed the socket or broke the protocol."""


class ExtractionInChild(Protocol):
    """Frames being extracted. Methods raise `Refusal`."""

    def encoded(self) -> Iterator[Encoded]: ...
    def warnings(self) -> tuple[WarningNote, ...]: ...

    @property
    def frames_seen(self) -> int | None: ...


@dataclass(frozen=True)
class Engine:
    """The functions of an engine."""

    scan: Callable[[SeekableFile, ScanJob], ScanResult]
    extraction: Callable[[SeekableFile, ExtractJob], ExtractionInChild]
    versions: dict[str, str]
    """Versions of the packages and libraries that the bytes of frames depend on."""


PYAV = Engine(scan, Extraction, engine_versions())  # versions are read from the packages' files


class Channel:
    """The child's end of the socket, by `read` and `write`: the sandbox allows no other calls."""

    def __init__(self, descriptor: int) -> None:
        self._file = FileIO(descriptor, "r+", closefd=False)

    def send(self, kind: Kind, *body: bytes | memoryview) -> None:
        """Send one message, waiting while the socket's buffer is full."""
        for part in message(kind, *body):
            rest = memoryview(part)
            while rest:
                rest = rest[self._file.write(rest) :]

    def receive(self, expected: Kind, limit: int) -> bytes:
        """Wait for a message of the expected kind. Raises `ParentGone`."""
        kind, length = HEADER.unpack(self._receive_exactly(HEADER.size))
        if kind != expected or length > limit:
            raise ParentGone(f"unexpected message {kind} of {length} bytes")
        return self._receive_exactly(length)

    def _receive_exactly(self, length: int) -> bytes:
        data = bytearray(length)
        view, filled = memoryview(data), 0
        while filled < length:
            received = self._file.readinto(view[filled:])
            if not received:
                raise ParentGone("end of stream")
            filled += received
        return bytes(data)


class RemoteFile:
    """The source as a file object: reading it requests bytes from the parent."""

    def __init__(self, channel: Channel, size: int) -> None:
        self._channel = channel
        self._size = size
        self._position = 0
        self._buffer = b""
        self._buffer_start = 0
        self._at_once = _LEAST_READ
        self._expected = range(0)

    def expect(self, begin: int, end: int) -> None:
        """Who comes to read in this range reads on to its end, and then perhaps elsewhere."""
        self._expected = range(begin, end)

    def read(self, size: int) -> bytes:
        """Read up to `size` bytes; fewer only at the end of the file."""
        size = max(0, min(size, self._size - self._position))
        parts = []
        while size:
            part = self._buffered(size) or self._fetch(size)
            parts.append(part)
            size -= len(part)
            self._position += len(part)
        return b"".join(parts)

    def seek(self, offset: int, whence: int = SEEK_SET) -> int:
        """Set the position."""
        base = {SEEK_SET: 0, SEEK_CUR: self._position, SEEK_END: self._size}[whence]
        self._position = max(0, base + offset)
        return self._position

    def tell(self) -> int:
        """The position."""
        return self._position

    def _buffered(self, size: int) -> bytes:
        at = self._position - self._buffer_start
        return self._buffer[at : at + size] if 0 <= at < len(self._buffer) else b""

    def _fetch(self, size: int) -> bytes:
        follows = self._position == self._buffer_start + len(self._buffer)
        self._at_once = min(2 * self._at_once, _MOST_READ) if follows else _LEAST_READ
        wished = self._at_once
        if self._position in self._expected:
            wished = self._expected.stop - self._position
        length = min(max(size, wished), MAX_READ, self._size - self._position)
        self._channel.send(Kind.READ, READ_REQUEST.pack(self._position, length))
        self._buffer = self._channel.receive(Kind.DATA, length)
        self._buffer_start = self._position
        if not self._buffer:
            raise ParentGone("no data")
        return self._buffer[:size]


def work(
    channel: Channel,
    job: ScanJob | ExtractJob,
    engine: Engine = PYAV,
    late_imports: Sequence[str] = (),
) -> None:
    """Run one job and send its end note, failure note or fault note.

    `late_imports` grows while it runs: what could not be imported may be why it failed.
    """
    source = RemoteFile(channel, job.size_bytes)
    try:
        if isinstance(job, ScanJob):
            _scan(channel, engine.scan(source, job), late_imports)
        else:
            _extract(channel, engine.extraction(source, job), engine.versions, late_imports)
    except (ParentGone, BrokenPipeError, ConnectionResetError):
        raise
    except Exception as error:  # noqa: BLE001 - the worker is told of every one
        # Every library has its own error for a failed allocation.
        if not isinstance(error, Refusal) and (isinstance(error, MemoryError) or memory_is_short()):
            error = memory_failure()
        if isinstance(error, Refusal) and not late_imports:
            _send_failure(channel, error)
        else:
            _send_fault(channel, error, late_imports)


def _scan(channel: Channel, result: ScanResult, late_imports: Sequence[str]) -> None:
    channel.send(Kind.STREAM, result.facts.model_dump_json().encode())
    for chunk in _chunks(len(result.timestamps)):
        channel.send(Kind.TIMESTAMPS, result.timestamps[chunk].astype("<i8").tobytes())
        channel.send(Kind.KEYFRAMES, result.keyframes[chunk].astype("u1").tobytes())
    _send_end(channel, EndNote(late_imports=_symbols(late_imports)))


def _chunks(length: int) -> Iterator[slice]:
    for first in range(0, length, TIMESTAMPS_PER_CHUNK):
        yield slice(first, first + TIMESTAMPS_PER_CHUNK)


def _extract(
    channel: Channel,
    extraction: ExtractionInChild,
    versions: dict[str, str],
    late_imports: Sequence[str],
) -> None:
    for each in extraction.encoded():
        match each:
            case EncodedFrame():
                _send_frame(channel, each)
            case SpriteSheet():
                _send_sheet(channel, each)
            case Poster(data):
                channel.send(Kind.POSTER, data)
            case _:
                assert_never(each)
    note = EndNote(
        engine=versions,
        warnings=extraction.warnings(),
        late_imports=_symbols(late_imports),
        frames_seen=extraction.frames_seen,
    )
    _send_end(channel, note)


def _send_frame(channel: Channel, frame: EncodedFrame) -> None:
    header = FrameHeader(pts=frame.pts, time=frame.time, samples=frame.samples)
    encoded = header.model_dump_json().encode()
    channel.send(Kind.FRAME, FRAME_HEADER_LENGTH.pack(len(encoded)), encoded, frame.data)


def _send_sheet(channel: Channel, sheet: SpriteSheet) -> None:
    header = SpriteSheetHeader(
        columns=sheet.columns,
        tile_width=sheet.tile.width,
        tile_height=sheet.tile.height,
        pts=sheet.pts,
    )
    encoded = header.model_dump_json().encode()
    channel.send(Kind.SHEET, FRAME_HEADER_LENGTH.pack(len(encoded)), encoded, sheet.data)


def _send_failure(channel: Channel, refusal: Refusal) -> None:
    note = FailureNote(finding=refusal.finding, values=refusal.values)
    channel.send(Kind.FAILED, note.model_dump_json().encode())


def _send_end(channel: Channel, note: EndNote) -> None:
    channel.send(Kind.END, note.model_dump_json().encode())


def _send_fault(channel: Channel, error: Exception, late_imports: Sequence[str]) -> None:
    calls = list(traceback.walk_tb(error.__traceback__))
    places = [
        f"{Path(frame.f_code.co_filename).name}:{line}:{frame.f_code.co_name}"
        for frame, line in calls
    ]
    (kind,) = _symbols([f"{type(error).__module__}.{type(error).__qualname__}"])
    note = FaultNote(error=kind, places=_symbols(places), late_imports=_symbols(late_imports))
    channel.send(Kind.FAULT, note.model_dump_json().encode())


def _symbols(names: Sequence[str]) -> tuple[str, ...]:
    """The last names, as they may be logged."""
    return tuple(NOT_IN_SYMBOLS.sub("?", name)[:MAX_SYMBOL] for name in names[-MAX_FAULT_LINES:])


def _test_sandbox(channel: Channel, confined: SandboxNote) -> None:
    """Send what confines this process, and prove it: the last call here must kill it."""
    channel.send(Kind.SANDBOX, confined.model_dump_json().encode())
    if confined.seccomp:
        socket.socket()


def _serve(channel: Channel, parent: int) -> None:
    late = LateImports.refuse()
    die_with(parent)
    job: Job = JOB.validate_json(channel.receive(Kind.JOB, MAX_NOTE))
    confined = enter_sandbox(job.limits, parent)
    if isinstance(job, SelfTestJob):
        _test_sandbox(channel, confined)
    else:
        work(channel, job, late_imports=late.names)


def run(descriptor: int, parent: int) -> int:
    """Run the one job that arrives over a connected socket, and return an exit code.

    `parent` is the process that forked this one.
    """
    try:
        _serve(Channel(descriptor), parent)
    except (ParentGone, BrokenPipeError, ConnectionResetError):
        return _FAILED
    except Exception as error:  # noqa: BLE001 - the process ends here; the worker logs the traceback
        os.write(2, traceback.format_exc().encode()[-_MAX_TRACEBACK_BYTES:])
        return UNSANDBOXED if isinstance(error, SandboxMissing) else _FAILED
    return _DONE
