"""Codes between releases: one that a reader does not know is `other` to it, and the first release
reads every message.
"""

import json
from collections.abc import Iterator
from enum import StrEnum
from uuid import uuid4

import pytest
from fotograma_contracts.base import Message, Value
from fotograma_contracts.extractions import (
    ArchiveAssembled,
    ExtractionRejected,
    SegmentExtracted,
    SegmentFailed,
)
from fotograma_contracts.reasons import ExtractionWarning, Reason, WarningCode
from fotograma_contracts.videos import VideoFailed, VideoProcessed

DETAIL = "Something new about the video."


class FirstReason(StrEnum):
    """The reasons of the first release, which refuses any other."""

    EMPTY_FILE = "empty_file"
    NOT_A_VIDEO = "not_a_video"
    NO_VIDEO_STREAM = "no_video_stream"
    DAMAGED = "damaged"
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


class FirstWarning(Value):
    """A warning as the first release reads it."""

    class Code(StrEnum):
        """Its codes."""

        DAMAGED_FRAMES = "damaged_frames"
        ENDS_EARLY = "ends_early"
        SAMPLES_MISSING = "samples_missing"

    code: Code
    detail: str


class FirstFailure(Value):
    """What the first release reads of a failure."""

    reason: FirstReason
    detail: str


def failures(reason: Reason) -> Iterator[Message]:
    """Every message that has a reason."""
    one = uuid4()
    yield ExtractionRejected(extraction_id=one, attempt=1, reason=reason, detail=DETAIL)
    yield SegmentFailed(
        extraction_id=one, index=0, attempt=1, reason=reason, detail=DETAIL, permanent=True
    )
    yield VideoFailed(
        video_id=one, extraction_id=one, owner_id=one, name="a.mp4", reason=reason, detail=DETAIL
    )


@pytest.mark.parametrize("reason", Reason)
def test_first_release_reads_every_reason_and_this_one_reads_it_exactly(reason: Reason) -> None:
    for message in failures(reason):
        sent = message.model_dump_json()
        assert FirstFailure.model_validate_json(sent).detail == DETAIL
        assert type(message).model_validate_json(sent) == message


@pytest.mark.parametrize("code", WarningCode)
def test_first_release_reads_every_warning_and_this_one_reads_it_exactly(
    code: WarningCode,
) -> None:
    warning = ExtractionWarning(code=code, detail=DETAIL)
    sent = warning.model_dump_json()
    assert FirstWarning.model_validate_json(sent).detail == DETAIL
    assert ExtractionWarning.model_validate_json(sent) == warning
    assert warning.model_dump()["code"] is code


def test_unknown_reason_is_other_with_its_sentence() -> None:
    for message in failures(Reason.DAMAGED):
        for field in ("reason", "exact_reason"):
            changed = json.dumps({**json.loads(message.model_dump_json()), field: "from_2031"})
            read = type(message).model_validate_json(changed)
            assert isinstance(read, ExtractionRejected | SegmentFailed | VideoFailed)
            assert (read.reason, read.detail) == (Reason.OTHER, DETAIL)


@pytest.mark.parametrize("message", [SegmentExtracted, ArchiveAssembled, VideoProcessed])
def test_unknown_warning_is_other_with_its_sentence(
    message: type[SegmentExtracted | ArchiveAssembled | VideoProcessed],
) -> None:
    field = message.model_fields["warnings"]
    assert field.annotation == tuple[ExtractionWarning, ...]
    read = ExtractionWarning.model_validate({"code": "from_2031", "detail": DETAIL})
    assert (read.code, read.detail) == (WarningCode.OTHER, DETAIL)
    exact = {"code": "ends_early", "exact_code": "from_2031", "detail": DETAIL}
    assert ExtractionWarning.model_validate(exact) == read


def test_what_is_no_text_is_no_code() -> None:
    with pytest.raises(ValueError, match="code"):
        ExtractionWarning.model_validate({"code": 5, "detail": DETAIL})
