"""A line in the log for each request, and an id by which all lines about it are found."""

import re
import time
from functools import partial
from uuid import uuid4

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = structlog.get_logger(__name__)

HEADER = "X-Request-ID"
_ACCEPTED = re.compile(r"[A-Za-z0-9._-]{1,64}")
"""What a caller may choose: nothing that would break a line or hide another."""
_PROBES = ("/health/", "/metrics")


class RequestLog:
    """Takes over or makes an id, answers with it, and logs how the request went.

    The path is logged without its query, where a signature would be.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http" or scope["path"].startswith(_PROBES):
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get(HEADER, "")
        answer = _Answer(given if _ACCEPTED.fullmatch(given) else uuid4().hex)
        with structlog.contextvars.bound_contextvars(request_id=answer.request_id):
            began = time.perf_counter()
            try:
                await self._app(scope, receive, partial(answer.send, send))
            except Exception:
                answer.status = answer.status or 500
                raise
            finally:
                log.info(
                    "request",
                    method=scope["method"],
                    path=scope["path"],
                    status=answer.status,
                    seconds=round(time.perf_counter() - began, 4),
                )


class _Answer:
    def __init__(self, request_id: str) -> None:
        self.request_id = request_id
        self.status: int | None = None
        """None while there is none: for good, where the client left before."""

    async def send(self, send: Send, message: Message) -> None:
        """Part of the answer."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            MutableHeaders(scope=message)[HEADER] = self.request_id
        await send(message)
