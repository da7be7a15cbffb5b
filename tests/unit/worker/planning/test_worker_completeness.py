"""Frames that a decoder loses in silence are told of."""

from fractions import Fraction

import pytest
from fotograma_contracts.reasons import ExtractionWarning, WarningCode
from fotograma_contracts.samples import Samples, SampleScenes, SampleSpan, SampleTimes
from fotograma_worker.decoding.port import ExtractReport
from fotograma_worker.planning.completeness import missing_frames_warnings

SPAN = SampleSpan(start=Fraction(0), end=None, keyframes_only=False)
TIMES = SampleTimes(times=(Fraction(0), Fraction(1), Fraction(2)))
SCENES = SampleScenes(
    start=Fraction(0), end=Fraction(9), threshold=0.3, min_distance=Fraction(1), frames=225
)
DAMAGED = ExtractionWarning(code=WarningCode.DAMAGED_FRAMES, detail="The video is damaged.")


def details(
    samples: Samples, planned: int, answered: int, seen: int | None, *told: ExtractionWarning
) -> list[str]:
    report = ExtractReport({}, told, seen)
    warnings = list(missing_frames_warnings(samples, planned, answered, report))
    assert {warning.code for warning in warnings} <= {WarningCode.FRAMES_MISSING}
    return [warning.detail for warning in warnings]


@pytest.mark.parametrize(
    ("samples", "planned", "answered", "seen", "said"),
    [
        (SPAN, 56, 0, 1, "55 frames that the file lists did not come out of the decoder."),
        (SPAN, 2, 0, 1, "1 frame that the file lists did not come out of the decoder."),
        (TIMES, 3, 3, 2, "In place of it: the frame before is there."),
        (TIMES, 3, 3, 1, "In place of them: the frames before are there."),
        (SCENES, 9, 0, 200, "25 frames that the file lists did not come out of the decoder."),
    ],
)
def test_frames_that_did_not_come_are_told_of(
    samples: Samples, planned: int, answered: int, seen: int, said: str
) -> None:
    (detail,) = details(samples, planned, answered, seen)
    assert detail.endswith(said)


@pytest.mark.parametrize(
    ("samples", "planned", "answered", "seen"),
    [(SPAN, 56, 0, 56), (SPAN, 56, 0, 57), (TIMES, 3, 3, 3), (SCENES, 9, 0, 225)],
)
def test_nothing_is_said_where_every_frame_came(
    samples: Samples, planned: int, answered: int, seen: int
) -> None:
    assert details(samples, planned, answered, seen) == []


def test_nothing_is_said_twice() -> None:
    assert details(SPAN, 56, 0, 1, DAMAGED) == []
    assert details(TIMES, 3, 2, 2) == []


def test_nothing_is_said_where_nobody_counts() -> None:
    """The other decoder, or a plan of the release before."""
    assert details(SPAN, 56, 0, None) == []
    scenes = SCENES.model_copy(update={"frames": None})
    assert details(scenes, 9, 0, 1) == []
