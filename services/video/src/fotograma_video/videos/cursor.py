"""Cursors: where a page ended, opaque to the client."""

import base64
import json
from datetime import datetime
from typing import Any
from uuid import UUID

from fotograma_video.errors import BadCursor
from fotograma_video.models import Video
from fotograma_video.videos.repository import SortKey

_BIGINT_BITS = 63
_READ: dict[SortKey, Any] = {
    SortKey.CREATED: datetime.fromisoformat,
    SortKey.NAME: str,
    SortKey.SIZE: int,
}


def encode_cursor(video: Video, sort: SortKey) -> str:
    """The cursor of the page after `video`."""
    value = getattr(video, sort)
    value = value.isoformat() if isinstance(value, datetime) else value
    return base64.urlsafe_b64encode(json.dumps([sort, value, str(video.id)]).encode()).decode()


def decode_cursor(cursor: str, sort: SortKey) -> tuple[Any, UUID]:
    """The last video's sort value and id. Raises `BadCursor`."""
    try:
        of_sort, value, video_id = json.loads(base64.urlsafe_b64decode(cursor))
        if of_sort != sort:
            raise BadCursor("The cursor belongs to another order.")
        last = _READ[sort](value)
        _check_storable(last)
        return last, UUID(video_id)
    except (ValueError, TypeError, AttributeError) as error:
        raise BadCursor from error


def _check_storable(value: Any) -> None:
    """Raises `ValueError` for what PostgreSQL could not compare a column with."""
    if isinstance(value, int) and value.bit_length() > _BIGINT_BITS:
        raise ValueError("too large")
    if isinstance(value, str) and ("\0" in value or not value.isprintable()):
        raise ValueError("not a name")
