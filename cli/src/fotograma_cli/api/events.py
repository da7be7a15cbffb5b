"""Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from fotograma_cli.errors import CommandError


@dataclass(frozen=True, slots=True)
class Event:
    """One event: its name and its JSON document."""

    name: str
    data: Any


def read_events(stream: Iterable[bytes]) -> Iterator[Event]:
    """The events of a stream. Comments, which keep it alive, are left out.

    Raises `CommandError` for what is no JSON.
    """
    name, data = "message", ""
    for line in _lines(stream):
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "event":
            name = value
        elif field == "data":
            data += f"{value}\n"
        elif not line:
            if data:
                yield Event(name, _document(data))
            name, data = "message", ""


def _lines(stream: Iterable[bytes]) -> Iterator[str]:
    """Lines end with LF. A name in the data may hold what `str.splitlines` takes for an end."""
    rest = b""
    for chunk in stream:
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            yield line.removesuffix(b"\r").decode("utf-8", "replace")


def _document(data: str) -> Any:
    try:
        return json.loads(data)
    except ValueError as error:
        raise CommandError("The server's events cannot be read.", code="bad_event") from error
