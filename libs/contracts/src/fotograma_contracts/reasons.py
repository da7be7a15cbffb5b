"""Why an extraction failed, or what is short about one that did not: stable codes.

A code travels with a plain English sentence; a client that shows it in another language translates
the code.
"""

from enum import StrEnum

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
    NOTHING_SELECTED = "nothing_selected"
    SOURCE_MISSING = "source_missing"
    TIME_LIMIT = "time_limit"
    MEMORY_LIMIT = "memory_limit"
    DECODER_CRASHED = "decoder_crashed"
    PROCESSING_FAILED = "processing_failed"


class WarningCode(StrEnum):
    """What is short about a completed extraction."""

    DAMAGED_FRAMES = "damaged_frames"
    ENDS_EARLY = "ends_early"
    SAMPLES_MISSING = "samples_missing"
    FRAMES_MISSING = "frames_missing"
    TIMES_REPEAT = "times_repeat"
    STARTS_WITHOUT_KEYFRAME = "starts_without_keyframe"
    DISCONTINUITY = "discontinuity"


class ExtractionWarning(Value):
    """What is short about a completed extraction, in words a user understands."""

    code: WarningCode
    detail: str
