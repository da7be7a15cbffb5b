"""The parent's side of decoding, with children that say what they must not say."""

import struct
from fractions import Fraction

import numpy as np
import pytest
from fixtures.decoders import pyav_decoder
from fotograma_contracts.reasons import Reason
from fotograma_contracts.recipe import Output
from fotograma_contracts.samples import SampleGrid, SampleSpan
from fotograma_worker import metrics
from fotograma_worker.decoding.child_decoder import ChildDecoder
from fotograma_worker.decoding.port import DecodeLimits
from fotograma_worker.decoding.processes import (
    ChildExited,
    ProtocolError,
)
from fotograma_worker.errors import Failure
from fotograma_worker.findings import Finding
from fotograma_worker.protocol import (
    EncodedFrame,
    EndNote,
    FailureNote,
    FaultNote,
    FrameHeader,
    Kind,
    StreamFacts,
)
from structlog.testing import capture_logs

LIMITS = DecodeLimits(max_pixels=10_000_000, seconds=30)
GRID = SampleGrid(origin=Fraction(0), step=Fraction(1), first=0, last=2)
ALL = SampleSpan(start=Fraction(0), end=None, keyframes_only=False)


class Bytes:
    """A source in memory."""

    def __init__(self, data: bytes) -> None:
        self.size = len(data)
        self._data = data

    async def read(self, offset: int, length: int) -> bytes:
        return self._data[offset : offset + length]


class Frames(list[EncodedFrame]):
    async def add(self, frame: EncodedFrame) -> None:
        self.append(frame)


class FakeChild:
    """Plays back messages."""

    pid = 0
    is_running = True
    stderr_tail = ""

    def __init__(self, *messages: tuple[Kind, bytes]) -> None:
        self._messages = list(messages)
        self.sent: list[tuple[Kind, bytes]] = []
        self.killed = False

    async def send(self, kind: Kind, body: bytes) -> None:
        self.sent.append((kind, body))

    async def receive(self, limit: int) -> tuple[Kind, bytes]:
        if not self._messages:
            raise ChildExited
        kind, body = self._messages.pop(0)
        if len(body) > limit:
            raise ProtocolError
        return kind, body

    async def ended(self) -> int:
        return 1

    async def kill(self) -> None:
        self.killed = True


FACTS = StreamFacts(
    container="mov",
    codec="h264",
    width=2,
    height=2,
    upright_width=2,
    upright_height=2,
    rotation=0,
    time_base=Fraction(1, 10),
    frame_rate=None,
    first=0,
    end=10,
    claimed_end=None,
    furthest_end=10,
)
STREAM = (Kind.STREAM, FACTS.model_dump_json().encode())
END = (Kind.END, EndNote().model_dump_json().encode())


def timestamps(*values: int) -> tuple[Kind, bytes]:
    return Kind.TIMESTAMPS, np.array(values, "<i8").tobytes()


def keyframes(*values: int) -> tuple[Kind, bytes]:
    return Kind.KEYFRAMES, bytes(values)


def frame(time: str, samples: tuple[Fraction, ...] = ()) -> tuple[Kind, bytes]:
    header = FrameHeader(pts=0, time=Fraction(time), samples=samples).model_dump_json().encode()
    return Kind.FRAME, struct.pack(">I", len(header)) + header + b"data"


async def scan_with(monkeypatch: pytest.MonkeyPatch, *messages: tuple[Kind, bytes]) -> FakeChild:
    child = FakeChild(*messages)
    monkeypatch.setattr(ChildDecoder, "_start_child", lambda _self: _ready(child))
    try:
        await pyav_decoder(1).scan(Bytes(b"12345678"), LIMITS)
    finally:
        assert child.killed
    return child


async def _ready(child: FakeChild) -> FakeChild:
    return child


async def test_scan_accepts_a_valid_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    child = await scan_with(
        monkeypatch,
        (Kind.READ, struct.pack(">QI", 2, 4)),
        STREAM,
        timestamps(0, 3),
        keyframes(1, 0),
        END,
    )
    assert child.sent[1] == (Kind.DATA, b"3456")


@pytest.mark.parametrize(
    "messages",
    [
        [(Kind.READ, struct.pack(">QI", 5, 4))],
        [(Kind.READ, struct.pack(">QI", 0, 2 << 20))],
        [(Kind.READ, b"short")],
        [(Kind.JOB, b"")],
        [frame("0")],
        [(Kind.STREAM, b"{}")],
        [(Kind.STREAM, b"x" * (5 << 20))],
        [(Kind.STREAM, STREAM[1].replace(b'"time_base":"1/10"', b'"time_base":"0"'))],
        [(Kind.FAILED, b'{"finding":"because"}')],
        [(Kind.FAILED, b'{"finding":"unsupported_codec"}')],
        [(Kind.FAILED, b'{"finding":"unsupported_codec","values":{"codec":"visit evil.example"}}')],
        [(Kind.FAILED, b'{"finding":"too_many_pixels","values":{"width":"x","height":1}}')],
        [(Kind.FAILED, b'{"finding":"picture","detail":"' + b"x" * 9000 + b'"}')],
        [(Kind.STREAM, STREAM[1].replace(b'"h264"', b'"call 0800 1234"'))],
        [(Kind.STREAM, STREAM[1].replace(b'"mov"', b'"https://evil.example"'))],
        [END],
        [STREAM, END],
        [STREAM, timestamps(0, 3), keyframes(1), END],
        [STREAM, timestamps(3, 0), keyframes(1, 1), END],
        [STREAM, timestamps(0, 0), keyframes(1, 1), END],
        [STREAM, timestamps(1, 3), keyframes(1, 1), END],
        [STREAM, timestamps(0, 10), keyframes(1, 1), END],
        [STREAM, (Kind.TIMESTAMPS, b"1234"), END],
        [STREAM, keyframes(1), END],
        [STREAM, timestamps(), END],
        [STREAM, timestamps(0, 3), (Kind.KEYFRAMES, bytes(1 << 20)), END],
        [],
    ],
)  # fmt: skip
async def test_scan_rejects_a_forged_answer(
    monkeypatch: pytest.MonkeyPatch, messages: list[tuple[Kind, bytes]]
) -> None:
    with pytest.raises(Failure) as failed:
        await scan_with(monkeypatch, *messages)
    assert failed.value.reason is Reason.PROCESSING_FAILED


