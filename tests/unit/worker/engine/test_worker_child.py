"""The child's side: its file object over the socket."""

import socket
import struct
import threading
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from io import SEEK_CUR, SEEK_END
from pathlib import Path
from typing import NoReturn

import pytest
from fixtures.clips import make_clip
from fotograma_contracts.readable import container_names
from fotograma_contracts.reasons import Reason
from fotograma_contracts.recipe import Output
from fotograma_contracts.samples import SampleTimes
from fotograma_worker.engine import child as child_module
from fotograma_worker.engine.child import PYAV, Channel, Engine, ParentGone, RemoteFile, work
from fotograma_worker.findings import Finding
from fotograma_worker.protocol import (
    HEADER,
    MAX_READ,
    READ_REQUEST,
    ChildLimits,
    ExtractJob,
    FailureNote,
    FaultNote,
    Kind,
    ScanJob,
)
from hypothesis import given
from hypothesis import strategies as st

DATA = bytes(range(251)) * 6000


class Parent(threading.Thread):
    """Answers reads until the socket closes, and remembers them."""

    def __init__(self, connection: socket.socket) -> None:
        super().__init__(daemon=True)
        self._file = connection.makefile("rwb")
        self.reads: list[tuple[int, int]] = []

    def run(self) -> None:
        with self._file:
            while header := self._file.read(HEADER.size):
                _, length = HEADER.unpack(header)
                offset, size = READ_REQUEST.unpack(self._file.read(length))
                self.reads.append((offset, size))
                body = DATA[offset : offset + size]
                self._file.write(HEADER.pack(Kind.DATA, len(body)) + body)
                self._file.flush()


@pytest.fixture(scope="module")
def parent() -> Iterator[tuple[Parent, Channel]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        parent = Parent(ours)
        parent.start()
        yield parent, Channel(theirs.fileno())
        theirs.shutdown(socket.SHUT_RDWR)
        parent.join(5)


@given(st.lists(st.tuples(st.integers(0, len(DATA) + 9), st.integers(0, 2 * MAX_READ)), max_size=9))
def test_remote_file_reads_like_a_file(
    parent: tuple[Parent, Channel], reads: list[tuple[int, int]]
) -> None:
    file = RemoteFile(parent[1], len(DATA))
    for offset, size in reads:
        assert file.seek(offset) == offset
        assert file.read(size) == DATA[offset : offset + size]
        assert file.tell() == max(offset, min(len(DATA), offset + size))
    assert all(size <= MAX_READ for _, size in parent[0].reads)


def test_remote_file_seeks_like_a_file(parent: tuple[Parent, Channel]) -> None:
    file = RemoteFile(parent[1], len(DATA))
    assert file.seek(-10, SEEK_END) == len(DATA) - 10
    assert file.read(100) == DATA[-10:]
    assert file.read(100) == b""
    assert file.seek(-5, SEEK_CUR) == len(DATA) - 5
    assert file.seek(-5) == 0


def test_remote_file_joins_small_reads(parent: tuple[Parent, Channel]) -> None:
    file = RemoteFile(parent[1], len(DATA))
    parent[0].reads.clear()
    while file.read(4096):
        continue
    assert len(parent[0].reads) < 8


class Listener(threading.Thread):
    """Serves a file and keeps what else the child says."""

    def __init__(self, connection: socket.socket, data: bytes) -> None:
        super().__init__(daemon=True)
        self._file = connection.makefile("rwb")
        self._data = data
        self.received: list[tuple[Kind, bytes]] = []

    def run(self) -> None:
        with self._file:
            while header := self._file.read(HEADER.size):
                kind, length = HEADER.unpack(header)
                body = self._file.read(length)
                if kind != Kind.READ:
                    self.received.append((Kind(kind), body))
                    continue
                offset, size = READ_REQUEST.unpack(body)
                data = self._data[offset : offset + size]
                self._file.write(HEADER.pack(Kind.DATA, len(data)) + data)
                self._file.flush()


def messages_of(
    data: bytes, job: ScanJob | ExtractJob, engine: Engine = PYAV
) -> list[tuple[Kind, bytes]]:
    """What a child says while it works on `data`."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        listener = Listener(ours, data)
        listener.start()
        work(Channel(theirs.fileno()), job.model_copy(update={"size_bytes": len(data)}), engine)
        theirs.shutdown(socket.SHUT_RDWR)
        listener.join(5)
    return listener.received


LIMITS = ChildLimits(memory_bytes=1 << 30, cpu_seconds=10, max_pixels=1_000_000)
SCAN = ScanJob(size_bytes=0, limits=LIMITS)
EXTRACT = ExtractJob(
    size_bytes=0,
    limits=LIMITS,
    samples=SampleTimes(times=(Fraction(1), Fraction(3, 2))),
    output=Output(),
)


def test_work_sends_a_scan_in_messages(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4").read_bytes()
    kinds = [kind for kind, _ in messages_of(clip, SCAN)]
    assert kinds == [Kind.STREAM, Kind.TIMESTAMPS, Kind.KEYFRAMES, Kind.END]


def test_work_sends_frames_in_messages(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4").read_bytes()
    kinds = [kind for kind, _ in messages_of(clip, EXTRACT)]
    assert kinds == [Kind.FRAME, Kind.FRAME, Kind.END]


def test_work_sends_a_failure_note() -> None:
    (only,) = messages_of(b"text " * 100, SCAN)
    assert only[0] is Kind.FAILED
    refusal = FailureNote.model_validate_json(only[1]).refusal()
    assert refusal.reason is Reason.NOT_A_VIDEO
    assert all(name in refusal.detail for name in container_names())


def test_work_sends_a_memory_limit_failure_for_a_failed_allocation(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object) -> NoReturn:
        raise RuntimeError("deflate: no memory")

    failing = replace(PYAV, scan=fail)
    monkeypatch.setattr(child_module, "memory_is_short", lambda: True)
    (only,) = messages_of(b"x", SCAN, failing)
    assert FailureNote.model_validate_json(only[1]).finding is Finding.MEMORY_LIMIT


def test_work_sends_a_fault_note_for_an_exception_of_its_own() -> None:
    """Its class and place are told, and not its message, which may quote the file."""

    def fail(*_: object) -> NoReturn:
        raise ValueError("private words")

    (only,) = messages_of(b"x", SCAN, replace(PYAV, scan=fail))
    assert only[0] is Kind.FAULT
    note = FaultNote.model_validate_json(only[1])
    assert note.error == "builtins.ValueError"
    assert note.places[-1].startswith("test_worker_child.py:")
    assert b"private" not in only[1]


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        HEADER.pack(Kind.DATA, 0),
        HEADER.pack(Kind.DATA, 100) + b"short",
        HEADER.pack(Kind.DATA, 11) + b"eleven long",
        HEADER.pack(Kind.JOB, 10) + b"0123456789",
        struct.pack(">B", Kind.DATA),
    ],
)
def test_channel_raises_parent_gone_for_a_wrong_answer(answer: bytes) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.sendall(answer)
        ours.shutdown(socket.SHUT_WR)
        with pytest.raises(ParentGone):
            RemoteFile(Channel(theirs.fileno()), 10).read(10)
