"""Of a file that breaks off, every whole frame is extracted, up to the last."""

from pathlib import Path

import av
import pytest
from fixtures.clips import make_clip, truncate
from fixtures.extraction import extract_file, extract_samples
from fotograma_contracts.recipe import AllFrames, Recipe
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


@pytest.mark.parametrize("keep", _CUTS)
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
    truncate(clip, (second.pos + second.size // 2) / clip.stat().st_size)
    assert extract_file(clip, Recipe(sampling=AllFrames())).numbers == [0]
