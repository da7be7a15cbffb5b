"""Cursors of pages of frames, opaque to the client."""

import base64
import json

from fotograma_video.errors import BadCursor


def encode_position(position: int) -> str:
    """The cursor of the page of frames that begins at `position`."""
    return base64.urlsafe_b64encode(json.dumps(["frame", position]).encode()).decode()


def decode_position(cursor: str) -> int:
    """The position that a page of frames begins at. Raises `BadCursor`."""
    try:
        kind, position = json.loads(base64.urlsafe_b64decode(cursor))
    except (ValueError, TypeError) as error:
        raise BadCursor from error
    if kind != "frame" or type(position) is not int or position < 0:
        raise BadCursor
    return position
