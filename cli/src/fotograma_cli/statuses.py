"""What the statuses of an extraction mean for waiting and downloading."""

from enum import StrEnum
from typing import assert_never

from fotograma_cli.api.connection import Json
from fotograma_cli.errors import CommandError, ExtractionFailed
from fotograma_cli.exits import Exit

CANCELLED = "It was cancelled. Try it again with: fotograma retry, or extract again."


class Phase(StrEnum):
    """What a status means."""

    RUNNING = "running"
    COMPLETE = "complete"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"
    """A newer server's: whether there is anything to wait for is unknown."""


_PHASES = {
    "planning": Phase.RUNNING,
    "extracting": Phase.RUNNING,
    "assembling": Phase.RUNNING,
    "completed": Phase.COMPLETE,
    "completed_with_warnings": Phase.COMPLETE,
    "failed": Phase.FAILED,
    "cancelled": Phase.CANCELLED,
}


class UnknownStatus(CommandError):
    """The server sent a status that this command does not know."""

    code = "unknown_status"


class ExtractionCancelled(ExtractionFailed):
    """An extraction was cancelled before it had an archive."""

    code = "extraction_cancelled"


def phase_of(extraction: Json) -> Phase:
    """What an extraction's status means."""
    return _PHASES.get(extraction["status"], Phase.UNKNOWN)


def has_ended(extraction: Json) -> bool:
    """Whether the extraction has ended. Raises `UnknownStatus`."""
    phase = phase_of(extraction)
    match phase:
        case Phase.RUNNING:
            return False
        case Phase.COMPLETE | Phase.FAILED | Phase.CANCELLED:
            return True
        case Phase.UNKNOWN:
            raise _unknown(extraction)
        case _:
            assert_never(phase)


def check_complete(extraction: Json) -> None:
    """Raises `ExtractionFailed`, `ExtractionCancelled` or `UnknownStatus` without an archive."""
    phase = phase_of(extraction)
    match phase:
        case Phase.COMPLETE:
            return
        case Phase.FAILED:
            raise ExtractionFailed(f"{why_it_failed(extraction)}{retry_hint(extraction)}")
        case Phase.CANCELLED:
            raise ExtractionCancelled(CANCELLED)
        case Phase.RUNNING:
            raise CommandError(
                "The extraction is still running.", code="not_ready", exit_=Exit.NOT_READY
            )
        case Phase.UNKNOWN:
            raise _unknown(extraction)
        case _:
            assert_never(phase)


def why_it_failed(extraction: Json) -> str:
    """The reason in plain words, with its code."""
    reason = extraction["reason"] or extraction["status"]
    detail = extraction["detail"] or str(reason).replace("_", " ")
    return f"{detail.rstrip('.')} ({reason})."


def retry_hint(extraction: Json) -> str:
    """What to do where the server expects more of another attempt, to be appended."""
    if phase_of(extraction) is Phase.FAILED and extraction.get("retryable"):
        return " That may have passed: try again with: fotograma retry"
    return ""


def _unknown(extraction: Json) -> UnknownStatus:
    return UnknownStatus(
        f"The server says that the extraction is {extraction['status']!r}, which this command does "
        "not know. Install the server's version of it."
    )
