"""Video without a container has no times: its frames are counted, and it is said so."""

from fractions import Fraction
from pathlib import Path

import pytest
from fixtures.clips import make_clip
from fixtures.extraction import Extracted, extract_file, plan_file, scan_file
from fixtures.field_pairs import make_field_pairs
from fixtures.zoo import COUNTED, ZOO
from fotograma_contracts.reasons import WarningCode
from fotograma_contracts.recipe import AllFrames, AtTimes, Keyframes, Recipe

NTSC = Fraction(30_000, 1001)
CODECS = {"a.h264": "libx264", "a.hevc": "libx265", "a.m1v": "mpeg1video", "a.m2v": "mpeg2video"}
_OPEN_H264 = {
    "x264-params": "scenecut=0:b-adapt=0:open-gop=1:b-pyramid=none:keyint=12:min-keyint=1"
}
_OPEN_PYRAMID = {
    "x264-params": "scenecut=0:b-adapt=0:open-gop=1:b-pyramid=normal:keyint=12:min-keyint=1"
}
_OPEN_HEVC = {
    "x265-params": "log-level=none:keyint=12:min-keyint=12:bframes=4:open-gop=1:scenecut=0:"
    "b-adapt=0:b-pyramid=1:pools=1:frame-threads=1"
}


@pytest.mark.parametrize("name", CODECS)
def test_raw_video_is_counted_at_the_rate_that_it_states(tmp_path: Path, name: str) -> None:
    path = make_clip(tmp_path / name, codec=CODECS[name], seconds=1, fps=NTSC, gop=12)
    plan = plan_file(path, Recipe(sampling=AllFrames()))
    assert plan.probe.frame_rate == NTSC
    (warning,) = plan.probe.warnings
    assert warning.code is WarningCode.ASSUMED_RATE
    assert "29.97 a second" in warning.detail
    extracted = extract_file(path, Recipe(sampling=AllFrames()))
    assert extracted.times == [number / NTSC for number in range(len(extracted.frames))]
    assert extracted.numbers == list(range(29))


def test_raw_video_that_states_no_rate_is_counted_at_25_a_second(tmp_path: Path) -> None:
    options = {"x265-params": "log-level=none:vui-timing-info=0:pools=1:frame-threads=1"}
    path = make_clip(tmp_path / "a.hevc", codec="libx265", fps=50, options=options)
    assert plan_file(path).probe.frame_rate == 25
    extracted = extract_file(path, Recipe(sampling=AtTimes(times=(Fraction(1), Fraction(2)))))
    assert extracted.numbers == [25, 50]


def test_two_fields_of_raw_video_are_counted_as_one_frame(tmp_path: Path) -> None:
    path = make_field_pairs(tmp_path / "a.h264", 12)
    extracted = extract_file(path, Recipe(sampling=AllFrames()))
    assert extracted.times == [Fraction(number, 25) for number in range(12)]


@pytest.mark.parametrize("name", sorted({*ZOO} - {*COUNTED}))
def test_no_other_clip_of_the_zoo_has_a_warning(tmp_path: Path, name: str) -> None:
    assert plan_file(ZOO[name](tmp_path / name)).probe.warnings == ()


IN_ORDER = {
    "open-gop.h264": ("libx264", _OPEN_H264),
    "pyramid.h264": ("libx264", _OPEN_PYRAMID),
    "open-gop.hevc": ("libx265", _OPEN_HEVC),
    "b.m1v": ("mpeg1video", {"bf": "2"}),
    "b.m2v": ("mpeg2video", {"bf": "2"}),
    "open-gop.avi": ("libx264", _OPEN_H264),
}
"""Clips whose frames are counted as they are stored, with frames behind a keyframe that are shown
before it."""


@pytest.mark.parametrize("name", IN_ORDER)
def test_keyframes_of_counted_video_are_where_they_are_shown(tmp_path: Path, name: str) -> None:
    codec, options = IN_ORDER[name]
    path = make_clip(tmp_path / name, codec=codec, gop=12, bframes=3, options=options)
    extracted = extract_file(path, Recipe(sampling=Keyframes()))
    assert len(extracted.frames) > 2
    assert shown_keyframes(path) == extracted.times
    assert codes(extracted) <= {WarningCode.ASSUMED_RATE}
    for at in extracted.times:
        part = Recipe(sampling=Keyframes(), start=at, end=at + Fraction(1, 50))
        assert extract_file(path, part).times == [at]


def shown_keyframes(path: Path) -> list[Fraction]:
    scan = scan_file(path)
    return [scan.clock.seconds(int(each)) for each in scan.timestamps[scan.keyframes]]


def codes(extracted: Extracted) -> set[WarningCode]:
    return {warning.code for warning in extracted.warnings}
