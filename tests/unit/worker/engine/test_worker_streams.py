"""Of several video tracks, the video is taken; a recipe can name another one."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from fixtures.clips import make_clip
from fixtures.extraction import extract_file, plan_file
from fixtures.sizes import by_size, is_small
from fixtures.tracks import Track, make_tracks
from fotograma_contracts.extractions import PassedOver
from fotograma_contracts.reasons import Reason
from fotograma_contracts.recipe import AllFrames, AtTimes, EvenlySpread, Origin, Recipe
from fotograma_contracts.samples import Placed
from fotograma_worker.errors import Failure
from hypothesis import given, settings
from hypothesis import strategies as st

SMALL, LARGE = (96, 64), (160, 96)
STILL = Track(1, LARGE, 1000, is_default=True, codec="mjpeg")
VIDEO = Track(25, SMALL, 2000)
CONTAINERS = ("mp4", "mkv", "mov", "ts")


def _taken(path: Path, recipe: Recipe | None = None) -> int:
    """The number that the first frame shows."""
    return extract_file(path, recipe or Recipe(sampling=EvenlySpread(count=3))).numbers[0]


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "mov"])
def test_still_beside_a_video_is_not_taken(suffix: str, tmp_path: Path) -> None:
    path = make_tracks(tmp_path / f"a.{suffix}", [STILL, VIDEO])
    probe = plan_file(path).probe
    assert probe.stream == 1
    assert [each.passed_over for each in probe.streams] == [PassedOver.ONE_PICTURE, None]
    assert [each.index for each in probe.streams] == [0, 1]
    extracted = extract_file(path, Recipe(sampling=AllFrames()))
    assert extracted.numbers == [*range(2000, 2025)]
    assert extracted.warnings == ()


@pytest.mark.parametrize("suffix", CONTAINERS)
def test_tracks_of_few_frames_are_passed_over(suffix: str, tmp_path: Path) -> None:
    few = Track(4, LARGE, 3000, is_default=True)
    path = make_tracks(tmp_path / f"a.{suffix}", [few, Track(50, SMALL, 2000)])
    assert _taken(path) == 2000
    assert plan_file(path).probe.streams[0].passed_over is PassedOver.FEW_PICTURES


def test_default_track_comes_before_the_larger_and_the_larger_before_the_first(
    tmp_path: Path,
) -> None:
    other = Track(20, LARGE, 3000)
    larger = make_tracks(tmp_path / "b.mkv", [VIDEO, other], default_mode="passthrough")
    assert _taken(larger) == 3000
    chosen = Track(25, SMALL, 2000, is_default=True)
    assert _taken(make_tracks(tmp_path / "c.mkv", [other, chosen])) == 2000
    equal = Track(25, SMALL, 4000)
    first = make_tracks(tmp_path / "d.mkv", [equal, VIDEO], default_mode="passthrough")
    assert _taken(first) == 4000


@pytest.mark.parametrize(
    ("name", "number"), [(0, 1000), (1, 2000), ("video:0", 1000), ("video:1", 2000)]
)
def test_recipe_names_a_stream(name: int | str, number: int, tmp_path: Path) -> None:
    path = make_tracks(tmp_path / "a.mp4", [STILL, VIDEO])
    recipe = Recipe(stream=name, sampling=AtTimes(times=(Fraction(0),)))
    assert _taken(path, recipe) == number
    (segment,) = plan_file(path, recipe).segments
    assert isinstance(segment.samples, Placed)


def test_nth_video_does_not_count_sound(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "a.mp4", seconds=1, audio=2)
    probe = plan_file(path, Recipe(stream="video:0")).probe
    assert probe.stream == probe.streams[0].index
    assert len(probe.streams) == 1


@pytest.mark.parametrize("name", [2, 9999, "video:2"])
def test_recipe_that_names_no_video_stream_is_refused(name: int | str, tmp_path: Path) -> None:
    path = make_tracks(tmp_path / "a.mp4", [STILL, VIDEO])
    with pytest.raises(Failure) as refused:
        plan_file(path, Recipe(stream=name))
    assert refused.value.reason is Reason.NO_VIDEO_STREAM
    assert refused.value.detail == (
        f"This file has no video stream {name}; its video streams are: 0, 1."
    )


def test_one_video_track_is_not_named_in_segments(tmp_path: Path) -> None:
    """So that a worker of the release before can extract them."""
    path = make_clip(tmp_path / "a.mp4", seconds=1, audio=1)
    (segment,) = plan_file(path).segments
    assert not isinstance(segment.samples, Placed)


def test_lone_picture_in_a_video_file_is_a_video(tmp_path: Path) -> None:
    assert _taken(make_tracks(tmp_path / "a.mp4", [STILL])) == 1000


# --- where the file begins ------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "mov", "ts", "flv"])
def test_video_that_begins_after_its_sound_is_on_the_files_clock(
    suffix: str, tmp_path: Path
) -> None:
    path = make_clip(
        tmp_path / f"a.{suffix}", seconds=4, start=Fraction(5), audio=1, size=SMALL, bframes=0
    )
    probe = plan_file(path).probe
    assert probe.video_start is not None
    assert abs(probe.video_start - 5) < Fraction(1, 20)
    at_six = Recipe(sampling=AtTimes(times=(Fraction(6),)), origin=Origin.FILE)
    (frame,) = extract_file(path, at_six).frames
    assert frame.samples == (Fraction(6),)
    assert 6 - Fraction(1, 20) < frame.time <= 6 + Fraction(1, 1000)
    assert extract_file(path, at_six).numbers[0] == int(
        (6 - probe.video_start) * 25 + Fraction(1, 25)
    )
    with pytest.raises(Failure, match="on the file's clock"):
        extract_file(path, Recipe(sampling=AtTimes(times=(Fraction(6),))))


def test_video_that_begins_with_its_file_is_on_one_clock(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "a.mp4", seconds=2, audio=1)
    plain = extract_file(path, Recipe(sampling=AllFrames()))
    of_file = extract_file(path, Recipe(sampling=AllFrames(), origin=Origin.FILE))
    assert plan_file(path).probe.video_start == 0
    assert of_file.times == plain.times


# --- any tracks -----------------------------------------------------------------------------------

_TRACKS = st.lists(
    st.builds(
        Track,
        frames=st.sampled_from([1, 1, 2, 3, 12, 25, 31]),
        size=st.sampled_from([SMALL, LARGE, (128, 80)]),
        first_number=st.just(0),
        is_default=st.booleans(),
        codec=st.sampled_from(["mjpeg", "libx264"]),
    ),
    min_size=1,
    max_size=4,
)


def _expected(tracks: Sequence[Track]) -> int:
    """The rules, word for word."""
    most = max(track.frames for track in tracks)
    running = [
        i
        for i, track in enumerate(tracks)
        if not (track.frames == 1 and most > 1) and track.frames >= most / 10
    ]
    defaults = [i for i in running if tracks[i].is_default] or running
    pixels = {i: tracks[i].size[0] * tracks[i].size[1] for i in defaults}
    return min(i for i in defaults if pixels[i] == max(pixels.values()))


def _check(tracks: list[Track]) -> None:
    named = [Track(t.frames, t.size, 100 * i, t.is_default, t.codec) for i, t in enumerate(tracks)]
    with TemporaryDirectory() as folder:
        path = make_tracks(Path(folder, "a.mkv"), named, default_mode="passthrough")
        expected = _expected(named)
        extracted = extract_file(path, Recipe(sampling=AllFrames()))
        first = named[expected].first_number
        assert extracted.numbers == [*range(first, first + named[expected].frames)]
        assert extracted.warnings == ()


@pytest.mark.campaign
@pytest.mark.timeout(by_size(180, 300, 900))
@settings(max_examples=by_size(5, 30, 200), derandomize=is_small())
@given(_TRACKS)
def test_any_tracks_are_chosen_by_the_rules(tracks: list[Track]) -> None:
    _check(tracks)
