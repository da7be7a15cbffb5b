"""Cursors come back from clients, who may have changed them."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from fotograma_video.domain import VideoStatus
from fotograma_video.errors import BadCursor
from fotograma_video.rows import VideoRow
from fotograma_video.videos.cursor import decode_cursor, encode_cursor
from fotograma_video.videos.repository import SortKey


def video(name: str) -> VideoRow:
    return VideoRow(
        id=uuid4(),
        name=name,
        status=VideoStatus.READY,
        size_bytes=7,
        source_key="key",
        source_sha256=None,
        created_at=datetime.now(UTC),
        retention_days=None,
        expires_at=datetime.now(UTC),
    )


@pytest.mark.parametrize("sort", SortKey)
def test_video_cursor_round_trip(sort: SortKey) -> None:
    last = video("ção")
    assert decode_cursor(encode_cursor(last, sort), sort) == (getattr(last, sort), last.id)


@pytest.mark.parametrize("cursor", ["", "x", "eyJ9", "bnVsbA==", "WzEsMiwzXQ=="])
def test_video_cursor_refuses_forged_ones(cursor: str) -> None:
    with pytest.raises(BadCursor):
        decode_cursor(cursor, SortKey.NAME)


def test_video_cursor_of_another_sort_order_is_refused() -> None:
    with pytest.raises(BadCursor):
        decode_cursor(encode_cursor(video("a"), SortKey.NAME), SortKey.SIZE)
