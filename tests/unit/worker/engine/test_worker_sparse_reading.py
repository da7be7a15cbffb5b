"""Of a video of which little is wanted, little is read; and the frames are the same."""

import io
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from fixtures.clips import decode_image, make_clip, read_number
from fixtures.extraction import frames_of
from fixtures.sizes import few
from fotograma_contracts.recipe import Output
from fotograma_contracts.samples import Samples, SampleSpan, SampleTimes
from fotograma_worker.engine import reading
from fotograma_worker.engine.child import Channel, RemoteFile
from fotograma_worker.engine.media import BUFFER_SIZE, SeekableFile
from fotograma_worker.engine.pyav_engine import Extraction
from fotograma_worker.engine.scanning import scan
from fotograma_worker.protocol import READ_REQUEST, ChildLimits, ExtractJob, Kind, ScanJob

FPS, GOP, SECONDS = 25, 50, 24
LARGE = ("clip.mp4", "clip.open.mp4")
"""Clips with an index, and so much between keyframes that it is worth a jump."""
FAR = pytest.mark.parametrize("clip", ["mp4", "open.mp4"], indirect=True)
LIMITS = ChildLimits(
    memory_bytes=1 << 30, cpu_seconds=60, max_pixels=1 << 26, sandbox_required=False
)


class CountedFile(io.BytesIO):
    """A file that remembers which of its bytes were read."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self._is_read = bytearray(len(data))

    def read(self, size: int | None = -1, /) -> bytes:
        begin = self.tell()
        data = super().read(size)
        self._is_read[begin : begin + len(data)] = b"\1" * len(data)
        return data

    @property
    def share(self) -> float:
        """How much of it was read."""
        return sum(self._is_read) / len(self._is_read)


class Fetching(Channel):
    """A channel to a parent that has the file, and counts what is asked for."""

    def __init__(self, data: bytes) -> None:
        self.file = CountedFile(data)
        self.requests = 0
        self._answer = b""

    def send(self, kind: Kind, *body: bytes | memoryview) -> None:
        assert kind is Kind.READ
        offset, length = READ_REQUEST.unpack(b"".join(body))
        self.file.seek(offset)
        self._answer = self.file.read(length)
        self.requests += 1

    def receive(self, expected: Kind, limit: int) -> bytes:
        assert expected is Kind.DATA
        assert len(self._answer) <= limit
        return self._answer


def numbers_of(file: SeekableFile, size: int, samples: Samples) -> list[int]:
    """The numbers of the frames."""
    job = ExtractJob(size_bytes=size, limits=LIMITS, samples=samples, output=Output())
    extraction = Extraction(file, job)
    numbers = [read_number(decode_image(f.data)) for f in frames_of(extraction.encoded())]
    assert extraction.warnings() == ()
    return numbers


def extracted(path: Path, samples: Samples) -> tuple[list[int], float]:
    """The numbers of the frames, and how much of the file was read."""
    file = CountedFile(path.read_bytes())
    return numbers_of(file, path.stat().st_size, samples), file.share


@pytest.fixture(scope="module", params=few(["mp4", "hevc.mp4", "open.mp4", "mkv"], 2))
def clip(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """24 seconds with a keyframe every two."""
    options: dict[str, Any] = {
        "open.mp4": {"options": {"x264-params": "open-gop=1:bframes=3"}},
        "hevc.mp4": {"codec": "libx265"},
    }
    kind = request.param
    path = tmp_path_factory.mktemp("sparse") / f"clip.{kind}"
    return make_clip(
        path, seconds=SECONDS, fps=FPS, gop=GOP, noise=40, audio=1, **options.get(kind, {})
    )


@pytest.mark.parametrize("first", [Fraction(0), Fraction("1.3"), Fraction("1.99")])
def test_wanted_frames_far_apart_are_found_without_what_lies_between(
    clip: Path, first: Fraction
) -> None:
    """Wherever they are in their groups: at a keyframe, within, or among the last."""
    times = tuple(first + 10 * n for n in range(3))
    numbers, share = extracted(clip, SampleTimes(times=times))
    assert numbers == [int(time * FPS) for time in times]
    if clip.name in LARGE:
        assert share < 0.5


def fetched(path: Path, times: tuple[Fraction, ...]) -> Fetching:
    """What is asked for where the file is far away."""
    data = path.read_bytes()
    channel = Fetching(data)
    numbers = numbers_of(RemoteFile(channel, len(data)), len(data), SampleTimes(times=times))
    assert numbers == [int(time * FPS) for time in times]
    return channel


@pytest.mark.parametrize("first", [Fraction(0), Fraction("1.3")])
@FAR
def test_far_file_is_asked_once_for_each_jump_and_for_little_beyond(
    clip: Path, first: Fraction
) -> None:
    times = tuple(first + 10 * n for n in range(3))
    _, share = extracted(clip, SampleTimes(times=times))
    one, all_of_them = fetched(clip, times[:1]), fetched(clip, times)
    assert all_of_them.requests <= one.requests + 2
    assert all_of_them.file.share <= share + 6 * BUFFER_SIZE / clip.stat().st_size


@FAR
def test_scan_of_a_far_file_asks_for_its_index_and_first_packets(clip: Path) -> None:
    data = clip.read_bytes()
    channel = Fetching(data)
    found = scan(RemoteFile(channel, len(data)), ScanJob(size_bytes=len(data), limits=LIMITS))
    assert len(found.timestamps) == FPS * SECONDS
    assert channel.file.share < 0.08


def test_wanted_frames_that_are_near_each_other_are_all_found(clip: Path) -> None:
    """Several in a group, some in the next, and a lone one far behind."""
    times = tuple(map(Fraction, ("0.5", "0.54", "1.9", "2", "5", "5.8", "14.02", "23.96")))
    numbers, _ = extracted(clip, SampleTimes(times=times))
    assert numbers == [int(time * FPS) for time in times]


def test_keyframes_are_found_without_what_lies_between(
    clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_SKIPPED_BYTES", 1 << 14)  # HEVC's groups are small here
    numbers, share = extracted(
        clip, SampleSpan(start=Fraction(0), end=Fraction(SECONDS), keyframes_only=True)
    )
    assert numbers[:2] == [0, GOP]
    assert numbers == list(range(0, FPS * SECONDS, GOP))
    if clip.name in LARGE:
        assert share < 0.6


@pytest.mark.parametrize("gop", [1, 2, 3, 7])
def test_no_keyframe_is_skipped_where_many_lie_close(tmp_path: Path, gop: int) -> None:
    path = make_clip(tmp_path / "a.mp4", seconds=4, fps=FPS, gop=gop, size=(640, 360), noise=40)
    numbers, _ = extracted(
        path, SampleSpan(start=Fraction(0), end=Fraction(4), keyframes_only=True)
    )
    assert numbers == list(range(0, 100, gop))
