"""The multipart form is parsed as it arrives, however the network cuts it."""

from collections.abc import AsyncIterator

import pytest
from fotograma_video.errors import BadForm, UnsupportedMediaType
from fotograma_video.uploads.form_parser import (
    MAX_HEADER_BYTES,
    PartData,
    PartEnd,
    PartStart,
    read_form,
)
from hypothesis import given
from hypothesis import strategies as st

TYPE = 'multipart/form-data; boundary="x-y"'


def field(headers: str, content: bytes) -> bytes:
    return (
        f"--x-y\r\nContent-Disposition: form-data; {headers}\r\n\r\n".encode() + content + b"\r\n"
    )


async def in_chunks(body: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(body), size):
        yield body[start : start + size]


async def parse(body: bytes, *, size: int = 64, content_type: str = TYPE) -> list[object]:
    return [event async for event in read_form(in_chunks(body, size), content_type)]


def fields(events: list[object]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    name = ""
    for event in events:
        if isinstance(event, PartStart):
            name = event.name
            found[name] = b""
        elif isinstance(event, PartData):
            found[name] += event.data
    return found


@given(content=st.binary(max_size=400), size=st.integers(1, 80))
async def test_form_parser_gives_the_same_content_for_any_chunks(content: bytes, size: int) -> None:
    body = field('name="file"; filename="a.mp4"', content) + field('name="recipe"', b"{}")
    events = await parse(body + b"--x-y--\r\n", size=size)
    assert fields(events) == {"file": content, "recipe": b"{}"}
    assert events[-1] == PartEnd()


@pytest.mark.parametrize(
    ("headers", "file_name"),
    [
        ('name="file"; filename="férias.mp4"', "férias.mp4"),
        ("name=\"file\"; filename*=UTF-8''f%C3%A9rias.mp4", "férias.mp4"),
        ('name="file"; filename="a;b\\"c.mp4"', 'a;b"c.mp4'),
        ('name="file"; filename="a %22b%22.mp4"', 'a "b".mp4'),
        ('name="file"; filename="100%25 %20.mp4"', "100%25 %20.mp4"),
        ("name=\"file\"; filename*=UTF-8''a%2522.mp4", "a%22.mp4"),
        ('name="file"', None),
    ],
)
async def test_form_parser_reads_file_names(headers: str, file_name: str | None) -> None:
    events = await parse(field(headers, b"1") + b"--x-y--\r\n")
    assert events[0] == PartStart("file", file_name)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no form at all",
        field('name="file"', b"1"),  # no closing boundary
        field('name="file"', b"1")[:-30],
        field('filename="nameless"', b"1") + b"--x-y--\r\n",
        b"--x-y\r\n\r\nno headers\r\n--x-y--\r\n",
        field(f'name="{"n" * MAX_HEADER_BYTES}"', b"1") + b"--x-y--\r\n",
        field('name="field"', b"1") * 20 + b"--x-y--\r\n",
    ],
)
async def test_form_parser_refuses_malformed_forms(body: bytes) -> None:
    with pytest.raises(BadForm):
        await parse(body)


async def test_form_parser_refuses_other_media_types() -> None:
    with pytest.raises(UnsupportedMediaType):
        await parse(b"{}", content_type="application/json")
    with pytest.raises(UnsupportedMediaType):
        await parse(b"{}", content_type="")
    with pytest.raises(BadForm):
        await parse(b"", content_type="multipart/form-data")
