"""The gateway in front of a real HTTP server, with real clients."""

import asyncio
import json
import resource
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from aiohttp import web
from fotograma_local.gateway import Gateway, PortTaken
from fotograma_local.ports import HOST, free_ports
from yarl import URL

MIB = 1 << 20


@dataclass
class Upstream:
    """A service that the gateway forwards to."""

    port: int
    received: int = 0
    gone: asyncio.Event | None = None


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    (port,) = free_ports(1)
    state = Upstream(port, gone=asyncio.Event())

    async def echo(request: web.Request) -> web.Response:
        return web.json_response(
            {
                "path": request.raw_path,
                "headers": [[name.lower(), value] for name, value in request.headers.items()],
                "body": (await request.read()).decode(),
            },
            headers={"X-Custom": "1"},
        )

    async def count(request: web.Request) -> web.Response:
        async for chunk in request.content.iter_any():
            state.received += len(chunk)
        return web.Response(text=str(state.received))

    async def refuse(_request: web.Request) -> web.Response:
        return web.json_response({"code": "too_large"}, status=413)

    async def stream(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        assert state.gone is not None
        try:
            await response.write(b"data: 1\n\n")
            await asyncio.Event().wait()
        finally:
            state.gone.set()
        return response

    async def large(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": str(64 * MIB)})
        await response.prepare(request)
        for _ in range(64):
            await response.write(bytes(MIB))
        return response

    async def short(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "1000"})
        await response.prepare(request)
        await response.write(b"not all")
        assert request.transport is not None
        request.transport.abort()
        return response

    app = web.Application(client_max_size=0)
    app.router.add_post("/video/count", count)
    app.router.add_post("/video/refuse", refuse)
    app.router.add_post("/video/unseen", refuse, expect_handler=refuse)
    app.router.add_get("/video/stream", stream)
    app.router.add_get("/video/large", large)
    app.router.add_get("/video/short", short)
    app.router.add_route("*", "/{path:.*}", echo)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, HOST, port).start()
    yield state
    await runner.cleanup()


@pytest.fixture
async def gateway(upstream: Upstream) -> AsyncIterator[str]:
    (port, nobody) = free_ports(2)
    routes = {
        "/video": f"http://{HOST}:{upstream.port}",
        "/auth": f"http://{HOST}:{nobody}",
    }
    async with Gateway(routes, host=HOST, port=port, index="<p>Here"):
        yield f"http://{HOST}:{port}"


@pytest.fixture
async def client(gateway: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=gateway, timeout=20) as client:
        yield client


async def test_gateway_index_lists_the_services(client: httpx.AsyncClient) -> None:
    answer = await client.get("/")
    assert answer.text == "<p>Here"
    assert answer.headers["content-type"].startswith("text/html")


async def test_gateway_passes_requests_unchanged(client: httpx.AsyncClient) -> None:
    answer = await client.put(
        "/video/a%2Fb?x=%20y&x=2",
        content=b"body",
        headers={
            "Authorization": "Bearer t",
            "X-Forwarded-For": "10.0.0.1",
            "X-Secret-Hop": "1",
            "Connection": "x-secret-hop",
        },
    )
    assert answer.headers["x-custom"] == "1"
    echoed = answer.json()
    headers = dict(echoed["headers"])
    assert echoed["path"] == "/video/a%2Fb?x=%20y&x=2"
    assert echoed["body"] == "body"
    assert headers["authorization"] == "Bearer t"
    assert headers["x-forwarded-for"] == "10.0.0.1, 127.0.0.1"
    assert headers["x-forwarded-proto"] == "http"
    assert headers["host"] == headers["x-forwarded-host"] == client.base_url.netloc.decode()
    assert "x-secret-hop" not in headers


async def test_gateway_answers_head_with_length_and_no_body(client: httpx.AsyncClient) -> None:
    answer = await client.head("/video/anything")
    assert int(answer.headers["content-length"]) > 0
    assert answer.content == b""


@pytest.mark.parametrize("path", ["/", "/videos", "/metrics", "/health/live"])
async def test_gateway_routes_to_services_only(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.post(path) if path == "/" else await client.get(path)
    assert answer.status_code in {404, 405}


async def test_gateway_answers_with_a_problem_for_a_service_that_is_down(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.get("/auth/me")
    assert answer.status_code == 503
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert answer.json()["code"] == "unavailable"


async def test_gateway_streams_uploads_and_downloads(
    client: httpx.AsyncClient, upstream: Upstream
) -> None:
    async def body() -> AsyncIterator[bytes]:
        for _ in range(256):
            yield bytes(MIB)

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    answer = await client.post(
        "/video/count", content=body(), headers={"Content-Length": str(256 * MIB)}
    )
    assert answer.text == str(256 * MIB)
    received = 0
    async with client.stream("GET", "/video/large") as download:
        async for chunk in download.aiter_raw():
            received += len(chunk)
    assert received == 64 * MIB
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 48 * 1024, f"grew by {grown} KiB"


async def test_gateway_passes_chunked_uploads(client: httpx.AsyncClient) -> None:
    async def body() -> AsyncIterator[bytes]:
        yield b"ab"
        yield b"cd"

    echoed = (await client.post("/video/x", content=body())).json()
    assert echoed["body"] == "abcd"
    assert dict(echoed["headers"])["transfer-encoding"] == "chunked"


async def test_gateway_passes_a_refusal_to_a_client_that_still_sends(
    gateway: str, tmp_path: Path
) -> None:
    curl = shutil.which("curl")
    assert curl is not None, "these tests need curl"
    large = tmp_path / "large"
    with large.open("wb") as file:
        file.truncate(512 * MIB)
    process = await asyncio.create_subprocess_exec(
        curl,
        *("-sS", "--max-time", "20", "-F", f"file=@{large}", "-w", "\n%{http_code}"),
        f"{gateway}/video/refuse",
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await process.communicate()
    body, status = output.decode().rsplit("\n", 1)
    assert (status, json.loads(body)) == ("413", {"code": "too_large"}), errors


async def test_gateway_answers_expect_continue_as_the_service_does(gateway: str) -> None:
    for path, said in (("unseen", b"HTTP/1.1 413"), ("count", b"HTTP/1.1 100 Continue")):
        async with asyncio.timeout(10):
            reader, writer = await asyncio.open_connection(HOST, URL(gateway).port)
            writer.write(
                f"POST /video/{path} HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 4\r\n"
                "Expect: 100-continue\r\n\r\n".encode()
            )
            assert (await reader.readline()).startswith(said)
            if path == "count":
                writer.write(b"body")
                assert await reader.readline() == b"\r\n"
                assert (await reader.readline()).startswith(b"HTTP/1.1 200")
            writer.close()


async def test_gateway_passes_events_at_once_and_ends_them_with_the_client(
    client: httpx.AsyncClient, upstream: Upstream
) -> None:
    async with asyncio.timeout(5), client.stream("GET", "/video/stream") as events:
        first = await anext(events.aiter_raw())
    assert first == b"data: 1\n\n"
    assert upstream.gone is not None
    async with asyncio.timeout(5):
        await upstream.gone.wait()


async def test_gateway_shows_a_truncated_answer_as_such(client: httpx.AsyncClient) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        await client.get("/video/short")


async def test_gateway_names_a_taken_port(gateway: str) -> None:
    port = int(gateway.rsplit(":", 1)[-1])
    with pytest.raises(PortTaken, match=str(port)):
        await Gateway({}, host=HOST, port=port, index="").__aenter__()
