"""Rows as they are shown: their columns alone, with contract values as the JSON that is stored.

A list of videos is mostly these values. To make objects of them, only to write the same JSON again,
took more than all else of a request.

A value is stored as its contract writes it, and handed on so. Only where a release stored it that
knew fewer fields it is read, which adds what the others are by default.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, get_args
from uuid import UUID

from fotograma_contracts.extractions import Probe, VideoStream
from fotograma_contracts.reasons import ExtractionWarning
from fotograma_contracts.recipe import Output, Recipe, Sampling
from pydantic import TypeAdapter
from sqlalchemy import type_coerce
from sqlalchemy.dialects.postgresql import JSONB

from fotograma_video.domain import ExtractionStatus, VideoStatus
from fotograma_video.models import Base, Extraction, Video

Json = dict[str, Any]
_WARNINGS = TypeAdapter(tuple[ExtractionWarning, ...])
_RECIPE = {name for name, field in Recipe.model_fields.items() if field.exclude_if is None}
_OUTPUT = Output.model_fields.keys()
_SAMPLINGS = {
    kind.model_fields["mode"].default: kind.model_fields.keys()
    for kind in get_args(get_args(Sampling)[0])
}
_PROBE = Probe.model_fields.keys()
_STREAM = VideoStream.model_fields.keys()


@dataclass(frozen=True, slots=True)
class VideoRow:
    """A video that was not deleted. See `models.Video`."""

    id: UUID
    name: str
    status: VideoStatus
    size_bytes: int
    source_key: str
    source_sha256: str | None
    created_at: datetime
    retention_days: int | None
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class ExtractionRow:
    """An extraction. See `models.Extraction`."""

    id: UUID
    video_id: UUID
    status: ExtractionStatus
    issued_at: datetime
    recipe: Json
    probe: Json | None
    frames_at_most: int | None
    estimated_archive_bytes: int | None
    frames: int | None
    archive_key: str | None
    archive_bytes: int | None
    frame_index_key: str | None
    sheets: int
    poster: bool
    warnings: list[Json]
    reason: str | None
    detail: str | None
    created_at: datetime
    finished_at: datetime | None


_AS_STORED = {"recipe", "probe", "warnings"}


def _columns(row: type[Any], table: type[Base]) -> Sequence[Any]:
    columns = {field.name: table.__table__.c[field.name] for field in fields(row)}
    return [type_coerce(columns[n], JSONB) if n in _AS_STORED else columns[n] for n in columns]


VIDEO_COLUMNS = _columns(VideoRow, Video)
EXTRACTION_COLUMNS = _columns(ExtractionRow, Extraction)


def stored_recipe(stored: Json) -> Json:
    """A recipe."""
    sampling = stored.get("sampling", {})
    is_whole = (
        stored.keys() >= _RECIPE
        and stored["output"].keys() >= _OUTPUT
        and sampling.keys() >= _SAMPLINGS.get(sampling.get("mode"), sampling.keys())
    )
    return stored if is_whole else Recipe.model_validate(stored).model_dump(mode="json")


def stored_source(stored: Json | None) -> Json | None:
    """A `SourceInfo`, of a probe; None until the file has been looked at."""
    if stored is None:
        return None
    if not stored.keys() >= _PROBE or any(
        not stream.keys() >= _STREAM for stream in stored["streams"]
    ):
        stored = Probe.model_validate(stored).model_dump(mode="json")
    return {
        "container": stored["container"],
        "codec": stored["codec"],
        "width": stored["width"],
        "height": stored["height"],
        "duration_seconds": _float(stored["duration"]),
        "frame_rate": _float(stored["frame_rate"]) or None,
        "video_start_seconds": _float(stored["video_start"]),
        "stream": stored["stream"],
        "streams": stored["streams"],
    }


def stored_warnings(stored: Sequence[Json]) -> list[dict[str, Any]]:
    """What is short about an extraction: seldom anything, so it is always read."""
    if not stored:
        return []
    return [
        {"code": each.code, "detail": each.detail} for each in _WARNINGS.validate_python(stored)
    ]


def _float(rational: str | None) -> float | None:
    """A rational as its contract writes it: `"3"` or `"1001/30000"`."""
    if rational is None:
        return None
    numerator, _, denominator = rational.partition("/")
    return int(numerator) / int(denominator or 1)
