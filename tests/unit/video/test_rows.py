"""What is stored is what the API would write, whichever release stored it."""

from fractions import Fraction
from typing import Any

import pytest
from fotograma_contracts.extractions import PassedOver, Probe, VideoStream
from fotograma_contracts.reasons import ExtractionWarning, WarningCode
from fotograma_contracts.recipe import (
    AllFrames,
    AtTimes,
    EvenlySpread,
    EveryInterval,
    ImageFormat,
    Keyframes,
    Origin,
    Output,
    PerSecond,
    Recipe,
    SceneChanges,
)
from fotograma_video.extractions.schemas import SourceInfo
from fotograma_video.rows import stored_recipe, stored_source, stored_warnings

STREAM = VideoStream(
    index=0, codec="mjpeg", width=8, height=8, frames=1, passed_over=PassedOver.ONE_PICTURE
)
PROBE = Probe(
    container="mov",
    codec="h264",
    width=2,
    height=2,
    duration=Fraction(1001, 30),
    frame_rate=Fraction(30_000, 1001),
    video_start=Fraction(251, 50),
    stream=2,
    streams=(STREAM, VideoStream(index=2, codec="h264", width=2, height=2, frames=50)),
)
SAMPLINGS = (
    EveryInterval(),
    PerSecond(fps=Fraction(1, 3)),
    EvenlySpread(count=7),
    AtTimes(times=("12.5%", Fraction(3, 2))),
    SceneChanges(),
    Keyframes(),
    AllFrames(),
)


@pytest.mark.parametrize("sampling", SAMPLINGS, ids=lambda sampling: sampling.mode)
@pytest.mark.parametrize(
    "more",
    [
        {},
        {"origin": Origin.FILE, "stream": "video:1", "end": Fraction(5, 2)},
        {"output": Output(format=ImageFormat.JPEG, max_width=320), "stream": 3},
    ],
    ids=["default", "of a file", "small"],
)
def test_recipe_is_handed_on_as_it_is_stored(sampling: Any, more: dict[str, Any]) -> None:
    stored = Recipe(sampling=sampling, **more).model_dump(mode="json")
    assert stored_recipe(stored) is stored


@pytest.mark.parametrize(
    "older",
    [
        {},
        {"sampling": {"mode": "scene"}, "start": "0", "end": None, "output": {}},
        {**Recipe().model_dump(mode="json"), "output": {"format": "jpg", "quality": 80}},
    ],
    ids=["nothing", "sampling", "output"],
)
def test_recipe_of_a_release_that_knew_less_has_what_is_default(older: dict[str, Any]) -> None:
    assert stored_recipe(older) == Recipe.model_validate(older).model_dump(mode="json")


@pytest.mark.parametrize("rate", [None, Fraction(0), Fraction(25)])
def test_source_is_of_the_probe_as_it_is_stored(rate: Fraction | None) -> None:
    probe = PROBE.model_copy(update={"frame_rate": rate})
    source = stored_source(probe.model_dump(mode="json"))
    assert source is not None
    assert source == SourceInfo.model_validate(source).model_dump(mode="json")
    assert source["duration_seconds"] == float(probe.duration)
    assert source["frame_rate"] == (float(rate) if rate else None)
    assert (source["video_start_seconds"], source["stream"]) == (5.02, 2)
    assert source["streams"] == [stream.model_dump(mode="json") for stream in probe.streams]


def test_source_that_a_release_before_planned_says_less() -> None:
    probe = Probe(
        container="mov", codec="h264", width=2, height=2, duration=Fraction(9), frame_rate=None
    )
    source = stored_source(probe.model_dump(mode="json", exclude_unset=True))
    assert source == SourceInfo.model_validate(source).model_dump(mode="json")
    assert (source["video_start_seconds"], source["stream"], source["streams"]) == (None, None, [])
    older = PROBE.model_dump(mode="json")
    del older["streams"][0]["is_default"]
    assert stored_source(older) == stored_source(PROBE.model_dump(mode="json"))


def test_source_is_not_known_before_the_file_was_looked_at() -> None:
    assert stored_source(None) is None


def test_warnings_have_their_exact_code() -> None:
    warning = ExtractionWarning(code=WarningCode.ASSUMED_RATE, detail="It has no times.")
    stored = warning.model_dump(mode="json")
    assert stored_warnings([stored]) == [{"code": warning.code, "detail": warning.detail}]
    assert stored_warnings([]) == []
