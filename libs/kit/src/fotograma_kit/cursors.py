"""Cursors: where a page of a list ended, opaque to clients, who may have changed them."""

import base64
import json
from typing import TypeVar

from pydantic import TypeAdapter

T = TypeVar("T")


def encode_cursor(*values: str | int) -> str:
    """The cursor that holds these values."""
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode()


def decode_cursor(cursor: str, shape: TypeAdapter[T]) -> T:
    """The values that a cursor holds. Raises `ValueError` for what is not of this shape.

    JSON is read by pydantic, which refuses what Python's own reader breaks at: a thousand brackets,
    numbers without an end.
    """
    return shape.validate_json(base64.b64decode(cursor, altchars=b"-_", validate=True))
