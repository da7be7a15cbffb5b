"""The gateway in front of a real HTTP server, with real clients."""

import asyncio
import json
import resource
import shutil
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fixtures.deadlines import until
from fixtures.gateways import gateway_before
from fixtures.programs import succeed
from fixtures.raw_http import Server
from fixtures.upstream import LARGE_BYTES, MIB, Upstream, upstream_service
from fotograma_local.gateway import GatewayAddresses, certificate
from fotograma_local.ports import HOST

PAGE = {
    "index.html": "<!doctype html><title>The page</title>",
    "assets/app-1a2b3c.js": "console.log('the page')",
    "favicon.svg": "<svg/>",
}


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    async with upstream_service() as upstream:
        yield upstream


@pytest.fixture
async def gateway(upstream: Upstream, tmp_path: Path) -> AsyncIterator[GatewayAddresses]:
    async with gateway_before(tmp_path / "gateway", video_api=upstream.address) as gateway:
        yield gateway


@pytest.fixture
async def client(gateway: GatewayAddresses) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=gateway.url, timeout=20, trust_env=False) as client:
        yield client


async def test_gateway_lists_the_services_where_there_is_no_page(
    gateway: GatewayAddresses, client: httpx.AsyncClient
) -> None:
    for path in ("/", "/about"):
        answer = await client.get(path)
        assert answer.headers["content-type"].startswith("text/html")
        assert 'href="/video/docs"' in answer.text
        assert gateway.mailbox_url in answer.text
        assert "RabbitMQ" not in answer.text


async def test_gateway_passes_requests_unchanged(
    gateway: GatewayAddresses, client: httpx.AsyncClient
) -> None:
    answer = await client.put(
        "/video/a%2Fb?x=%20y&x=2",
        content=b"body",
        headers={
            "Authorization": "Bearer t",
            "X-Secret-Hop": "1",
            "Connection": "x-secret-hop",
        },
    )
    assert answer.headers["x-custom"] == "1"
    echoed = answer.json()
    headers = dict(echoed["headers"])
    assert (echoed["path"], echoed["query"]) == ("/video/a%2Fb", "x=%20y&x=2")
    assert echoed["body"] == "body"
    assert headers["authorization"] == "Bearer t"
    assert headers["host"] == f"localhost:{gateway.ports.gateway}"
    assert "x-secret-hop" not in headers


async def test_gateway_alone_says_whom_a_request_comes_from(
    client: httpx.AsyncClient, upstream: Upstream
) -> None:
    forged = {
        "X-Forwarded-For": "10.0.0.1",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "elsewhere.example",
        "Forwarded": "for=10.0.0.1",
        "X-Real-IP": "10.0.0.1",
    }
    echoed = (await client.get("/video/x", headers=forged)).json()
    headers = dict(echoed["headers"])
    assert echoed["client"] == HOST
    assert echoed["scheme"] == "http"
    assert headers["x-forwarded-for"] == HOST
    assert headers["x-forwarded-proto"] == "http"
    assert headers["x-forwarded-host"] == client.base_url.netloc.decode()
    # Past the gateway nothing of it is believed.
    async with httpx.AsyncClient(trust_env=False) as past:
        answer = await past.get(f"http://{upstream.address}/video/x", headers=forged)
    assert (answer.json()["client"], answer.json()["scheme"]) == (HOST, "http")


async def test_gateway_answers_head_with_length_and_no_body(client: httpx.AsyncClient) -> None:
    answer = await client.head("/video/anything")
    assert int(answer.headers["content-length"]) > 0
    assert answer.content == b""


