"""Each status of an extraction has an answer of its own, to whatever is asked of it."""

from collections.abc import Callable
from typing import Any

import pytest
from fotograma_kit.problems import Problem
from fotograma_video.domain import COMPLETED, RUNNING, ExtractionStatus
from fotograma_video.extractions.transitions import archive_of, check_retryable, check_running
from fotograma_video.models import Extraction

ABORTED = {ExtractionStatus.FAILED, ExtractionStatus.CANCELLED}


def archive(status: ExtractionStatus) -> str:
    return archive_of(
        Extraction(status=status, archive_key="key", reason="damaged", detail="It is damaged.")
    )


def answers(ask: Callable[[ExtractionStatus], Any]) -> dict[ExtractionStatus, Problem]:
    """What each status is refused with."""
    refused = {}
    for status in ExtractionStatus:
        try:
            ask(status)
        except Problem as problem:
            refused[status] = problem
    return refused


def test_archive_of_each_status_without_one_answers_why() -> None:
    refused = answers(archive)
    assert set(refused) == set(ExtractionStatus) - COMPLETED
    assert {status: problem.code for status, problem in refused.items()} == {
        **dict.fromkeys(RUNNING, "not_ready"),
        ExtractionStatus.FAILED: "extraction_failed",
        ExtractionStatus.CANCELLED: "extraction_cancelled",
    }
    assert len({problem.detail for problem in refused.values()}) == len(refused)
    for status, problem in refused.items():
        assert problem.extensions["extraction_status"] == status
    assert refused[ExtractionStatus.FAILED].extensions["reason"] == "damaged"
    assert refused[ExtractionStatus.CANCELLED].detail == (
        "The extraction was cancelled. Retry it, or extract again."
    )


@pytest.mark.parametrize("status", sorted(COMPLETED))
def test_archive_of_a_complete_extraction_is_its_key(status: ExtractionStatus) -> None:
    assert archive(status) == "key"


def test_only_running_extractions_are_cancelled() -> None:
    refused = answers(check_running)
    assert set(refused) == set(ExtractionStatus) - RUNNING
    assert {problem.code for problem in refused.values()} == {"not_running"}
    assert len({problem.detail for problem in refused.values()}) == 3


def test_only_failed_or_cancelled_extractions_are_retried() -> None:
    refused = answers(check_retryable)
    assert set(refused) == set(ExtractionStatus) - ABORTED
    assert {problem.code for problem in refused.values()} == {"not_retryable"}
    assert len({problem.detail for problem in refused.values()}) == 2
