"""Requests by how they end and how long their answers take to begin: what objectives are about.

What a client sends or reads slowly is not the service's slowness. So the time runs until an answer
begins, and uploads and streams of events are kinds of their own.
"""

import time
from functools import partial

from prometheus_client import Counter, Histogram
from starlette.datastructures import Headers
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


def show_zeros() -> None:
    """Show every series before its first event, or its first increase would not be seen."""
    for kind in KINDS:
        SECONDS.labels(kind)
        for status in _STATUSES:
            REQUESTS.labels(kind, status)


class RequestMetrics:
    """Counts and times the requests that are no probes."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        show_zeros()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http" or scope["path"].startswith(_PROBES):
            await self._app(scope, receive, send)
            return
        request = _Request(scope)
        try:
            await self._app(scope, receive, partial(request.send, send))
        except Exception:
            request.failed()
            raise


class _Request:
    def __init__(self, scope: Scope) -> None:
        self._began = time.perf_counter()
        sent = Headers(scope=scope).get("content-type", "")
        self._kind = UPLOAD if sent.startswith("multipart/form-data") else API
        self._is_answered = False

    async def send(self, send: Send, message: Message) -> None:
        """Part of the answer."""
        if message["type"] == "http.response.start":
            answer = Headers(raw=message.get("headers", []))
            is_stream = answer.get("content-type", "").startswith("text/event-stream")
            self._answered(message["status"], STREAM if is_stream else self._kind)
        await send(message)

    def failed(self) -> None:
        """Count a request that raised: unless its answer had begun, it is answered 500."""
        if not self._is_answered:
            self._answered(500, self._kind)

    def _answered(self, status: int, kind: str) -> None:
        self._is_answered = True
        SECONDS.labels(kind).observe(time.perf_counter() - self._began)
        REQUESTS.labels(kind, f"{status // 100}xx").inc()
