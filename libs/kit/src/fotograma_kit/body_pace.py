"""Bodies that come too slowly: who sends one byte a minute keeps a connection and its memory."""

import asyncio
import time
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fotograma_kit.settings import RateSettings

_BODIES = (b"content-length", b"transfer-encoding")


class BodyPace:
    """Breaks off a request whose body keeps the service waiting for too long (408).

    Only waiting counts: a body that the service itself takes slowly is not slow.
    """

    def __init__(self, app: ASGIApp, *, settings: RateSettings) -> None:
        self._app = app
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, with a clock on its body if it has one."""
        if scope["type"] == "http" and any(name in _BODIES for name, _ in scope["headers"]):
            body = _TimedBody(receive, send, self._settings)
            receive, send = body.receive, body.send
        await self._app(scope, receive, send)


class _TimedBody:
    def __init__(self, receive: Receive, send: Send, settings: RateSettings) -> None:
        self._receive = receive
        self._send = send
        self._left = settings.body_grace_seconds
        self._seconds_for_byte = 1 / settings.body_bytes_per_second
        self._is_wanted = True

    async def receive(self) -> Message:
        """The next part of the body."""
        if not self._is_wanted:
            return await self._receive()
        began = time.monotonic()
        try:
            async with asyncio.timeout(self._left):
                message = await self._receive()
        except TimeoutError as error:
            if not self._is_wanted:
                return await self._receive()
            # FastAPI turns any other exception of a body's reading into 400.
            status = HTTPStatus.REQUEST_TIMEOUT
            raise HTTPException(status, headers={"Connection": "close"}) from error
        self._left += len(message.get("body", b"")) * self._seconds_for_byte
        self._left -= time.monotonic() - began
        self._is_wanted = message.get("more_body", False)
        return message

    async def send(self, message: Message) -> None:
        """Part of the answer: once that begins, nobody waits for the body any more."""
        self._is_wanted = False
        await self._send(message)
