"""Scene changes, and times in per cent: planned and extracted."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from fixtures.clips import make_clip
from fixtures.extraction import extract_file, plan_file
from fotograma_contracts.reasons import Reason
from fotograma_contracts.recipe import AtTimes, Recipe, SceneChanges
from fotograma_contracts.samples import SampleScenes
from fotograma_worker.engine.scenes import SceneScore
from fotograma_worker.errors import Failure
from fotograma_worker.sampling import Clock, SceneChooser


def _grey(level: int) -> av.VideoFrame:
    return av.VideoFrame.from_ndarray(np.full((90, 160, 3), level, np.uint8), format="rgb24")


def test_scene_score_is_how_much_changed() -> None:
    score = SceneScore()
    assert [round(score(_grey(level)), 2) for level in (0, 0, 255, 255, 128)] == [0, 0, 1, 0, 0.5]


def test_scene_score_of_continuous_movement_is_low() -> None:
    score = SceneScore()
    scores = [score(_grey(level)) for level in (0, 80, 160, 240)]
    assert scores[1] > 0.3
    assert max(scores[2:]) < 0.01


def _chosen(scores: Sequence[float], start: int = 0, distance: int = 0) -> list[int]:
    scenes = SampleScenes(
        start=Fraction(start), end=Fraction(9), threshold=0.5, min_distance=Fraction(distance)
    )
    chooser: SceneChooser[int] = SceneChooser(
        scenes, Clock(Fraction(1), 0), lambda frame: scores[frame]
    )
    return [answer.frame for n in range(len(scores)) for answer in chooser.push(n, n)]


def test_scene_chooser_gives_the_first_frame_and_each_new_scene() -> None:
    assert _chosen([0, 0, 0.5, 0.4, 1]) == [0, 2, 4]
    assert _chosen([0, 1, 0, 1], start=2) == [2, 3]
    assert _chosen([0, 1, 1, 1, 1, 1], distance=2) == [0, 2, 4]
    assert _chosen([0] * 9 + [1, 1]) == [0]


def test_scene_changes_find_the_cuts(tmp_path: Path) -> None:
    """Numbers 255 and 256 differ in nine of 16 bits, 0 and 1 in one."""
    clip = make_clip(tmp_path / "cut.mp4", seconds=4, first_number=206, gop=40)
    recipe = Recipe(sampling=SceneChanges())
    plan = plan_file(clip, recipe, segment_work_seconds=1e-9)
    assert len(plan.segments) == 1
    assert plan.sample_count is None
    assert plan.frames_at_most == 4
    extracted = extract_file(clip, recipe)
    assert extracted.numbers == [206, 256]
    assert extracted.times == [0, 2]


def test_scene_changes_beyond_the_time_limit_are_refused(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", seconds=2)
    with pytest.raises(Failure) as refused:
        plan_file(clip, Recipe(sampling=SceneChanges()), segment_time_limit_seconds=0.001)
    assert refused.value.reason is Reason.TIME_LIMIT
    assert "shorter range" in refused.value.detail


def test_times_in_per_cent_are_of_the_duration(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", seconds=4)
    recipe = Recipe(sampling=AtTimes(times=("0%", "50%", Fraction(1), "25%", "100%")))
    extracted = extract_file(clip, recipe)
    assert extracted.numbers == [0, 25, 50, 99]
    assert extracted.samples == [0, 1, 2, 4]
    assert extracted.warnings == ()
