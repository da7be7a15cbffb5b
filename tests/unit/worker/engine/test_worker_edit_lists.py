"""What an edit list shows, however many edits it has."""

from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from fixtures.against_oracle import RELAXED, check_any_recipe
from fixtures.clips import make_clip, read_number
from fixtures.extraction import extract_file, extract_samples, plan_file, scan_file
from fixtures.oracle import read_truth
from fixtures.sample_tables import Edit, rewrite_samples, write_edits
from fixtures.sizes import by_size
from fotograma_contracts.reasons import WarningCode
from fotograma_contracts.recipe import (
    AllFrames,
    AtTimes,
    EveryInterval,
    Keyframes,
    Recipe,
    Sampling,
    SceneChanges,
)
from fotograma_worker.engine.reading import FrameReader
from hypothesis import given, settings
from hypothesis import strategies as st

TICKS = 512
"""Of a frame, at 25 frames and 12,800 ticks a second."""
EACH = EveryInterval(seconds=Fraction(1, 25))
OVERLAPPING = [
    ([(0, 3), (28, 38), (75, 2), (78, 2)], 5),
    ([(0, 1), (28, 38), (75, 2), (79, 1)], 12),
]
"""Edits, some of whose frames libavformat gives times of the edit before, and the frames of a
group."""


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


@pytest.mark.parametrize("sampling", [AllFrames(), EACH, Keyframes()], ids=lambda each: each.mode)
@pytest.mark.parametrize(("edits", "gop"), OVERLAPPING)
def test_segments_of_edits_that_overlap_equal_the_oracle(
    tmp_path: Path, edits: list[tuple[int, int]], gop: int, sampling: Sampling
) -> None:
    """A segment that begins where times repeat shows the frame that comes first in the file."""
    clip = edited(tmp_path / "a.mp4", edits, gop=gop)
    truth, recipe = read_truth(clip), Recipe(sampling=sampling)
    expected = [i for i, _ in truth.chosen(recipe)]
    extracted = extract_file(clip, recipe, segment_work_seconds=1e-9)
    assert [frame.pts for frame in extracted.frames] == [truth.pts[i] for i in expected]
    assert extracted.numbers == [read_number(truth.images[i]) for i in expected]
    told = {WarningCode.TIMES_REPEAT} if isinstance(sampling, AllFrames) else set()
    assert {warning.code for warning in extracted.warnings} == told


def test_scenes_of_edits_that_overlap_lack_no_frame(tmp_path: Path) -> None:
    edits, gop = OVERLAPPING[1]
    clip = edited(tmp_path / "a.mp4", edits, gop=gop)
    assert extract_file(clip, Recipe(sampling=SceneChanges())).warnings == ()


def test_a_segment_of_edits_that_overlap_begins_in_mid_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = edited(tmp_path / "a.mp4", [(3, 30), (45, 45)], gop=5)
    assert scan_file(clip).facts.overlap
    (segment,) = plan_file(clip, Recipe(sampling=AtTimes(times=(Fraction(5, 2),)))).segments
    decode, decoded = FrameReader._decode, 0

    def counting(self: FrameReader, packet: Any) -> Any:
        nonlocal decoded
        decoded += 1
        return decode(self, packet)

    monkeypatch.setattr(FrameReader, "_decode", counting)
    assert len(extract_samples(clip, segment.samples).frames) == 1
    assert decoded < 40


def test_edits_without_reordering_do_not_overlap(tmp_path: Path) -> None:
    clip = edited(tmp_path / "a.mp4", OVERLAPPING[0][0], gop=5, bframes=0)
    assert scan_file(clip).facts.overlap == 0
    shown = extract_file(clip, Recipe(sampling=AllFrames()), segment_work_seconds=1e-9)
    assert shown.numbers == [*range(3), *range(28, 66), 75, 76, 78, 79]
    assert shown.warnings == ()


def _check_edits(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 4))
    cuts = sorted(data.draw(st.sets(st.integers(0, 98), min_size=2 * count, max_size=2 * count)))
    edits = [(cuts[i], cuts[i + 1] - cuts[i]) for i in range(0, 2 * count, 2)]
    gop, bframes = data.draw(st.sampled_from([5, 12, 100])), data.draw(st.sampled_from([0, 2]))
    with TemporaryDirectory(prefix="fotograma-edits-") as folder:
        clip = edited(Path(folder) / "a.mp4", edits, gop=gop, bframes=bframes)
        check_any_recipe(clip, read_truth(clip), data)


@settings(max_examples=by_size(3, 20, 20), derandomize=True, suppress_health_check=RELAXED)
@given(data=st.data())
def test_extract_of_an_edit_list_equals_the_oracle(data: st.DataObject) -> None:
    _check_edits(data)


@pytest.mark.long
@pytest.mark.timeout(1800)
@settings(max_examples=200, suppress_health_check=RELAXED)
@given(data=st.data())
def test_extract_of_an_edit_list_equals_the_oracle_often(data: st.DataObject) -> None:
    _check_edits(data)
