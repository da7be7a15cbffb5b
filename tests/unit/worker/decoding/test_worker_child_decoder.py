"""The parent's side of decoding, with real children."""

import asyncio
import os
import signal
import struct
import sys
from collections.abc import AsyncIterator
from fractions import Fraction
from pathlib import Path

import pytest
from fixtures.clips import decode_image, make_clip, read_number
from fixtures.decoders import pyav_decoder
from fotograma_contracts.reasons import Reason
from fotograma_contracts.recipe import Output
from fotograma_contracts.samples import SampleGrid, SampleSpan
from fotograma_kit.s3 import StoreUnavailable
from fotograma_worker import metrics
from fotograma_worker.decoding.child_decoder import ChildDecoder
from fotograma_worker.decoding.engines import PYAV
from fotograma_worker.decoding.port import DecodeLimits
from fotograma_worker.decoding.processes import (
    Child,
    ForkServer,
    ForkServerDown,
    ProtocolError,
)
from fotograma_worker.decoding.sandboxes import KernelSandbox
from fotograma_worker.errors import Failure
from fotograma_worker.protocol import (
    EncodedFrame,
    Kind,
)

MIB = 1 << 20
LIMITS = DecodeLimits(max_pixels=10_000_000, seconds=30)
GRID = SampleGrid(origin=Fraction(0), step=Fraction(1), first=0, last=2)
ALL = SampleSpan(start=Fraction(0), end=None, keyframes_only=False)


class Bytes:
    """A source in memory. It may fail, and says how much was read."""

    def __init__(self, data: bytes, error: Exception | None = None) -> None:
        self.size = len(data)
        self.bytes_read = 0
        self._data = data
        self._error = error

    async def read(self, offset: int, length: int) -> bytes:
        if self._error is not None:
            raise self._error
        self.bytes_read += length
        return self._data[offset : offset + length]


@pytest.fixture
async def decoder() -> AsyncIterator[ChildDecoder]:
    async with pyav_decoder(1024 * MIB) as decoder:
        yield decoder


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return make_clip(tmp_path_factory.mktemp("clip") / "a.mp4").read_bytes()


class Frames(list[EncodedFrame]):
    async def add(self, frame: EncodedFrame) -> None:
        self.append(frame)


async def test_decoder_scans_and_extracts_in_a_child(decoder: ChildDecoder, clip: bytes) -> None:
    scan = await decoder.scan(Bytes(clip), LIMITS)
    assert (len(scan.timestamps), scan.facts.codec) == (50, "h264")
    assert scan.duration == 2
    frames = Frames()
    report = await decoder.extract(Bytes(clip), GRID, Output(), LIMITS, frames.add)
    assert [read_number(decode_image(frame.data)) for frame in frames] == [0, 25]
    assert [frame.samples for frame in frames] == [(0,), (1,)]  # type: ignore[comparison-overlap]
    assert report.warnings == ()
    assert report.engine["av"]


async def test_extract_late_segment_reads_only_a_part_of_the_file(
    decoder: ChildDecoder, tmp_path: Path
) -> None:
    path = make_clip(tmp_path / "a.mp4", seconds=30, fps=10, size=(480, 270), noise=40, gop=10)
    source = Bytes(path.read_bytes())
    assert source.size > 8 * MIB
    late = SampleGrid(origin=Fraction(0), step=Fraction(1), first=25, last=27)
    frames = Frames()
    await decoder.extract(source, late, Output(), LIMITS, frames.add)
    assert [read_number(decode_image(frame.data)) for frame in frames] == [250, 260]
    assert source.bytes_read < source.size / 3


async def test_scan_raises_the_childs_failure(decoder: ChildDecoder) -> None:
    with pytest.raises(Failure) as failed:
        await decoder.scan(Bytes(b"text " * 1000), LIMITS)
    assert failed.value.reason is Reason.NOT_A_VIDEO
    assert failed.value.permanent


async def test_scan_raises_store_unavailable_unchanged(decoder: ChildDecoder, clip: bytes) -> None:
    with pytest.raises(StoreUnavailable):
        await decoder.scan(Bytes(clip, StoreUnavailable("503")), LIMITS)


async def test_extract_raises_the_on_frame_callbacks_error(
    decoder: ChildDecoder, clip: bytes
) -> None:
    async def fail(_frame: EncodedFrame) -> None:
        raise StoreUnavailable("503")

    with pytest.raises(StoreUnavailable):
        await decoder.extract(Bytes(clip), GRID, Output(), LIMITS, fail)


