"""Cursors come back from clients, who may have changed them into anything."""

import base64
from typing import Annotated, Literal

import pytest
from fotograma_kit.cursors import decode_cursor, encode_cursor
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, TypeAdapter

SHAPE = TypeAdapter(tuple[Literal["frame"], Annotated[int, Field(ge=0, lt=2**53)]])


def test_cursor_round_trip() -> None:
    assert decode_cursor(encode_cursor("frame", 7), SHAPE) == ("frame", 7)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        '["frame",' * 2_000,
        '{"a":' * 5_000,
        '["frame",1e400]',
        f'["frame",{"9" * 200_000}]',
        '["frame",-1]',
        '["frame",NaN]',
        '["frame","\\ud800"]',
        '["frame",1,2]',
        "null",
        "",
    ],
    ids=lambda text: text[:24],
)
def test_cursor_of_hostile_json_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whatever it was, it is no cursor
        decode_cursor(base64.urlsafe_b64encode(text.encode()).decode(), SHAPE)


@given(st.one_of(st.text(), st.binary().map(lambda raw: base64.urlsafe_b64encode(raw).decode())))
def test_cursor_of_anything_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - as above
        decode_cursor(text, SHAPE)
