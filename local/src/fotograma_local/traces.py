"""Receives spans by OTLP, and shows each trace as a tree once nothing more comes of it."""

import asyncio
import contextlib
import re
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass, field

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status
from rich.tree import Tree

from fotograma_local.ports import HOST

QUIET_SECONDS = 3.0
"""A trace of which nothing has come for so long is shown."""
_LONGEST_BODY = 2**26
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d{1,9})\r\n", re.IGNORECASE)
_TAKEN = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


@dataclass(frozen=True, slots=True)
class ReceivedSpan:
    """A span, and which process it is of."""

    service: str
    span: Span

    @property
    def label(self) -> str:
        """A line of the tree."""
        milliseconds = (self.span.end_time_unix_nano - self.span.start_time_unix_nano) / 1e6
        failed = " [red]failed[/]" if self.span.status.code == Status.STATUS_CODE_ERROR else ""
        return f"{self.span.name} [dim]{self.service}, {milliseconds:.1f} ms[/]{failed}"


@dataclass(slots=True)
class _Trace:
    spans: list[ReceivedSpan] = field(default_factory=list)
    heard_at: float = 0.0


class TraceReceiver:
    """What an OTLP exporter may be pointed at, for one machine."""

    def __init__(self, show: Callable[[Tree], None], quiet_seconds: float = QUIET_SECONDS) -> None:
        self._show = show
        self._quiet_seconds = quiet_seconds
        self._traces: dict[bytes, _Trace] = {}

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[str]:
        """Receive while the block runs; gives the base URL to send to. Shows what is left then."""
        server = await asyncio.start_server(self._serve, HOST, 0)
        port = server.sockets[0].getsockname()[1]
        showing = asyncio.create_task(self._show_now_and_then())
        try:
            yield f"http://{HOST}:{port}"
        finally:
            showing.cancel()
            server.close()
            self._show_quiet(since=0.0)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.closing(writer), contextlib.suppress(OSError, EOFError):
            while length := _LENGTH.search(await reader.readuntil(b"\r\n\r\n")):
                body = await reader.readexactly(min(int(length[1]), _LONGEST_BODY))
                self.take(ExportTraceServiceRequest.FromString(body))
                writer.write(_TAKEN)
                await writer.drain()

    def take(self, request: ExportTraceServiceRequest) -> None:
        """Add spans to their traces."""
        for of_process in request.resource_spans:
            named = {each.key: each.value for each in of_process.resource.attributes}
            service = named["service.name"].string_value
            for scope in of_process.scope_spans:
                for span in scope.spans:
                    trace = self._traces.setdefault(span.trace_id, _Trace())
                    trace.spans.append(ReceivedSpan(service, span))
                    trace.heard_at = time.monotonic()

    async def _show_now_and_then(self) -> None:
        while True:
            await asyncio.sleep(self._quiet_seconds / 2)
            self._show_quiet(self._quiet_seconds)

    def _show_quiet(self, since: float) -> None:
        before = time.monotonic() - since
        for trace_id in [key for key, each in self._traces.items() if each.heard_at <= before]:
            self._show(tree_of(trace_id.hex(), self._traces.pop(trace_id).spans))


def tree_of(title: str, spans: Iterable[ReceivedSpan]) -> Tree:
    """The spans below each other, those first that began first."""
    ordered = sorted(spans, key=lambda each: each.span.start_time_unix_nano)
    known = {each.span.span_id for each in ordered}
    below: dict[bytes, list[ReceivedSpan]] = {}
    for each in ordered:
        parent = each.span.parent_span_id
        below.setdefault(parent if parent in known else b"", []).append(each)
    tree = Tree(f"[dim]trace {title}[/]")
    _grow(tree, b"", below)
    return tree


def _grow(tree: Tree, parent: bytes, below: Mapping[bytes, list[ReceivedSpan]]) -> None:
    for each in below.get(parent, ()):
        _grow(tree.add(each.label), each.span.span_id, below)
