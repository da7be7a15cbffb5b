"""The command's form, read by the service's own parser."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from fotograma_cli.upload.form import UploadForm
from fotograma_cli.upload.source import SourceFile
from fotograma_video.naming import clean_name
from fotograma_video.uploads.form_parser import PartData, PartStart, read_form


async def _stream(chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


@pytest.mark.parametrize(
    ("name", "arrives_as"),
    [
        ("holiday.mp4", "holiday.mp4"),
        ("férias à praia – 日本 🎬.mp4", "férias à praia – 日本 🎬.mp4"),  # noqa: RUF001
        ("a; filename=b.mp4", "a; filename=b.mp4"),
        ("100%22.mp4", "100%22.mp4"),
        ('say "hi".mp4', "say _hi_.mp4"),
        ("line\r\nbreak.mp4", "line__break.mp4"),
    ],
)
async def test_service_reads_what_the_command_sends(
    tmp_path: Path, name: str, arrives_as: str
) -> None:
    path = tmp_path / name
    content = b"\r\n--fotograma-\r\n" * 100_000
    path.write_bytes(content)
    source = SourceFile.at(path)
    form = UploadForm(source.name, '{"sampling": {"mode": "all"}}', keep_days=7)
    fields: dict[str, bytes] = {}
    names: dict[str, str | None] = {}
    field = ""
    body = _stream(form.content(source.read(), lambda _: None))
    async for event in read_form(body, form.headers(None)["Content-Type"]):
        if isinstance(event, PartStart):
            field = event.name
            names[field] = event.file_name
        elif isinstance(event, PartData):
            fields[field] = fields.get(field, b"") + event.data
    assert fields == {
        "recipe": b'{"sampling": {"mode": "all"}}',
        "retention_days": b"7",
        "file": content,
    }
    assert names["recipe"] is None
    assert clean_name(names["file"] or "") == arrives_as
