"""What an edit list shows, however many edits it has."""

from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from fixtures.against_oracle import RELAXED, check_any_recipe
from fixtures.clips import make_clip
from fixtures.extraction import extract_file
from fixtures.oracle import read_truth
from fixtures.sample_tables import Edit, rewrite_samples, write_edits
from fotograma_contracts.reasons import WarningCode
from fotograma_contracts.recipe import AllFrames, AtTimes, EveryInterval, Recipe
from hypothesis import given, settings
from hypothesis import strategies as st

TICKS = 512
"""Of a frame, at 25 frames and 12,800 ticks a second."""


def edited(path: Path, edits: list[tuple[int, int]], *, gop: int = 12, bframes: int = 2) -> Path:
    """A hundred frames, of which ranges are shown, each by its first frame and its number."""
    make_clip(path, seconds=4, size=(160, 96), gop=gop, bframes=bframes)
    rewrite_samples(path, lambda samples: samples)
    first = TICKS * min(bframes, 2)
    return write_edits(path, [Edit(first + begin * TICKS, n * TICKS) for begin, n in edits])


def test_extract_answers_behind_the_second_edit(tmp_path: Path) -> None:
    clip = edited(tmp_path / "a.mp4", [(8, 20), (53, 30)])
    shown = [*range(8, 28), *range(53, 83)]
    assert extract_file(clip, Recipe(sampling=AllFrames())).numbers == shown
    interval = Recipe(sampling=EveryInterval(seconds=Fraction(3, 25)))
    extracted = extract_file(clip, interval)
    assert extracted.numbers == shown[::3]
    assert extracted.samples == [time * 1 for time in extracted.times]


def test_extract_tells_of_an_edit_that_libavformat_times_before_another(tmp_path: Path) -> None:
    """It gives frame 13 the time of a later one: then 16 is early, and not without a keyframe."""
    clip = edited(tmp_path / "a.mp4", [(13, 1), (16, 1)], gop=5)
    every = extract_file(clip, Recipe(sampling=AllFrames()))
    assert every.numbers == [13]
    assert [warning.code for warning in every.warnings] == [WarningCode.TIMES_REPEAT]
    assert extract_file(clip, Recipe(sampling=AtTimes(times=(Fraction(0),)))).warnings == ()


def _check_edits(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 4))
    cuts = sorted(data.draw(st.sets(st.integers(0, 98), min_size=2 * count, max_size=2 * count)))
    edits = [(cuts[i], cuts[i + 1] - cuts[i]) for i in range(0, 2 * count, 2)]
    gop, bframes = data.draw(st.sampled_from([5, 12, 100])), data.draw(st.sampled_from([0, 2]))
    with TemporaryDirectory(prefix="fotograma-edits-") as folder:
        clip = edited(Path(folder) / "a.mp4", edits, gop=gop, bframes=bframes)
        check_any_recipe(clip, read_truth(clip), data)


@settings(max_examples=15, derandomize=True, suppress_health_check=RELAXED)
@given(data=st.data())
def test_extract_of_an_edit_list_equals_the_oracle(data: st.DataObject) -> None:
    _check_edits(data)


@pytest.mark.long
@pytest.mark.timeout(1800)
@settings(max_examples=200, suppress_health_check=RELAXED)
@given(data=st.data())
def test_extract_of_an_edit_list_equals_the_oracle_often(data: st.DataObject) -> None:
    _check_edits(data)
