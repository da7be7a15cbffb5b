"""Decoding little: that it is done, what it saves, and what makes it give up."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from fixtures.clips import corrupt, make_clip, read_number
from fixtures.extraction import extract_samples
from fixtures.zoo import ZOO
from fotograma_contracts.samples import SampleTimes
from fotograma_worker.engine import pruning
from fotograma_worker.engine.media import Video, discard_other_streams, open_video
from fotograma_worker.engine.pruning import GaveUp, PrunedReader, can_prune
from fotograma_worker.sampling import Clock

FRAME = Fraction(1, 25)
PRUNED = [
    name
    for name in ZOO
    if name.endswith((".mp4", ".mov", ".mkv", ".webm", ".ts"))
    and not any(kind in name for kind in ("interlaced", "vp8", "vfr", "qtrle"))
]
"""Not VP8, whose invisible frames have packets and times of their own, and not QuickTime Animation,
whose decoder calls no frame a keyframe.
"""


class Opened:
    """A clip, and what the decoder was given of it."""

    def __init__(self, path: Path) -> None:
        self.file = path.open("rb")
        self.video: Video = open_video(self.file, 1 << 26)
        discard_other_streams(self.video)
        stream = self.video.stream
        packets: Any = self.video.container.demux(stream)
        first = next(frame for packet in packets for frame in packet.decode())
        assert first.pts is not None
        self.clock = Clock(self.video.time_base, first.pts)

    def reader(self, *times: Fraction) -> PrunedReader:
        return PrunedReader(self.video, self.clock, times)

    def close(self) -> None:
        self.video.container.close()
        self.file.close()


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Any]:
    """Opens clips of the zoo, or files."""
    everything: list[Opened] = []

    def open_one(clip: str | Path) -> Opened:
        path = clip if isinstance(clip, Path) else ZOO[clip](tmp_path / clip)
        everything.append(Opened(path))
        return everything[-1]

    yield open_one
    for each in everything:
        each.close()


@pytest.fixture
def fed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The timestamps of the packets that the decoder is given."""
    packets: list[int] = []
    feed = PrunedReader._feed

    def noting(self: PrunedReader, entry: Any) -> Any:
        packets.append(entry.packet.pts)
        return feed(self, entry)

    monkeypatch.setattr(PrunedReader, "_feed", noting)
    return packets


@pytest.mark.parametrize("name", PRUNED)
def test_pruning_does_not_give_up_on_a_sound_clip(name: str, opened: Any) -> None:
    clip = opened(name)
    assert can_prune(clip.video)
    times = [k * Fraction(7, 100) for k in range(11 if "one-frame" not in name else 1)]
    reader = clip.reader(*times)
    answers = list(reader.answers())
    assert [time for answer in answers for time in answer.samples] == times
    assert not reader.unanswered


def test_pruning_decodes_only_the_wanted_groups(
    tmp_path: Path, opened: Any, fed: list[int]
) -> None:
    path = make_clip(tmp_path / "a.mp4", seconds=10, gop=25, size=(160, 96))
    clip = opened(path)
    times = (Fraction("2.2"), Fraction(6), Fraction("9.96"))
    answers = list(clip.reader(*times).answers())
    numbers = [read_number(answer.frame.to_ndarray(format="gray")) for answer in answers]
    assert numbers == [55, 150, 249]
    shown = sorted(round(clip.clock.seconds(pts) / FRAME) for pts in fed)
    assert len(fed) < 40
    assert not [n for n in shown if n < 50 or 60 < n < 150 or 155 < n < 225]


def test_pruning_seeks_instead_of_reading_on(
    tmp_path: Path, opened: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make_clip(tmp_path / "a.mp4", seconds=60, fps=10, gop=10, size=(64, 48))
    clip = opened(path)
    read = 0
    grouped = PrunedReader._grouped

    def counting(self: PrunedReader, packets: Any) -> Any:
        def counted() -> Any:
            nonlocal read
            for packet in packets:
                read += 1
                yield packet

        return grouped(self, counted())

    monkeypatch.setattr(PrunedReader, "_grouped", counting)
    answers = list(clip.reader(Fraction(1), Fraction(30), Fraction(59)).answers())
    assert [clip.clock.seconds(answer.timestamp) for answer in answers] == [1, 30, 59]
    assert read < 200


def test_pruning_decodes_leading_pictures_from_the_group_before(
    opened: Any, fed: list[int]
) -> None:
    """Frame 23 is shown before the keyframe that is stored before it."""
    clip = opened("hevc-cra.mp4")
    stream = clip.video.stream
    clip.video.container.seek(0, stream=stream)
    packets = [packet for packet in clip.video.container.demux(stream) if packet.size]
    keys = [i for i, packet in enumerate(packets) if packet.is_keyframe]
    leading = [
        packet.pts
        for i, packet in enumerate(packets)
        if i > keys[2] and packet.pts < packets[keys[2]].pts
    ]
    assert leading
    time = clip.clock.seconds(leading[0])
    (answer,) = clip.reader(time).answers()
    assert answer.timestamp == leading[0]
    assert packets[keys[1]].pts in fed


def test_pruning_gives_up_on_interlaced_frames(opened: Any) -> None:
    clip = opened("h264-interlaced.mp4")
    reader = clip.reader(Fraction(0), Fraction(1))
    with pytest.raises(GaveUp, match="neighbours"):
        list(reader.answers())
    assert reader.unanswered == (0, 1)


def test_pruning_gives_up_on_a_frame_that_is_not_output(tmp_path: Path, opened: Any) -> None:
    path = make_clip(tmp_path / "hole.mp4", seconds=6, noise=20, gop=10, faststart=True)
    clip = opened(corrupt(path, 0.4, 0.6))
    times = [Fraction(k) / 5 for k in range(30)]
    reader = clip.reader(*times)
    answers = []
    with pytest.raises(GaveUp):
        answers.extend(reader.answers())
    for answer in answers:
        assert all(
            0 <= time - clip.clock.seconds(answer.timestamp) < FRAME for time in answer.samples
        )
    assert set(reader.unanswered) | {t for a in answers for t in a.samples} == set(times)


def test_pruning_gives_up_on_groups_too_long_to_hold(
    opened: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pruning, "_MAX_BUFFERED_BYTES", 1000)
    with pytest.raises(GaveUp, match="too long"):
        list(opened("h264-long-gop.mp4").reader(Fraction(1)).answers())


def test_extraction_answers_what_pruning_gave_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pruning, "_MAX_BUFFERED_PACKETS", 20)
    path = make_clip(tmp_path / "a.mp4", seconds=4, gop=50)
    times = tuple(Fraction(k, 3) for k in range(12))
    assert extract_samples(path, SampleTimes(times=times)).numbers == [
        k * 25 // 3 for k in range(12)
    ]
