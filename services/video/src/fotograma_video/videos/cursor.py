"""Cursors of pages of videos: the last one's value that they are sorted by, and its id."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fotograma_kit import cursors
from pydantic import AfterValidator, AwareDatetime, Field, TypeAdapter

from fotograma_video.errors import BadCursor
from fotograma_video.rows import VideoRow
from fotograma_video.videos.repository import SortKey

_FIRST, _LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
_MAX_BIGINT = 2**63 - 1


def _storable(name: str) -> str:
    if not name.isprintable():  # PostgreSQL cannot compare a column with U+0000
        raise ValueError("not a name")
    return name


_SHAPES: dict[SortKey, TypeAdapter[tuple[Any, Any, UUID]]] = {
    SortKey.CREATED: TypeAdapter(
        tuple[Literal[SortKey.CREATED], Annotated[AwareDatetime, Field(ge=_FIRST, lt=_LAST)], UUID]
    ),
    SortKey.NAME: TypeAdapter(
        tuple[Literal[SortKey.NAME], Annotated[str, AfterValidator(_storable)], UUID]
    ),
    SortKey.SIZE: TypeAdapter(
        tuple[Literal[SortKey.SIZE], Annotated[int, Field(ge=0, le=_MAX_BIGINT)], UUID]
    ),
}


def encode_cursor(video: VideoRow, sort: SortKey) -> str:
    """The cursor of the page after `video`."""
    value = getattr(video, sort)
    value = value.isoformat() if isinstance(value, datetime) else value
    return cursors.encode_cursor(sort, value, str(video.id))


def decode_cursor(cursor: str, sort: SortKey) -> tuple[Any, UUID]:
    """The last video's sort value and id. Raises `BadCursor`, also for one of another order."""
    try:
        _, value, video_id = cursors.decode_cursor(cursor, _SHAPES[sort])
    except ValueError as error:
        raise BadCursor from error
    return value, video_id
