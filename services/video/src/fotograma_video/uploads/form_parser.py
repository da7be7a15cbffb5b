"""A multipart form, parsed as it arrives: nothing of it is kept.

FastAPI's `UploadFile` writes the whole file to disk before the route is called.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from email.message import Message as Headers

from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError

from fotograma_video.errors import BadForm, UnsupportedMediaType

_ESCAPED = {"%22": '"', "%0D": "\r", "%0A": "\n"}
MAX_HEADERS = 8
MAX_HEADER_BYTES = 4_096
MAX_PARTS = 16


@dataclass(frozen=True, slots=True)
class PartStart:
    """A field begins; `file_name` is None for a plain one."""

    name: str
    file_name: str | None


@dataclass(frozen=True, slots=True)
class PartData:
    """Some bytes of the field."""

    data: bytes


@dataclass(frozen=True, slots=True)
class PartEnd:
    """The field is complete."""


FormEvent = PartStart | PartData | PartEnd


async def read_form(stream: AsyncIterator[bytes], content_type: str) -> AsyncIterator[FormEvent]:
    """The form's fields as they arrive. Raises `UnsupportedMediaType` or `BadForm`."""
    reader = _Reader(_boundary(content_type))
    async for chunk in stream:
        for event in reader.feed(chunk):
            yield event
    reader.finish()


def _boundary(content_type: str) -> bytes:
    headers = Headers()
    headers["content-type"] = content_type
    if headers.get_content_type() != "multipart/form-data":
        raise UnsupportedMediaType
    boundary = headers.get_param("boundary")
    if not isinstance(boundary, str) or not boundary:
        raise BadForm("The form's Content-Type has no boundary.")
    return boundary.encode("latin-1", "replace")


class _Reader:
    """Turns the parser's callbacks into events."""

    def __init__(self, boundary: bytes) -> None:
        self._events: list[FormEvent] = []
        self._headers: dict[str, str] = {}
        self._field = bytearray()
        self._value = bytearray()
        self._parts = 0
        self._ended = False
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._on_part_begin,
                    "on_part_data": self._on_part_data,
                    "on_part_end": self._on_part_end,
                    "on_header_field": self._on_header_field,
                    "on_header_value": self._on_header_value,
                    "on_header_end": self._on_header_end,
                    "on_headers_finished": self._on_headers_finished,
                    "on_end": self._on_end,
                },
            )
        except FormParserError as error:
            raise BadForm(str(error)) from error

    def feed(self, chunk: bytes) -> list[FormEvent]:
        """The events that `chunk` completes."""
        try:
            self._parser.write(chunk)
        except FormParserError as error:
            raise BadForm("The form is malformed.") from error
        events, self._events = self._events, []
        return events

    def finish(self) -> None:
        """Raises `BadForm` when the form broke off."""
        if not self._ended:
            raise BadForm("The form broke off before its end.")

    def _on_part_begin(self) -> None:
        self._parts += 1
        if self._parts > MAX_PARTS:
            raise BadForm(f"The form has more than {MAX_PARTS} fields.")
        self._headers = {}

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._field += data[start:end]
        self._check_header()

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]
        self._check_header()

    def _check_header(self) -> None:
        if (
            len(self._field) + len(self._value) > MAX_HEADER_BYTES
            or len(self._headers) >= MAX_HEADERS
        ):
            raise BadForm("A field of the form has too many headers.")

    def _on_header_end(self) -> None:
        name = self._field.decode("latin-1").lower()
        self._headers[name] = self._value.decode("utf-8", "replace")
        self._field.clear()
        self._value.clear()

    def _on_headers_finished(self) -> None:
        name, file_name = _disposition(self._headers.get("content-disposition", ""))
        self._events.append(PartStart(name, file_name))

    def _on_part_data(self, data: bytes, start: int, end: int) -> None:
        self._events.append(PartData(data[start:end]))

    def _on_part_end(self) -> None:
        self._events.append(PartEnd())

    def _on_end(self) -> None:
        self._ended = True


def _disposition(value: str) -> tuple[str, str | None]:
    headers = Headers()
    headers["content-disposition"] = value
    if headers.get_content_disposition() != "form-data":
        raise BadForm("A field of the form has no Content-Disposition.")
    name = headers.get_param("name", header="content-disposition")
    if not isinstance(name, str):
        raise BadForm("A field of the form has no name.")
    plain = headers.get_param("filename", header="content-disposition")
    return name, _as_chosen(plain) if isinstance(plain, str) else headers.get_filename()


def _as_chosen(file_name: str) -> str:
    """Undo what browsers do to a file's name in a form: they write three characters, and no others,
    as per cent and number (HTML standard, "multipart form data").
    """
    for written, character in _ESCAPED.items():
        file_name = file_name.replace(written, character)
    return file_name
