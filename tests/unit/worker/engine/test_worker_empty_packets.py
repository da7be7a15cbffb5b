"""An empty packet within a file is no end: what follows it is decoded."""

from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

import av
import pytest
from fixtures.against_oracle import RELAXED, check_any_recipe
from fixtures.clips import make_clip
from fixtures.extraction import extract_file, extract_samples, scan_file
from fixtures.oracle import read_truth
from fixtures.sample_tables import Sample, rewrite_samples
from fixtures.sizes import by_size
from fotograma_contracts.recipe import AllFrames, EveryInterval, Recipe
from fotograma_contracts.samples import SampleTimes
from hypothesis import given, settings
from hypothesis import strategies as st

_SIZE = (160, 96)


def with_empty_samples(path: Path, at: set[int], codec: str = "mpeg4") -> Path:
    """Fifty frames, and samples without a byte before those at these positions."""
    make_clip(path, seconds=2, size=_SIZE, codec=codec, bframes=0, gop=12)

    def insert(samples: list[Sample]) -> list[Sample]:
        rows: list[Sample] = []
        for number, sample in enumerate(samples):
            if number in at:
                rows.append(Sample(0, sample.duration, 0, is_sync=False))
            rows.append(sample)
        return rows

    return rewrite_samples(path, insert)


def with_dropped_frames(path: Path) -> Path:
    """An AVI that leaves out frames, for each of which it holds a chunk without a byte."""
    whole = make_clip(path.with_suffix(".whole.avi"), seconds=2, size=_SIZE, codec="mpeg4", gop=12)
    with av.open(whole) as container, av.open(path, "w") as out:
        stream = out.add_stream_from_template(container.streams.video[0])
        for packet in container.demux(container.streams.video[0]):
            if packet.size and packet.dts is not None:
                packet.dts += 3 * (packet.dts // 10)
                packet.pts = packet.dts
                packet.stream = stream
                out.mux(packet)
    return path


def _has_empty_packets(path: Path) -> bool:
    with av.open(path) as container:
        return any(not p.size and p.dts is not None for p in container.demux(video=0))


def test_extract_all_goes_on_after_an_empty_packet(tmp_path: Path) -> None:
    clip = with_empty_samples(tmp_path / "a.mp4", {10, 11, 30})
    assert _has_empty_packets(clip)
    extracted = extract_file(clip, Recipe(sampling=AllFrames()))
    assert extracted.numbers == list(range(50))
    assert [time * 25 for time in extracted.times] == sorted({*range(53)} - {10, 12, 32})
    assert extracted.warnings == ()


def test_extract_answers_after_an_empty_packet(tmp_path: Path) -> None:
    clip = with_empty_samples(tmp_path / "a.mp4", {10, 11, 30})
    extracted = extract_file(clip, Recipe(sampling=EveryInterval(seconds=Fraction(1, 5))))
    assert extracted.numbers == [0, 5, 9, 13, 18, 23, 28, 32, 37, 42, 47]


def test_extract_goes_on_after_an_empty_packet_of_an_interlaced_video(tmp_path: Path) -> None:
    """Decoding everything is another way than by what is wanted."""
    path = tmp_path / "a.mp4"
    make_clip(path, seconds=2, size=_SIZE, interlaced=True, bframes=0, codec="mpeg4", noise=30)
    rewrite_samples(path, lambda s: [*s[:20], Sample(0, s[0].duration, 0, is_sync=False), *s[20:]])
    times = tuple(Fraction(n, 25) for n in (10, 25, 40))
    assert extract_samples(path, SampleTimes(times=times)).times == list(times)


def test_extract_all_goes_on_after_the_dropped_frames_of_an_avi(tmp_path: Path) -> None:
    clip = with_dropped_frames(tmp_path / "a.avi")
    assert len(scan_file(clip).timestamps) == 50
    extracted = extract_file(clip, Recipe(sampling=AllFrames()))
    assert extracted.numbers == list(range(50))
    assert [time * 25 for time in extracted.times] == [n + 3 * (n // 10) for n in range(50)]
    assert extracted.warnings == ()


def _check_empty_packets(data: st.DataObject) -> None:
    codec = data.draw(st.sampled_from(["mpeg4", "libx264"]))
    at = data.draw(st.sets(st.integers(1, 49), max_size=8))
    with TemporaryDirectory(prefix="fotograma-empty-") as folder:
        clip = with_empty_samples(Path(folder) / "a.mp4", at, codec)
        check_any_recipe(clip, read_truth(clip), data)


@settings(max_examples=by_size(3, 20, 20), derandomize=True, suppress_health_check=RELAXED)
@given(data=st.data())
def test_extract_of_empty_packets_equals_the_oracle(data: st.DataObject) -> None:
    _check_empty_packets(data)


@pytest.mark.long
@pytest.mark.timeout(900)
@settings(max_examples=200, suppress_health_check=RELAXED)
@given(data=st.data())
def test_extract_of_empty_packets_equals_the_oracle_often(data: st.DataObject) -> None:
    _check_empty_packets(data)
