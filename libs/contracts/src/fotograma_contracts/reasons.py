"""Why an extraction failed, or what is short about one that did not: stable codes.

A code travels with a plain English sentence; a client that shows it in another language translates
the code. A code that a reader does not know is `other` to it, and the sentence says the rest.

Releases run side by side, and the first ones refuse a message with a code that they do not know.
So a code that is newer than they are travels beside an older one that stands in for it.
"""

from enum import StrEnum
from typing import Any

from pydantic import computed_field, field_serializer, model_validator

from fotograma_contracts.base import Value


class Reason(StrEnum):
    """Why an extraction failed."""

    EMPTY_FILE = "empty_file"
    NOT_A_VIDEO = "not_a_video"
    NO_VIDEO_STREAM = "no_video_stream"
    DAMAGED = "damaged"
    ENCRYPTED = "encrypted"
    UNSUPPORTED_CODEC = "unsupported_codec"
    TOO_MANY_PIXELS = "too_many_pixels"
    TOO_MANY_FRAMES = "too_many_frames"
    ARCHIVE_TOO_LARGE = "archive_too_large"
    STORAGE_FULL = "storage_full"
    NOTHING_SELECTED = "nothing_selected"
    SOURCE_MISSING = "source_missing"
    TIME_LIMIT = "time_limit"
    MEMORY_LIMIT = "memory_limit"
    DECODER_CRASHED = "decoder_crashed"
    PROCESSING_FAILED = "processing_failed"
    OTHER = "other"

    @classmethod
    def _missing_(cls, value: object) -> "Reason | None":
        return cls.OTHER if isinstance(value, str) else None

    @property
    def stand_in(self) -> "Reason":
        """The code that every release knows."""
        return self if self in _FIRST_REASONS else Reason.PROCESSING_FAILED


_FIRST_REASONS = frozenset(
    {
        Reason.EMPTY_FILE, Reason.NOT_A_VIDEO, Reason.NO_VIDEO_STREAM, Reason.DAMAGED,
        Reason.UNSUPPORTED_CODEC, Reason.TOO_MANY_PIXELS, Reason.TOO_MANY_FRAMES,
        Reason.ARCHIVE_TOO_LARGE, Reason.NOTHING_SELECTED, Reason.SOURCE_MISSING,
        Reason.TIME_LIMIT, Reason.MEMORY_LIMIT, Reason.DECODER_CRASHED, Reason.PROCESSING_FAILED,
    }
)  # fmt: skip
"""Those of the first release."""


class WarningCode(StrEnum):
    """What is short about a completed extraction."""

    DAMAGED_FRAMES = "damaged_frames"
    ENDS_EARLY = "ends_early"
    SAMPLES_MISSING = "samples_missing"
    ASSUMED_RATE = "assumed_rate"
    FRAMES_MISSING = "frames_missing"
    TIMES_REPEAT = "times_repeat"
    STARTS_WITHOUT_KEYFRAME = "starts_without_keyframe"
    DISCONTINUITY = "discontinuity"
    OTHER = "other"

    @classmethod
    def _missing_(cls, value: object) -> "WarningCode | None":
        return cls.OTHER if isinstance(value, str) else None

    @property
    def stand_in(self) -> "WarningCode":
        """The code that every release knows."""
        return self if self in _FIRST_WARNINGS else WarningCode.DAMAGED_FRAMES


_FIRST_WARNINGS = frozenset(
    {WarningCode.DAMAGED_FRAMES, WarningCode.ENDS_EARLY, WarningCode.SAMPLES_MISSING}
)
"""Those of the first release."""


class ExtractionWarning(Value):
    """What is short about a completed extraction, in words a user understands."""

    code: WarningCode
    detail: str

    @computed_field
    def exact_code(self) -> WarningCode | None:
        """The code, where `code` stands in for it."""
        return None if self.code is self.code.stand_in else self.code

    @model_validator(mode="before")
    @classmethod
    def _exactly(cls, data: Any) -> Any:
        return _with_exact(data, "code")

    @field_serializer("code", when_used="json")
    def _readable_by_all(self, code: WarningCode) -> WarningCode:
        return code.stand_in


class WithReason(Value):
    """A message that says why something failed, in words a user understands."""

    reason: Reason
    detail: str

    @computed_field
    def exact_reason(self) -> Reason | None:
        """The reason, where `reason` stands in for it."""
        return None if self.reason is self.reason.stand_in else self.reason

    @model_validator(mode="before")
    @classmethod
    def _exactly(cls, data: Any) -> Any:
        return _with_exact(data, "reason")

    @field_serializer("reason", when_used="json")
    def _readable_by_all(self, reason: Reason) -> Reason:
        return reason.stand_in


def _with_exact(data: Any, field: str) -> Any:
    if isinstance(data, dict) and data.get(f"exact_{field}") is not None:
        return {**data, field: data[f"exact_{field}"]}
    return data