@pytest.mark.parametrize(
    "messages",
    [
        [frame("1"), frame("1")],
        [frame("1"), frame("0.5")],
        [frame(str(n)) for n in range(60)],
        [(Kind.FRAME, b"")],
        [(Kind.FRAME, struct.pack(">I", 10) + b"{}")],
        [(Kind.FRAME, struct.pack(">I", 5 << 20) + bytes(5 << 20))],
        [frame("1", (Fraction(0), Fraction(1), Fraction(2)))],
        [frame("1", (Fraction(0), Fraction(1))), frame("2", (Fraction(1),))],
        [(Kind.END, b'{"engine":{"x":"' + b"y" * 100 + b'"}}')],
        [(Kind.END, b'{"engine":{"x":"call 0800 1234"}}')],
        [(Kind.END, b'{"warnings":[{"code":"ends_early"}]}')],
        [(Kind.END, b'{"late_imports":["' + b"x" * (17 << 10) + b'"]}')],
        [STREAM],
        [(Kind.POSTER, b"nobody asked for one")],
    ],
)
async def test_extract_rejects_a_forged_answer(
    monkeypatch: pytest.MonkeyPatch, messages: list[tuple[Kind, bytes]]
) -> None:
    child = FakeChild(*messages, END)
    monkeypatch.setattr(ChildDecoder, "_start_child", lambda _self: _ready(child))
    with pytest.raises(Failure) as failed:
        await pyav_decoder(1).extract(Bytes(b"1"), GRID, Output(), LIMITS, Frames().add)
    assert failed.value.reason is Reason.PROCESSING_FAILED
    assert child.killed


@pytest.mark.parametrize(("posters", "is_kept"), [(1, True), (2, False)])
async def test_extract_keeps_the_one_poster(
    monkeypatch: pytest.MonkeyPatch, *, posters: int, is_kept: bool
) -> None:
    async def ignore(_: object) -> None:
        return

    child = FakeChild(*[(Kind.POSTER, b"jpeg")] * posters, END)
    monkeypatch.setattr(ChildDecoder, "_start_child", lambda _self: _ready(child))
    extracting = pyav_decoder(1).extract(Bytes(b"1"), GRID, Output(), LIMITS, ignore, ignore)
    if is_kept:
        assert (await extracting).poster == b"jpeg"
        return
    with pytest.raises(Failure):
        await extracting


@pytest.mark.parametrize("count", [16, 17])
async def test_extract_of_all_frames_bounds_their_number(
    monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    messages = [frame(str(n)) for n in range(100 + count)]
    child = FakeChild(*messages, END)
    monkeypatch.setattr(ChildDecoder, "_start_child", lambda _self: _ready(child))
    limits = DecodeLimits(max_pixels=100, seconds=30, max_frames=100)
    frames = Frames()
    if count == 16:
        await pyav_decoder(1).extract(Bytes(b"1"), ALL, Output(), limits, frames.add)
        assert len(frames) == 116
    else:
        with pytest.raises(Failure):
            await pyav_decoder(1).extract(Bytes(b"1"), ALL, Output(), limits, frames.add)


async def test_scan_bounds_how_much_of_the_source_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a file makes a decoder read again and again would be paid for at the store."""
    monkeypatch.setattr("fotograma_worker.decoding.answers._EXTRA_READ_BYTES", 100)
    reads = [(Kind.READ, struct.pack(">QI", 0, 8))] * (16 + 12)
    await scan_with(monkeypatch, *reads, STREAM, timestamps(0), keyframes(1), END)
    with pytest.raises(Failure):
        await scan_with(monkeypatch, *reads, reads[0], STREAM, timestamps(0), keyframes(1), END)


async def test_fault_note_is_logged_without_a_message_and_blames_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    note = FaultNote(error="builtins.ValueError", places=("media.py:1:_open",))
    faults = metrics.DECODER_FAULTS.labels("exception")
    before = faults._value.get()
    with capture_logs() as logs, pytest.raises(Failure) as failed:
        await scan_with(monkeypatch, (Kind.FAULT, note.model_dump_json().encode()))
    assert failed.value.reason is Reason.PROCESSING_FAILED
    assert not failed.value.permanent
    (entry,) = logs
    assert (entry["log_level"], entry["error"]) == ("error", "builtins.ValueError")
    assert entry["places"] == ("media.py:1:_open",)
    assert faults._value.get() == before + 1


async def test_forged_answer_is_logged_without_what_it_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    forged = (Kind.STREAM, b'{"container":["private words"]}')
    with capture_logs() as logs, pytest.raises(Failure):
        await scan_with(monkeypatch, forged)
    assert logs
    assert "private words" not in str(logs)


async def test_failure_note_is_told_in_our_words(monkeypatch: pytest.MonkeyPatch) -> None:
    note = FailureNote(finding=Finding.SOUND_ONLY)
    with pytest.raises(Failure, match="sound but no picture"):
        await scan_with(monkeypatch, (Kind.FAILED, note.model_dump_json().encode()))
