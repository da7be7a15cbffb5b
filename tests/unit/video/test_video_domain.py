"""The state machine: terminal states win over late events."""

from itertools import product

import pytest
from fotograma_contracts.reasons import Reason
from fotograma_video.domain import (
    COMPLETED,
    RUNNING,
    ExtractionStatus,
    VideoStatus,
    completed_status,
    is_worth_retrying,
    may_become,
    resumed_status,
    video_status,
)

TERMINAL = sorted(set(ExtractionStatus) - RUNNING)
ABORTED = sorted(set(TERMINAL) - COMPLETED)


@pytest.mark.parametrize(("current", "target"), [*product(TERMINAL, ExtractionStatus)])
def test_extraction_never_leaves_a_terminal_state(
    current: ExtractionStatus, target: ExtractionStatus
) -> None:
    assert not may_become(current, target)


@pytest.mark.parametrize(("current", "target"), [*product(sorted(RUNNING), ABORTED)])
def test_running_extraction_may_fail_or_be_cancelled(
    current: ExtractionStatus, target: ExtractionStatus
) -> None:
    assert may_become(current, target)


def test_extraction_skips_no_state() -> None:
    assert may_become(ExtractionStatus.PLANNING, ExtractionStatus.EXTRACTING)
    assert may_become(ExtractionStatus.EXTRACTING, ExtractionStatus.ASSEMBLING)
    assert may_become(ExtractionStatus.ASSEMBLING, ExtractionStatus.COMPLETED)
    assert not may_become(ExtractionStatus.PLANNING, ExtractionStatus.ASSEMBLING)
    assert not may_become(ExtractionStatus.PLANNING, ExtractionStatus.COMPLETED)
    assert not may_become(ExtractionStatus.EXTRACTING, ExtractionStatus.COMPLETED)
    assert not may_become(ExtractionStatus.ASSEMBLING, ExtractionStatus.EXTRACTING)


def test_retried_extraction_resumes_in_its_last_state() -> None:
    assert resumed_status(planned=False, complete=True) is ExtractionStatus.PLANNING
    assert resumed_status(planned=True, complete=False) is ExtractionStatus.EXTRACTING
    assert resumed_status(planned=True, complete=True) is ExtractionStatus.ASSEMBLING


def test_extraction_with_warnings_completes_with_warnings() -> None:
    assert completed_status(with_warnings=True) is ExtractionStatus.COMPLETED_WITH_WARNINGS
    assert completed_status(with_warnings=False) is ExtractionStatus.COMPLETED


@pytest.mark.parametrize(
    ("extractions", "expected"),
    [
        ([ExtractionStatus.PLANNING], VideoStatus.PROCESSING),
        ([ExtractionStatus.FAILED, ExtractionStatus.EXTRACTING], VideoStatus.PROCESSING),
        ([ExtractionStatus.COMPLETED, ExtractionStatus.EXTRACTING], VideoStatus.READY),
        ([ExtractionStatus.COMPLETED_WITH_WARNINGS, ExtractionStatus.FAILED], VideoStatus.READY),
        ([ExtractionStatus.FAILED], VideoStatus.FAILED),
        ([ExtractionStatus.CANCELLED], VideoStatus.FAILED),
    ],
)
def test_video_is_ready_once_any_extraction_is_complete(
    extractions: list[ExtractionStatus], expected: VideoStatus
) -> None:
    assert video_status(extractions) is expected


@pytest.mark.parametrize(
    ("status", "reason", "expected"),
    [
        (ExtractionStatus.FAILED, Reason.PROCESSING_FAILED, True),
        (ExtractionStatus.FAILED, Reason.TIME_LIMIT, True),
        (ExtractionStatus.FAILED, "of another release", True),
        (ExtractionStatus.FAILED, None, True),
        (ExtractionStatus.FAILED, Reason.NOT_A_VIDEO, False),
        (ExtractionStatus.FAILED, Reason.TOO_MANY_FRAMES, False),
        (ExtractionStatus.CANCELLED, None, True),
        *((status, None, False) for status in sorted(RUNNING | COMPLETED)),
    ],
)
def test_another_run_is_worth_it_where_the_reason_may_have_passed(
    status: ExtractionStatus, reason: str | None, *, expected: bool
) -> None:
    assert is_worth_retrying(status, reason) is expected