async def test_extract_beyond_the_wall_clock_is_a_time_limit_failure(
    decoder: ChildDecoder, clip: bytes
) -> None:
    async def never(_frame: EncodedFrame) -> None:
        await asyncio.Event().wait()

    limits = DecodeLimits(max_pixels=LIMITS.max_pixels, seconds=1)
    with pytest.raises(Failure) as failed:
        await decoder.extract(Bytes(clip), GRID, Output(), limits, never)
    assert failed.value.reason is Reason.TIME_LIMIT


async def test_extract_beyond_the_memory_is_a_memory_limit_failure(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "large.mp4", seconds=1, fps=2, size=(3840, 2160)).read_bytes()
    async with pyav_decoder(100 * MIB) as decoder:
        with pytest.raises(Failure) as failed:
            await decoder.extract(Bytes(clip), ALL, Output(), LIMITS, Frames().add)
    assert failed.value.reason is Reason.MEMORY_LIMIT


@pytest.mark.parametrize(("number", "permanent"), [(signal.SIGKILL, False), (signal.SIGSEGV, True)])
async def test_killed_child_is_a_permanent_failure_unless_killed_from_outside(
    monkeypatch: pytest.MonkeyPatch, clip: bytes, number: signal.Signals, *, permanent: bool
) -> None:
    """What comes from outside may pass; what the file did to the decoder will happen again."""
    started: list[Child] = []
    start = Child.start

    async def remember(server: ForkServer) -> Child:
        started.append(await start(server))
        return started[-1]

    monkeypatch.setattr(Child, "start", remember)

    class Killing(Bytes):
        """Kills the child while it waits for what it asked for."""

        async def read(self, offset: int, length: int) -> bytes:
            os.kill(started[-1].pid, number)
            return await super().read(offset, length)

    async with pyav_decoder(1024 * MIB) as decoder:
        with pytest.raises(Failure) as failed:
            await decoder.extract(Killing(clip), GRID, Output(), LIMITS, Frames().add)
    assert failed.value.reason is Reason.DECODER_CRASHED
    assert failed.value.permanent is permanent


async def test_children_wait_for_a_place(clip: bytes) -> None:
    """Where memory holds one, the second starts when the first has ended, and its time begins."""
    running, most = 0, 0

    class Counted(Bytes):
        """Knows how many decode at once."""

        async def read(self, offset: int, length: int) -> bytes:
            nonlocal most
            most = max(most, running_children())
            return await super().read(offset, length)

    def running_children() -> int:
        return int(metrics.CHILDREN._value.get()) - running

    async with ChildDecoder(PYAV, KernelSandbox(), 1024 * MIB, at_once=1) as decoder:
        running = int(metrics.CHILDREN._value.get())
        frames = [Frames() for _ in range(3)]
        async with asyncio.TaskGroup() as tasks:
            for each in frames:
                work = decoder.extract(Counted(clip), GRID, Output(), LIMITS, each.add)
                tasks.create_task(work)
    assert most == 1
    assert all(frames)


async def test_cancelled_extract_kills_the_child(decoder: ChildDecoder, clip: bytes) -> None:
    busy = asyncio.Event()

    class Silent(Bytes):
        """Lets the child wait for what it asked for."""

        async def read(self, _offset: int, _length: int) -> bytes:
            busy.set()
            await asyncio.Event().wait()
            return b""

    silent = Silent(clip)
    work = asyncio.create_task(decoder.extract(silent, GRID, Output(), LIMITS, Frames().add))
    await busy.wait()
    assert len(children_of(decoder)) == 1
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert not children_of(decoder)


def children_of(decoder: ChildDecoder) -> list[str]:
    server = decoder._fork_server.pid
    return Path(f"/proc/{server}/task/{server}/children").read_text().split()


async def test_decoder_without_a_fork_server_does_not_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(ForkServerDown):
        async with pyav_decoder(1024 * MIB):
            pass


async def test_receive_bounds_messages_of_a_real_socket(decoder: ChildDecoder) -> None:
    child = await Child.start(decoder._fork_server)
    try:
        child._reader.feed_data(struct.pack(">BI", Kind.FRAME, 1 << 30))
        with pytest.raises(ProtocolError):
            await child.receive(1 << 20)
        child._reader.feed_data(struct.pack(">BI", 200, 0))
        with pytest.raises(ProtocolError):
            await child.receive(1 << 20)
    finally:
        await child.kill()
