"""A file may mark the wrong packets as keyframes: no frame is garbled for it."""

from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from fixtures.against_oracle import RELAXED, check_any_recipe
from fixtures.clips import make_clip
from fixtures.extraction import extract_file, extract_samples
from fixtures.oracle import read_truth
from fixtures.sample_tables import rewrite_samples
from fixtures.sizes import by_size
from fotograma_contracts.recipe import EveryInterval, Keyframes, Recipe
from fotograma_contracts.samples import SampleTimes
from hypothesis import given, settings
from hypothesis import strategies as st

CODECS = ["mpeg4", "h263", "mpeg2video", "libx264", "libx265"]
GOP = 15
MARKED = {0, 7, 22, 37, 52, 67}
"""Of 75 frames; only the first is a keyframe."""


def with_false_marks(folder: Path, codec: str, marked: set[int]) -> Path:
    """Three seconds, with keyframes at every fifteenth frame, and others marked as such."""
    path = folder / ("a.3gp" if codec == "h263" else "a.mp4")
    make_clip(path, seconds=3, size=(176, 144), codec=codec, gop=GOP, bframes=0)
    return rewrite_samples(
        path,
        lambda samples: [
            sample.__class__(sample.size, sample.duration, sample.offset, number in marked)
            for number, sample in enumerate(samples)
        ],
    )


@pytest.mark.parametrize("codec", CODECS)
def test_extract_gives_whole_frames_behind_false_keyframes(tmp_path: Path, codec: str) -> None:
    clip = with_false_marks(tmp_path, codec, MARKED)
    extracted = extract_file(clip, Recipe(sampling=EveryInterval(seconds=Fraction(1, 5))))
    assert extracted.numbers == list(range(0, 75, 5))
    assert extracted.warnings == ()


@pytest.mark.parametrize("codec", CODECS)
def test_extract_of_a_late_segment_gives_whole_frames(tmp_path: Path, codec: str) -> None:
    """What decodes everything must not begin at a false keyframe either."""
    clip = with_false_marks(tmp_path, codec, MARKED)
    times = tuple(Fraction(n, 25) for n in (54, 60, 74))
    assert extract_samples(clip, SampleTimes(times=times)).numbers == [54, 60, 74]


@pytest.mark.parametrize("codec", [codec for codec in CODECS if codec != "libx264"])
def test_extract_keyframes_gives_each_that_is_marked(tmp_path: Path, codec: str) -> None:
    """Of H.264, libavformat looks itself which packets are keyframes."""
    clip = with_false_marks(tmp_path, codec, MARKED)
    extracted = extract_file(clip, Recipe(sampling=Keyframes()))
    assert extracted.numbers == sorted(MARKED)
    assert extracted.warnings == ()


def _check_false_marks(data: st.DataObject) -> None:
    codec = data.draw(st.sampled_from(["mpeg4", "mpeg2video", "libx264"]))
    marked = {0} | data.draw(st.sets(st.integers(1, 74), max_size=10))
    with TemporaryDirectory(prefix="fotograma-marks-") as folder:
        clip = with_false_marks(Path(folder), codec, marked)
        check_any_recipe(clip, read_truth(clip), data)


@settings(max_examples=by_size(3, 20, 20), derandomize=True, suppress_health_check=RELAXED)
@given(data=st.data())
def test_extract_of_false_keyframes_equals_the_oracle(data: st.DataObject) -> None:
    _check_false_marks(data)


@pytest.mark.long
@pytest.mark.timeout(1800)
@settings(max_examples=200, suppress_health_check=RELAXED)
@given(data=st.data())
def test_extract_of_false_keyframes_equals_the_oracle_often(data: st.DataObject) -> None:
    _check_false_marks(data)
