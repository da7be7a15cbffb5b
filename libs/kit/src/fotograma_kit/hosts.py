"""For which hosts a process answers.

A web page may give a name of its own this machine's address (DNS rebinding), and is then of the
same origin as what answers here. It cannot choose what the request's `Host` says.
"""

from collections.abc import Sequence
from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send


class HostGuard:
    """Refuse what is asked of another host."""

    def __init__(self, app: ASGIApp, *, hosts: Sequence[str]) -> None:
        self._app = app
        self._hosts = frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 421."""
        if scope["type"] == "http" and not self._is_ours(scope):
            refusal = Response(status_code=HTTPStatus.MISDIRECTED_REQUEST)
            await refusal(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _is_ours(self, scope: Scope) -> bool:
        host, _, _ = Headers(scope=scope).get("host", "").partition(":")
        return host in self._hosts
