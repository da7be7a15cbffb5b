"""What nobody expected: it is logged with all there is to say of it, and answered with 500."""

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fotograma_kit.logs import IS_LOGGED
from fotograma_kit.problems import unexpected_response

log = structlog.get_logger(__name__)


class Failures:
    """Ends what the app's own handlers do not.

    Starlette's place for it is outside of all middleware: there no request id is known any more,
    for the line or for the answer.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on. Raises what fails once the answer has begun: it breaks off then."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        is_begun = False

        async def sending(message: Message) -> None:
            nonlocal is_begun
            is_begun = True
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except Exception as error:
            log.error("request failed", exc_info=error)  # noqa: TRY400 - the exception is there
            if is_begun:
                setattr(error, IS_LOGGED, True)
                raise
            await unexpected_response()(scope, receive, send)
