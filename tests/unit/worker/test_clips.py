"""The clip generator: what it says about its clips is true."""

from fractions import Fraction
from pathlib import Path

import av
import pytest
from fixtures.clips import corrupt, draw_number, make_audio, make_clip, read_number, truncate


@pytest.mark.parametrize("number", [0, 1, 255, 256, 43_690, 65_535])
@pytest.mark.parametrize("size", [(32, 16), (320, 180), (1000, 700)])
def test_clip_numbers_are_read_back(number: int, size: tuple[int, int]) -> None:
    assert read_number(draw_number(number, size, noise=40)) == number


def test_clip_number_of_a_garbled_picture_raises() -> None:
    picture = draw_number(7, (320, 180))
    picture[:45, :40] = 255 - picture[:45, :40]
    with pytest.raises(ValueError, match="not a numbered frame"):
        read_number(picture)


def test_make_clip_has_the_frames_times_and_keyframes_asked_for(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mkv", seconds=2, fps=10, gop=5, audio=True, first_number=100)
    with av.open(str(clip)) as container:
        assert len(container.streams.audio) == 1
        packets = list(container.demux(video=0))
        assert sum(packet.is_keyframe for packet in packets) == 4
    with av.open(str(clip)) as container:
        frames = list(container.decode(video=0))
    assert [read_number(frame.to_ndarray(format="rgb24")) for frame in frames] == [*range(100, 120)]
    assert [frame.time for frame in frames] == pytest.approx([n / 10 for n in range(20)])


def test_make_clip_has_a_variable_frame_rate(tmp_path: Path) -> None:
    times = [Fraction(0), Fraction(1, 3), Fraction(4)]
    with av.open(str(make_clip(tmp_path / "a.mp4", times=times))) as container:
        frames = list(container.decode(video=0))
    assert [frame.time for frame in frames] == pytest.approx([0, 1 / 3, 4])


def test_make_audio_has_no_video(tmp_path: Path) -> None:
    with av.open(str(make_audio(tmp_path / "a.m4a", seconds=1))) as container:
        assert [stream.type for stream in container.streams] == ["audio"]


def test_truncate_and_corrupt_damage_a_clip(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4")
    whole = clip.read_bytes()
    corrupt(clip, 0.5, 0.75)
    assert len(clip.read_bytes()) == len(whole)
    assert clip.read_bytes()[: len(whole) // 2] == whole[: len(whole) // 2]
    assert clip.read_bytes() != whole
    truncate(clip, 0.5)
    assert clip.stat().st_size == len(whole) // 2
