"""Scene changes, and times in per cent: planned and extracted."""

import subprocess
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from fixtures.clips import Image, encode_pictures, make_clip
from fixtures.extraction import extract_file, plan_file, scan_file
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
    levels = (0, 0, 255, 255, 215, 215)
    assert [round(score(_grey(level)), 2) for level in levels] == [0, 0, 1, 0, 0.4, 0]


def test_scene_score_begins_anew_where_the_size_changes() -> None:
    score = SceneScore()
    small = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 255, np.uint8), format="rgb24")
    assert [score(frame) for frame in (_grey(0), small, small)] == [0, 0, 0]


def test_scene_score_of_continuous_movement_is_low() -> None:
    score = SceneScore()
    scores = [score(_grey(level)) for level in (0, 80, 160, 240)]
    assert scores[1] > 0.3
    assert max(scores[2:]) < 0.01


SLIDES = {
    "red-blue-white-black.mp4": ("libx264", "yuv420p"),
    "four-four-four.mp4": ("libx264", "yuv444p"),
    "ten-bits.mkv": ("libx265", "yuv420p10le"),
    "vp9.webm": ("libvpx-vp9", "yuv420p"),
    "vp8.webm": ("libvpx", "yuv420p"),
    "av1.mp4": ("libsvtav1", "yuv420p"),
    "full-range.avi": ("mjpeg", "yuvj420p"),
    "four-two-two.mov": ("prores_ks", "yuv422p10le"),
    "mpeg2.ts": ("mpeg2video", "yuv420p"),
    "mpeg4.mp4": ("mpeg4", "yuv420p"),
}
"""Ten slide shows, by codec and pixel format. The first one has cuts of known scores, the others
pictures of two colours at random."""


def _slides(name: str) -> list[Image]:
    if name.startswith("red"):
        colours = [(255, 0, 0), (0, 0, 255), (255, 255, 255), (0, 0, 0)]
        return [np.full((96, 160, 3), colour, np.uint8) for colour in colours]
    random = np.random.default_rng(list(SLIDES).index(name))
    halves = random.integers(0, 232, (12, 1, 2, 1, 3), dtype=np.uint8)
    noise = random.integers(0, 24, (12, 96, 2, 80, 3), dtype=np.uint8)
    return [*(halves + noise).reshape(12, 96, 160, 3)]


def _make_slides(path: Path) -> Path:
    """Ten frames of each slide, at 25 frames a second."""
    codec, pixel_format = SLIDES[path.name]
    pictures = [slide for slide in _slides(path.name) for _ in range(10)]
    return encode_pictures(path, pictures, codec=codec, pixel_format=pixel_format)


def _cuts_by_command(path: Path) -> list[int]:
    """The timestamps that FFmpeg's own command selects."""
    chain = "select='gt(scene,0.3)',metadata=print:file=-"
    command = ("ffmpeg", "-v", "error", "-copyts", "-i", str(path), "-vf", chain, "-f", "null", "-")
    printed = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout
    lines = [line.split() for line in printed.splitlines() if line.startswith("frame:")]
    return [int(line[1].removeprefix("pts:")) for line in lines]


@pytest.mark.parametrize("name", SLIDES)
def test_scene_changes_are_those_that_ffmpeg_finds(name: str, tmp_path: Path) -> None:
    path = _make_slides(tmp_path / name)
    recipe = Recipe(sampling=SceneChanges(min_distance=Fraction(0)))
    first, *cuts = [frame.pts for frame in extract_file(path, recipe).frames]
    assert first == scan_file(path).facts.first
    assert cuts == _cuts_by_command(path)
    assert cuts


def test_red_blue_white_and_black_are_four_scenes(tmp_path: Path) -> None:
    path = _make_slides(tmp_path / "red-blue-white-black.mp4")
    recipe = Recipe(sampling=SceneChanges(min_distance=Fraction(0)))
    assert extract_file(path, recipe).times == [0, Fraction(2, 5), Fraction(4, 5), Fraction(6, 5)]


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
    """Numbers 255 and 256 differ in nine of 16 bits, others in five at most."""
    clip = make_clip(tmp_path / "cut.mp4", seconds=4, first_number=206, gop=40)
    recipe = Recipe(sampling=SceneChanges(threshold=0.6))
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
