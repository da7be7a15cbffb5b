"""Requests by how they end and how long their answers take to begin: what objectives are about.

What a client sends or reads slowly is not the service's slowness. So the time runs until an answer
begins, and uploads and streams of events are kinds of their own.
"""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial

from prometheus_client import Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

REQUESTS = Counter(
    "fotograma_requests",
    "Requests, by kind and first digit of the status",
    ["kind", "status"],
)
SECONDS = Histogram(
    "fotograma_request_seconds",
    "Seconds until the answer began",
    ["kind"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 1, 2, 5, 10, 30),
)
API, STREAM, UPLOAD = KINDS = ("api", "stream", "upload")
_STATUSES = ("2xx", "3xx", "4xx", "5xx")
_PROBES = ("/health/", "/metrics")


@dataclass(frozen=True, slots=True)
class _Kind:
    """The series of one kind of request, found once: to look for one takes longer than to count."""

    seconds: Histogram
    requests: Mapping[str, Counter]


def show_zeros() -> Mapping[str, _Kind]:
    """Show every series before its first event, or its first increase would not be seen."""
    return {
        kind: _Kind(
            SECONDS.labels(kind), {status: REQUESTS.labels(kind, status) for status in _STATUSES}
        )
        for kind in KINDS
    }


class RequestMetrics:
    """Counts and times the requests that are no probes."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._kinds = show_zeros()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http" or scope["path"].startswith(_PROBES):
            await self._app(scope, receive, send)
            return
        request = _Request(scope, self._kinds)
        try:
            await self._app(scope, receive, partial(request.send, send))
        except Exception:
            request.failed()
            raise


class _Request:
    def __init__(self, scope: Scope, kinds: Mapping[str, _Kind]) -> None:
        self._began = time.perf_counter()
        self._kinds = kinds
        is_form = _content_type(scope["headers"]).startswith(b"multipart/form-data")
        self._kind = UPLOAD if is_form else API
        self._is_answered = False

    async def send(self, send: Send, message: Message) -> None:
        """Part of the answer."""
        if message["type"] == "http.response.start":
            sent = _content_type(message.get("headers", ()))
            is_stream = sent.startswith(b"text/event-stream")
            self._answered(message["status"], STREAM if is_stream else self._kind)
        await send(message)

    def failed(self) -> None:
        """Count a request that raised: unless its answer had begun, it is answered 500."""
        if not self._is_answered:
            self._answered(500, self._kind)

    def _answered(self, status: int, kind: str) -> None:
        self._is_answered = True
        of_kind = self._kinds[kind]
        of_kind.seconds.observe(time.perf_counter() - self._began)
        of_kind.requests[f"{status // 100}xx"].inc()


def _content_type(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    return next((value for name, value in headers if name == b"content-type"), b"")
