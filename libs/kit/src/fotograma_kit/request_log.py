"""A line in the log for each request, and an id by which all lines about it are found."""

import logging
import time
from functools import partial

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fotograma_kit.request_ids import accepted, new_request_id
from fotograma_kit.requests import is_watched

log = logging.getLogger(__name__)
"""The standard library's: structlog's takes twice as long, and there is a line for each request."""

HEADER = "X-Request-ID"
_HEADER = HEADER.lower().encode()
_SUBJECTS = ("video_id", "extraction_id")


class RequestLog:
    """Takes over or makes an id, answers with it, and logs how the request went.

    The path is logged without its query, where a signature would be.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if not is_watched(scope):
            await self._app(scope, receive, send)
            return
        answer = _Answer(_request_id(scope))
        with structlog.contextvars.bound_contextvars(request_id=answer.request_id):
            began = time.perf_counter()
            try:
                await self._app(scope, receive, partial(answer.send, send))
            except Exception:
                answer.status = answer.status or 500
                raise
            finally:
                fields = {
                    "method": scope["method"],
                    "path": scope["path"],
                    "status": answer.status,
                    "seconds": round(time.perf_counter() - began, 4),
                }
                log.info("request", extra=fields | _subjects(scope))


def _subjects(scope: Scope) -> dict[str, str]:
    """What the path names, once it was matched with a route's."""
    named = scope.get("path_params", {})
    return {name: str(named[name]) for name in _SUBJECTS if name in named}


def _request_id(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == _HEADER and (chosen := accepted(value.decode("latin-1"))):
            return chosen
    return new_request_id()


class _Answer:
    def __init__(self, request_id: str) -> None:
        self.request_id = request_id
        self.status: int | None = None
        """None while there is none: for good, where the client left before."""

    async def send(self, send: Send, message: Message) -> None:
        """Part of the answer."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [*message.get("headers", ()), (_HEADER, self.request_id.encode())]
        await send(message)
