"""Of a file that breaks off, every whole frame is extracted, up to the last."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest
from fixtures.clips import make_clip, truncate
from fixtures.extraction import extract_file, extract_samples
from fixtures.sizes import few
from fotograma_contracts.reasons import WarningCode
from fotograma_contracts.recipe import AllFrames, Keyframes, PerSecond, Recipe, Sampling
from fotograma_contracts.samples import SampleTimes

_CUTS = [0.42, 0.5, 0.61, 0.77]


def decodable(path: Path) -> list[int]:
    """The timestamps of the frames that a decoder of one thread gives, past errors."""
    found: list[int | None] = []
    with av.open(path) as container:
        stream = container.streams.video[0]
        stream.thread_type = "NONE"
        packets = container.demux(stream)
        while True:
            try:
                packet = next(packets)
                found.extend(frame.pts for frame in packet.decode())
            except StopIteration:
                return [pts for pts in found if pts is not None]
            except av.error.FFmpegError:
                continue


@pytest.mark.parametrize("keep", few(_CUTS, 1))
@pytest.mark.parametrize("name", ["a.mp4", "a.flv", "a.mkv", "a.mov"])
def test_extract_all_gives_the_last_whole_frames_before_a_break(
    tmp_path: Path, name: str, keep: float
) -> None:
    is_mp4 = name.endswith(("mp4", "mov"))
    clip = make_clip(tmp_path / name, seconds=4, noise=20, bframes=3, faststart=is_mp4)
    extracted = extract_file(truncate(clip, keep), Recipe(sampling=AllFrames()))
    expected = decodable(clip)
    assert [frame.pts for frame in extracted.frames] == expected
    assert extracted.numbers == [round(time * 25) for time in extracted.times]


def test_extract_answers_with_the_last_whole_frame_before_a_break(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", seconds=4, noise=20, bframes=3, faststart=True)
    last = decodable(truncate(clip, 0.6))[-1]
    whole = extract_file(clip, Recipe(sampling=AllFrames())).frames[-1]
    assert whole.pts == last
    (answer,) = extract_samples(clip, SampleTimes(times=(whole.time,))).frames
    assert (answer.pts, answer.data) == (whole.pts, whole.data)


def test_scan_finds_the_only_whole_frame_before_a_break(tmp_path: Path) -> None:
    """The error of the second frame must not cost the first."""
    clip = make_clip(tmp_path / "a.mp4", seconds=1, noise=20, bframes=0, faststart=True)
    with av.open(clip) as container:
        second = container.streams.video[0].index_entries[1]
        middle = second.pos + second.size // 2  # an entry lives as long as its file is open
    truncate(clip, middle / clip.stat().st_size)
    assert extract_file(clip, Recipe(sampling=AllFrames())).numbers == [0]


@pytest.mark.parametrize(
    ("name", "sampling"),
    [
        ("a.mkv", AllFrames()),
        ("a.mkv", PerSecond(fps=Fraction(25))),
        ("a.ts", AllFrames()),
        ("a.ts", Keyframes()),
    ],
)
@pytest.mark.middle
def test_last_frame_of_which_half_is_there_is_called_damaged(
    tmp_path: Path, name: str, sampling: Sampling
) -> None:
    """A decoder of several threads tells of it once it is done with the frame."""
    cut = with_last_frame_cut(tmp_path / name)
    for _ in range(12):
        codes = {each.code for each in extract_file(cut, Recipe(sampling=sampling)).warnings}
        assert WarningCode.DAMAGED_FRAMES in codes


def with_last_frame_cut(path: Path) -> Path:
    """Three groups of pictures, of which the last is half a keyframe."""
    whole = make_clip(path.with_name(f"whole{path.suffix}"), gop=10, noise=20)
    with av.open(whole) as container, av.open(path, "w") as out:
        stream = out.add_stream_from_template(container.streams.video[0])
        keyframes = 0
        for packet in container.demux(video=0):
            keyframes += packet.is_keyframe
            is_last = keyframes == 3
            part: av.Packet[Any] = av.Packet(bytes(packet)[: packet.size // (1 + is_last)])
            part.pts, part.dts, part.time_base = packet.pts, packet.dts, packet.time_base
            part.is_keyframe, part.stream = packet.is_keyframe, stream
            out.mux(part)
            if is_last:
                break
    return path
