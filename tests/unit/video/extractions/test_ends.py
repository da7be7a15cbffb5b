"""How extractions end is counted, from zero on."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from fotograma_contracts.extractions import Probe
from fotograma_contracts.reasons import Reason
from fotograma_video.domain import COMPLETED, RUNNING, ExtractionStatus
from fotograma_video.extractions.transitions import count_end, show_zeros
from fotograma_video.models import Extraction
from prometheus_client import REGISTRY

BEGAN = datetime(2030, 1, 1, tzinfo=UTC)


def ended(
    status: ExtractionStatus, *, seconds: Fraction = Fraction(10), runs: int = 1
) -> Extraction:
    """An extraction of a video of so many seconds that took three."""
    probe = Probe(
        container="mov", codec="h264", width=2, height=2, duration=seconds, frame_rate=None
    )
    return Extraction(
        status=status,
        reason=Reason.DAMAGED if status is ExtractionStatus.FAILED else None,
        runs=runs,
        probe=probe,
        created_at=BEGAN,
        finished_at=BEGAN + timedelta(seconds=3),
    )


def count(status: ExtractionStatus, reason: str) -> float | None:
    labels = {"status": status, "reason": reason}
    return REGISTRY.get_sample_value("fotograma_extractions_total", labels)


def ready(length: str, within: str) -> float:
    labels = {"length": length, "le": within}
    found = REGISTRY.get_sample_value("fotograma_extraction_ready_seconds_bucket", labels)
    assert found is not None
    return found


def test_every_end_and_every_reissued_stage_is_shown_before_its_first_event() -> None:
    show_zeros()
    for status in COMPLETED | {ExtractionStatus.CANCELLED}:
        assert count(status, "") is not None
    for reason in Reason:
        assert count(ExtractionStatus.FAILED, reason) is not None
    for stage in RUNNING:
        labels = {"stage": stage.value}
        assert REGISTRY.get_sample_value("fotograma_reissued_commands_total", labels) is not None
    assert ready("clip", "5.0") >= 0


def test_failure_is_counted_by_its_reason_and_makes_nothing_ready() -> None:
    show_zeros()
    failures, waits = count(ExtractionStatus.FAILED, "damaged"), ready("clip", "+Inf")
    count_end(ended(ExtractionStatus.FAILED))
    assert count(ExtractionStatus.FAILED, "damaged") == (failures or 0) + 1
    assert ready("clip", "+Inf") == waits


@pytest.mark.parametrize(
    ("seconds", "length"),
    [
        (Fraction(10), "clip"),
        (Fraction(1001, 100), "clip"),
        (Fraction(11), "clip"),
        (Fraction(12), "longer"),
    ],
)
def test_wait_is_counted_by_the_length_of_the_video(seconds: Fraction, length: str) -> None:
    show_zeros()
    within, sooner = ready(length, "3.0"), ready(length, "2.0")
    count_end(ended(ExtractionStatus.COMPLETED, seconds=seconds))
    assert (ready(length, "3.0"), ready(length, "2.0")) == (within + 1, sooner)


def test_another_run_is_no_wait_since_the_upload() -> None:
    show_zeros()
    before = ready("clip", "+Inf")
    count_end(ended(ExtractionStatus.COMPLETED, runs=2))
    assert ready("clip", "+Inf") == before
