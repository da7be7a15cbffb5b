"""Keyframes are decoded each on its own, two at a time, and no more of them than are wanted."""

from collections.abc import Iterator
from contextlib import closing
from fractions import Fraction
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from fixtures.clips import make_clip
from fixtures.extraction import extract_samples
from fotograma_contracts.samples import SampleSpan
from fotograma_worker.engine import lone_keyframes
from fotograma_worker.engine.lone_keyframes import LoneKeyframe, decoded_alone
from fotograma_worker.engine.media import Video, another_decoder, open_video
from fotograma_worker.engine.reading import FrameReader, Packets, keyframes_of, packets_of

TOGETHER_SECONDS = 20


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """Eight keyframes, half a second apart."""
    return make_clip(tmp_path / "clip.mp4", seconds=4, gop=12, faststart=True, noise=10)


@pytest.fixture
def video(clip: Path) -> Iterator[Video]:
    with clip.open("rb") as file:
        opened = open_video(file, 1 << 26)
        yield opened
        opened.container.close()


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The timestamps of the packets that are decoded."""
    timestamps: list[int] = []
    decode = lone_keyframes._decode

    def noting(decoders: Any, packet: Any) -> Any:
        timestamps.append(packet.pts)
        return decode(decoders, packet)

    monkeypatch.setattr(lone_keyframes, "_decode", noting)
    return timestamps


def in_order(video: Video) -> Iterator[LoneKeyframe]:
    return decoded_alone(video, keyframes_of(video, Packets(packets_of(video)), 0))


def test_keyframes_come_in_order_and_whole(video: Video) -> None:
    reader = FrameReader(video)
    shown = [(each.timestamp, reader.alone(each)) for each in in_order(video)]
    assert len(shown) == 9
    assert [at for at, _ in shown] == sorted({at for at, _ in shown})
    assert all(frame is not None and frame.timestamp == at for at, frame in shown)


def test_two_keyframes_are_decoded_at_a_time(video: Video, monkeypatch: pytest.MonkeyPatch) -> None:
    both, decode = Barrier(2, timeout=TOGETHER_SECONDS), lone_keyframes._decode

    def together(decoders: Any, packet: Any) -> Any:
        both.wait()  # breaks unless another one is being decoded
        return decode(decoders, packet)

    monkeypatch.setattr(lone_keyframes, "_decode", together)
    with closing(in_order(video)) as keyframes:  # type: ignore[type-var]
        assert len(next(keyframes).frames.result()) == 1
        both.abort()


def test_large_keyframes_are_decoded_one_by_one(
    video: Video, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lone_keyframes, "_MAX_PIXELS_BESIDE", 320 * 180 - 1)
    opened: list[Video] = []

    def another(each: Video) -> Any:
        opened.append(each)
        return another_decoder(each)

    monkeypatch.setattr("fotograma_worker.engine.lone_keyframes.another_decoder", another)
    assert len(list(in_order(video))) == 9
    assert opened == [video]


def test_no_keyframe_beyond_the_end_is_decoded(clip: Path, decoded: list[int]) -> None:
    span = SampleSpan(start=Fraction(0), end=Fraction(1), keyframes_only=True)
    extracted = extract_samples(clip, span)
    assert extracted.numbers == [0, 12, 24]
    assert decoded == [frame.pts for frame in extracted.frames]


def test_a_break_is_noted_behind_the_last_keyframe(video: Video) -> None:
    """Who gives up before, and decodes everything, comes upon it again."""

    def until_a_break() -> Iterator[Any]:
        yield from keyframes_of(video, Packets(packets_of(video)), 0)
        video.damage += 1

    damage = [video.damage for _ in decoded_alone(video, until_a_break())]
    assert damage == [0] * 9
    assert video.damage == 1
