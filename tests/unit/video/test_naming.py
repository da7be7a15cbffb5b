"""Names come from users and go into headers and pages."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from fotograma_video.errors import BadCursor
from fotograma_video.models import Video
from fotograma_video.naming import clean_name, content_disposition
from fotograma_video.videos.cursor import decode_cursor, encode_cursor
from fotograma_video.videos.repository import SortKey


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("holiday.mp4", "holiday.mp4"),
        ("C:\\Users\\me\\holiday.mp4", "holiday.mp4"),
        ("../../etc/passwd", "passwd"),
        ("a\r\nb\x00.mp4", "ab.mp4"),
        ("férias.mp4", "férias.mp4"),
        ("   ", "video"),
        ("", "video"),
        ("..", ".."),
        ("x" * 400, "x" * 255),
    ],
)
def test_clean_name_has_no_folders_and_no_control_characters(raw: str, clean: str) -> None:
    assert clean_name(raw) == clean


def test_content_disposition_has_an_ascii_and_a_utf_8_name() -> None:
    header = content_disposition('fé"rias\r\n.zip')
    assert header == (
        "attachment; filename=\"f__rias__.zip\"; filename*=UTF-8''f%C3%A9%22rias%0D%0A.zip"
    )


def video(name: str) -> Video:
    return Video(id=uuid4(), name=name, size_bytes=7, created_at=datetime.now(UTC))


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