@pytest.mark.parametrize("path", ["/videos", "/metrics", "/health/live", "/assets/x.js"])
async def test_gateway_routes_to_services_only(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert (await client.post("/")).status_code == 404


@pytest.mark.middle
async def test_gateway_answers_with_a_problem_for_a_service_that_is_down(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.get("/auth/me")
    assert answer.status_code == 502
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["retry-after"] == "5"
    assert answer.json()["code"] == "unavailable"


async def test_gateway_streams_uploads_and_downloads(
    client: httpx.AsyncClient, upstream: Upstream, tmp_path: Path
) -> None:
    async def body() -> AsyncIterator[bytes]:
        for _ in range(256):
            yield bytes(MIB)

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    answer = await client.post("/video", content=body(), headers={"Content-Length": str(256 * MIB)})
    assert answer.text == str(256 * MIB)
    received = 0
    async with client.stream("GET", "/video/large") as download:
        async for chunk in download.aiter_raw():
            received += len(chunk)
    assert received == LARGE_BYTES
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 48 * 1024, f"grew by {grown} KiB"


async def test_gateway_passes_chunked_uploads(client: httpx.AsyncClient) -> None:
    async def body() -> AsyncIterator[bytes]:
        yield b"ab"
        yield b"cd"

    echoed = (await client.post("/video/x", content=body())).json()
    assert echoed["body"] == "abcd"
    assert dict(echoed["headers"])["transfer-encoding"] == "chunked"


@pytest.mark.parametrize("expect", ["Expect: 100-continue", "Expect:"])
async def test_gateway_passes_a_refusal_to_a_client_that_still_sends(
    gateway: GatewayAddresses, upstream: Upstream, tmp_path: Path, expect: str
) -> None:
    assert shutil.which("curl") is not None, "these tests need curl"
    with (tmp_path / "large").open("wb") as file:
        file.truncate(512 * MIB)
    for _ in range(10):
        output = await succeed(
            *("curl", "-sS", "--max-time", "20", "-F", "file=@large", "-H", expect),
            *("-w", "\n%{http_code} %{size_upload}", f"{gateway.url}/video?refuse=1"),
            folder=tmp_path,
        )
        body, status = output.rsplit("\n", 1)
        assert json.loads(body) == {"code": "too_large"}
        assert status.split()[0] == "413"
        assert expect == "Expect:" or status.split()[1] == "0"
    assert upstream.received == 0


async def test_gateway_passes_events_at_once_and_ends_them_with_the_client(
    client: httpx.AsyncClient, upstream: Upstream
) -> None:
    async with asyncio.timeout(5), client.stream("GET", "/video/stream") as events:
        first = await anext(events.aiter_raw())
    assert first == b"data: 1\n\n"
    async with asyncio.timeout(5):
        await upstream.gone.wait()


async def test_gateway_lets_the_service_see_that_a_body_ends_too_early(
    gateway: GatewayAddresses, upstream: Upstream
) -> None:
    _, writer = await asyncio.open_connection(HOST, gateway.ports.gateway)
    head = f"POST /video HTTP/1.1\r\nHost: localhost:{gateway.ports.gateway}\r\n"
    writer.write(f"{head}Content-Length: {MIB}\r\n\r\n".encode() + bytes(1000))
    await until(lambda: upstream.received == 1000)
    writer.close()
    async with asyncio.timeout(5):
        await upstream.aborted.wait()


async def test_gateway_waits_for_a_service_that_restarts(tmp_path: Path) -> None:
    async with upstream_service() as first:
        pass
    sent = asyncio.Event()

    async def note(event: str, _info: object) -> None:
        if event.endswith("send_request_body.complete"):
            sent.set()

    async with (
        gateway_before(tmp_path / "gateway", video_api=first.address) as gateway,
        httpx.AsyncClient(base_url=gateway.url, trust_env=False) as client,
    ):
        request = client.post("/video/x", content=b"body", extensions={"trace": note})
        asking = asyncio.create_task(request)
        await sent.wait()
        async with upstream_service(first.port):
            assert (await asking).json()["body"] == "body"


async def test_gateway_serves_the_page(upstream: Upstream, tmp_path: Path) -> None:
    page = tmp_path / "page"
    for name, text in PAGE.items():
        (page / name).parent.mkdir(parents=True, exist_ok=True)
        (page / name).write_text(text)
    script = page / "assets" / "app-1a2b3c.js"
    script.with_name(f"{script.name}.br").write_bytes(b"compressed before")
    async with (
        gateway_before(tmp_path / "gateway", page=page, video_api=upstream.address) as gateway,
        httpx.AsyncClient(base_url=gateway.url, trust_env=False) as client,
    ):
        index = await client.get("/")
        assert index.text == PAGE["index.html"]
        assert index.headers["cache-control"] == "no-cache"
        policy = index.headers["content-security-policy"]
        assert f"connect-src 'self' {gateway.store_url};" in policy
        assert "require-trusted-types-for 'script'" in policy
        again = await client.get("/", headers={"If-None-Match": index.headers["etag"]})
        assert again.status_code == 304

        path = "/assets/app-1a2b3c.js"
        asset = await client.get(path, headers={"Accept-Encoding": "identity"})
        assert asset.text == PAGE["assets/app-1a2b3c.js"]
        assert asset.headers["cache-control"] == "public, max-age=31536000, immutable"
        of_workers = asset.headers["content-security-policy"]
        assert of_workers.startswith(f"default-src 'none'; connect-src {gateway.store_url};")
        async with client.stream("GET", path, headers={"Accept-Encoding": "br"}) as answer:
            compressed = b"".join([chunk async for chunk in answer.aiter_raw()])
            assert answer.headers["content-encoding"] == "br"
        assert compressed == b"compressed before"

        assert (await client.get("/favicon.svg")).headers["cache-control"] == "no-cache"
        assert "/video/docs" in (await client.get("/about")).text
        for missing in ("/assets/", "/assets/other.js", "/..%2fgateway.log", "/nowhere"):
            assert (await client.get(missing)).status_code == 404, missing
        assert (await client.get("/video/x")).json()["path"] == "/video/x"


async def test_gateway_serves_https_and_http_2_with_an_authority_of_its_own(
    upstream: Upstream, tmp_path: Path
) -> None:
    folder = tmp_path / "gateway"
    async with gateway_before(folder, scheme="https", video_api=upstream.address) as gateway:
        await until(certificate(folder).exists)
        assert (folder / "caddy").stat().st_mode & 0o077 == 0
        context = ssl.create_default_context(cafile=str(certificate(folder)))
        for host in ("localhost", HOST):
            async with httpx.AsyncClient(verify=context, trust_env=False) as client:
                answer = await client.get(f"https://{host}:{gateway.ports.gateway}/video/x")
            assert answer.json()["scheme"] == "https"
            assert "strict-transport-security" not in answer.headers
        said = await succeed(
            *("curl", "-sS", "--http2", "--cacert", str(certificate(folder))),
            *("-w", "\n%{http_version}", "-d", "body", f"{gateway.url}/video/x"),
            folder=tmp_path,
        )
        body, version = said.rsplit("\n", 1)
        assert (json.loads(body)["body"], version) == ("body", "2")


async def test_gateway_refuses_other_hosts(gateway: GatewayAddresses, upstream: Upstream) -> None:
    ports = gateway.ports
    for port in (ports.gateway, ports.gateway_store, ports.gateway_mailbox, ports.gateway_internal):
        for path in ("/", "/video/x", "/health", "/metrics"):
            asking = (
                f"GET {path} HTTP/1.1\r\nHost: elsewhere.example:{port}\r\n"
                "Connection: close\r\n\r\n"
            )
            exchange = await Server(HOST, port).exchange(asking.encode())
            assert exchange.statuses == [421], (port, path)
    assert upstream.asked == []
