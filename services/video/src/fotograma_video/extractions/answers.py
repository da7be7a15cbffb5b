"""What is answered of an extraction, by its status. Each has an answer of its own.

A status that is added later fails the type check here until it has one, too.
"""

from typing import assert_never

from fotograma_video.domain import ExtractionStatus
from fotograma_video.errors import (
    ExtractionFailed,
    ExtractionWasCancelled,
    NotReady,
    NotRetryable,
    NotRunning,
)
from fotograma_video.models import Extraction


def archive_of(extraction: Extraction) -> str:
    """The key of the archive.

    Raises `NotReady` while there may still be one, `ExtractionFailed` or `ExtractionWasCancelled`
    where there will be none.
    """
    status = extraction.status
    match status:
        case ExtractionStatus.COMPLETED | ExtractionStatus.COMPLETED_WITH_WARNINGS:
            assert extraction.archive_key is not None  # noqa: S101 - it is complete
            return extraction.archive_key
        case ExtractionStatus.PLANNING:
            raise NotReady("The video is still being looked at.", extraction_status=status)
        case ExtractionStatus.EXTRACTING:
            raise NotReady("The frames are still being extracted.", extraction_status=status)
        case ExtractionStatus.ASSEMBLING:
            raise NotReady(
                "The frames are extracted, and their archive is still being put together.",
                extraction_status=status,
            )
        case ExtractionStatus.FAILED:
            raise ExtractionFailed(
                f"The extraction failed: {extraction.detail}",
                reason=extraction.reason,
                extraction_status=status,
            )
        case ExtractionStatus.CANCELLED:
            raise ExtractionWasCancelled(
                "The extraction was cancelled. Retry it, or extract again.",
                extraction_status=status,
            )
        case _:
            assert_never(status)


def check_running(status: ExtractionStatus) -> None:
    """Raises `NotRunning` where there is nothing to cancel."""
    match status:
        case ExtractionStatus.PLANNING | ExtractionStatus.EXTRACTING | ExtractionStatus.ASSEMBLING:
            return
        case ExtractionStatus.COMPLETED | ExtractionStatus.COMPLETED_WITH_WARNINGS:
            raise NotRunning("The extraction is complete.")
        case ExtractionStatus.FAILED:
            raise NotRunning("The extraction has failed.")
        case ExtractionStatus.CANCELLED:
            raise NotRunning("The extraction was cancelled before.")
        case _:
            assert_never(status)


def check_retryable(status: ExtractionStatus) -> None:
    """Raises `NotRetryable` where there is nothing to try again."""
    match status:
        case ExtractionStatus.FAILED | ExtractionStatus.CANCELLED:
            return
        case ExtractionStatus.PLANNING | ExtractionStatus.EXTRACTING | ExtractionStatus.ASSEMBLING:
            raise NotRetryable("The extraction is still running.")
        case ExtractionStatus.COMPLETED | ExtractionStatus.COMPLETED_WITH_WARNINGS:
            raise NotRetryable("The extraction is complete. Extract again for another archive.")
        case _:
            assert_never(status)
