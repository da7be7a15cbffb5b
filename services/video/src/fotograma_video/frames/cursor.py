"""Cursors of pages of frames: the position that the page begins at."""

from typing import Annotated, Literal

from fotograma_kit import cursors
from pydantic import Field, TypeAdapter

from fotograma_video.errors import BadCursor

_SHAPE = TypeAdapter(tuple[Literal["frame"], Annotated[int, Field(strict=True, ge=0, lt=2**53)]])


def encode_position(position: int) -> str:
    """The cursor of the page of frames that begins at `position`."""
    return cursors.encode_cursor("frame", position)


def decode_position(cursor: str) -> int:
    """The position that a page of frames begins at. Raises `BadCursor`."""
    try:
        return cursors.decode_cursor(cursor, _SHAPE)[1]
    except ValueError as error:
        raise BadCursor from error
