"""What every answer tells a browser: to store, frame, run and guess nothing."""

from functools import partial

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

DEFAULTS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""Of an answer that says nothing else."""
_HTTPS_ONLY = "max-age=31536000"


class SecurityHeaders:
    """Adds to each answer the headers that it does not set itself.

    By https also that the host is to be asked by nothing else, unless it is this machine: the rule
    would bind whatever else is developed there.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] == "http":
            send = partial(_answer, send, is_public=_is_public(scope))
        await self._app(scope, receive, send)


async def _answer(send: Send, message: Message, *, is_public: bool) -> None:
    if message["type"] == "http.response.start":
        headers = MutableHeaders(scope=message)
        for name, value in DEFAULTS.items():
            headers.setdefault(name, value)
        if is_public:
            headers.setdefault("Strict-Transport-Security", _HTTPS_ONLY)
    await send(message)


def _is_public(scope: Scope) -> bool:
    if scope["scheme"] != "https":
        return False
    host, _, _ = Headers(scope=scope).get("host", "").partition(":")
    return host not in {"", "localhost", "127.0.0.1"} and not host.endswith(".localhost")
