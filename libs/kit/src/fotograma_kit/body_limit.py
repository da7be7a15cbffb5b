"""Routes whose bodies are small: what is larger is refused before it fills the memory.

FastAPI's own `max_body_size` answers in plain text where the length is declared; every error of
ours is a problem.
"""

import json
from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.types import Message

from fotograma_kit.problems import ContentTooLarge, RequestTimeout, UnreadableBody, with_problems

MAX_BODY_BYTES = 256 * 1024
"""The largest request that carries no video is a recipe with ten thousand times."""


class SmallBodyRoute(APIRoute):
    """A route that answers 413 to a body above `MAX_BODY_BYTES`, and documents it in OpenAPI.

    For `APIRouter(route_class=SmallBodyRoute)`.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().__init__(path, endpoint, **options)
        if self.body_field is not None:
            self.responses = with_problems(
                self.responses, UnreadableBody, ContentTooLarge, RequestTimeout
            )

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's handler, reading through a meter."""
        handler = super().get_route_handler()

        async def limited(request: Request) -> Response:
            return await handler(_MeteredRequest(request.scope, request.receive))

        return limited


class _MeteredRequest(Request):
    def __init__(self, scope: Any, receive: Any) -> None:
        super().__init__(scope, self._metered)
        self._unmetered = receive
        self._received = 0

    async def json(self) -> Any:
        """The body. Raises `JSONDecodeError` also for what Python alone cannot read."""
        try:
            return await super().json()
        except (json.JSONDecodeError, UnicodeDecodeError):
            raise
        except (RecursionError, ValueError) as error:  # nested too deeply; too many digits
            raise json.JSONDecodeError(str(error), "", 0) from error

    async def _metered(self) -> Message:
        declared = self.headers.get("content-length", "")
        if declared.isdigit() and int(declared) > MAX_BODY_BYTES:
            raise _too_large()
        message: Message = await self._unmetered()
        self._received += len(message.get("body", b""))
        if self._received > MAX_BODY_BYTES:
            raise _too_large()
        return message


def _too_large() -> HTTPException:
    # FastAPI turns any other exception of a body's reading into 400.
    return HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
