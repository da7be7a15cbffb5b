"""One address for everything: requests go by their path to the services, as a load balancer would.

Bodies are streamed both ways and never held: a chunk is read from one side when the other has
taken the one before.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from http import HTTPStatus
from types import TracebackType
from typing import Self

from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    TCPConnector,
    hdrs,
    web,
)
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

_CONNECT_SECONDS = 5.0
_CLOSE_SECONDS = 2.0
"""How long open streams may go on when the gateway is closed."""
_MAX_HEADER_BYTES = 64 * 1024
_HOP_BY_HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)


class PortTaken(Exception):
    """Somebody else listens on the gateway's port."""


class Gateway:
    """Serves `http://<host>:<port>/`; entered when it listens."""

    def __init__(self, routes: Mapping[str, str], *, host: str, port: int, index: str) -> None:
        """`routes`: path prefix (`/auth`) → base URL of the service. `index`: a page for `/`."""
        self._routes = routes
        self._index = index
        self._host = host
        self._port = port
        self._runner: web.AppRunner | None = None
        self._session: ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = ClientSession(
            # A connection for each request: one that the service is about to close would lose it.
            connector=TCPConnector(limit=0, force_close=True),
            # No limit but on connecting: an upload takes as long as it takes, and live events end
            # when either side ends them.
            timeout=ClientTimeout(total=None, sock_connect=_CONNECT_SECONDS),
            auto_decompress=False,
            trust_env=False,
        )
        app = web.Application(client_max_size=0)
        app.router.add_get("/", self._serve_index)
        app.router.add_route("*", "/{path:.*}", self._forward, expect_handler=_let_the_service_say)
        self._runner = web.AppRunner(
            app,
            access_log=None,
            handler_cancellation=True,  # whoever goes away lets go of the service, too
            max_line_size=_MAX_HEADER_BYTES,
            max_field_size=_MAX_HEADER_BYTES,
            shutdown_timeout=_CLOSE_SECONDS,
        )
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._host, self._port).start()
        except OSError as error:
            await self._close()
            raise PortTaken(f"port {self._port} of {self._host} is taken") from error
        return self

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        await self._close()

    async def _close(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
        if self._session is not None:
            await self._session.close()

    async def _serve_index(self, _request: web.Request) -> web.Response:
        return web.Response(text=self._index, content_type="text/html")

    async def _forward(self, request: web.Request) -> web.StreamResponse:
        service = self._service_of(request.path)
        if service is None:
            return _problem(404, "not_found", f"Nothing is served at {request.path}")
        response: web.StreamResponse | None = None
        try:
            async with self._ask(service, request) as answer:
                response = web.StreamResponse(
                    status=answer.status, reason=answer.reason, headers=_end_to_end(answer.headers)
                )
                await response.prepare(request)
                async for chunk in answer.content.iter_any():
                    await response.write(chunk)
                await response.write_eof()
                return response
        except ClientError as error:
            if response is not None:
                # The answer has begun: only a broken connection tells the client that it is short.
                raise ConnectionAbortedError from error
            if isinstance(error, ClientConnectorError):
                return _problem(503, "unavailable", "The service is not running")
            return _problem(502, "bad_gateway", "The service broke off")

    def _service_of(self, path: str) -> str | None:
        return next(
            (
                service
                for prefix, service in self._routes.items()
                if path == prefix or path.startswith(f"{prefix}/")
            ),
            None,
        )

    def _ask(
        self, service: str, request: web.Request
    ) -> AbstractAsyncContextManager[ClientResponse]:
        """The request, on to the service."""
        assert self._session is not None  # noqa: S101 - it is open while requests come in
        return self._session.request(
            request.method,
            URL(f"{service}{request.rel_url.raw_path_qs}", encoded=True),
            headers=_forwarded(request),
            data=_body(request) if request.can_read_body else None,
            allow_redirects=False,
            skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
        )


async def _let_the_service_say(request: web.Request) -> None:
    """Whether a client that asks first (RFC 9110, 10.1.1) may send its body."""
    if not _asks_first(request):
        raise web.HTTPExpectationFailed


def _asks_first(request: web.Request) -> bool:
    return request.headers.get(hdrs.EXPECT, "").lower() == "100-continue"


async def _body(request: web.Request) -> AsyncIterator[bytes]:
    """What the client sends, from when the service wants it."""
    if _asks_first(request):
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0  # the answer has not begun
    async for chunk in request.content.iter_any():
        yield chunk


def _forwarded(request: web.Request) -> CIMultiDict[str]:
    """The request's headers, and whom they come from."""
    headers = _end_to_end(request.headers)
    senders = [*request.headers.getall(hdrs.X_FORWARDED_FOR, []), request.remote or "unknown"]
    headers[hdrs.X_FORWARDED_FOR] = ", ".join(senders)
    headers[hdrs.X_FORWARDED_PROTO] = request.scheme
    headers[hdrs.X_FORWARDED_HOST] = request.host
    return headers


def _end_to_end(headers: CIMultiDictProxy[str]) -> CIMultiDict[str]:
    """Headers without those that concern one connection only (RFC 9110, 7.6.1)."""
    named = {
        name.strip().lower()
        for value in headers.getall(hdrs.CONNECTION, [])
        for name in value.split(",")
    }
    return CIMultiDict(
        (name, value)
        for name, value in headers.items()
        if name.lower() not in _HOP_BY_HOP and name.lower() not in named
    )


def _problem(status: int, code: str, title: str) -> web.Response:
    """An error as the services answer theirs (RFC 9457)."""
    return web.json_response(
        {"type": f"urn:fotograma:problem:{code}", "title": title, "status": status, "code": code},
        status=status,
        content_type="application/problem+json",
        headers={"Retry-After": "5"} if status == HTTPStatus.SERVICE_UNAVAILABLE else None,
    )
