"""What holds at the gateway, be it the embedded stack's or that of docker compose."""

import asyncio
import json
from collections.abc import AsyncIterator

import httpx
import pytest
from fixtures.product import Product, assert_problem
from fixtures.raw_http import Server

SMALL_BYTES = 300_000
"""More than any request that is no upload."""
HIDDEN = b"GET /about HTTP/1.1\r\nHost: %b\r\n\r\n"
"""A request within another's body."""
EVERYWHERE = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}


@pytest.fixture
def server(product: Product) -> Server:
    """The product's address, for bytes."""
    return Server.of(product.stack.url)


@pytest.fixture
async def http(product: Product) -> AsyncIterator[httpx.AsyncClient]:
    """Anybody."""
    async with httpx.AsyncClient(base_url=product.stack.url, trust_env=False, timeout=20) as client:
        yield client


async def test_gateway_adds_security_headers(http: httpx.AsyncClient) -> None:
    for path in ("/", "/about", "/auth/.well-known/jwks.json", "/video/limits", "/nowhere"):
        headers = (await http.get(path)).headers
        assert {name: headers.get(name) for name in EVERYWHERE} == EVERYWHERE, path
        assert headers["content-security-policy"].startswith("default-src 'none'"), path
        assert "frame-ancestors 'none'" in headers["content-security-policy"], path
        assert "server" not in headers
        assert "via" not in headers
        # It would bind everything else that is developed at localhost.
        assert "strict-transport-security" not in headers


async def test_gateway_keeps_answers_of_services_out_of_caches(http: httpx.AsyncClient) -> None:
    assert (await http.get("/auth/me")).headers["cache-control"] == "no-store"
    assert (await http.get("/")).headers["cache-control"] == "no-cache"


async def test_no_page_of_an_api_runs_a_script(http: httpx.AsyncClient) -> None:
    for service in ("auth", "video", "notify"):
        docs = await http.get(f"/{service}/docs")
        assert docs.status_code == 200
        assert "<script" not in docs.text
        (policy,) = docs.headers.get_list("content-security-policy")
        assert policy.startswith("default-src 'none'; style-src 'sha256-")
        assert "script-src" not in policy


async def test_gateway_passes_each_security_header_once(http: httpx.AsyncClient) -> None:
    """Services set them, too, where the gateway is another one."""
    headers = (await http.get("/auth/me")).headers
    for name in (*EVERYWHERE, "content-security-policy", "cache-control"):
        assert len(headers.get_list(name)) == 1, name


async def test_address_with_a_slash_too_many_is_redirected_nowhere(
    http: httpx.AsyncClient,
) -> None:
    """The address would be made of what the request says of its host."""
    for path in ("/video/", "/auth/me/", "/notify/preferences/"):
        assert_problem(await http.get(path), 404, "not_found")


async def test_gateway_compresses_json(http: httpx.AsyncClient) -> None:
    answer = await http.get("/video/openapi.json")
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.json()["openapi"]


async def test_gateway_answers_with_a_problem_for_unknown_paths(http: httpx.AsyncClient) -> None:
    for path in ("/metrics", "/health/ready", "/health", "/authx", "/_ministack/health"):
        assert_problem(await http.get(path), 404, "not_found")


async def test_gateway_refuses_a_large_body_but_for_uploads(http: httpx.AsyncClient) -> None:
    for times in (1, 10):
        answer = await http.post("/auth/login", content=b"x" * SMALL_BYTES * times)
        assert_problem(answer, 413, "content_too_large")

    async def unmeasured() -> AsyncIterator[bytes]:
        for _ in range(10):
            yield b"x" * SMALL_BYTES

    answer = await http.post("/auth/login", content=unmeasured())
    assert_problem(answer, 413, "content_too_large")


@pytest.mark.parametrize(
    ("path", "length", "status"),
    [
        ("/auth/login", 10, 100),
        ("/auth/login", SMALL_BYTES, 413),
        ("/auth/login", 10**10, 413),
        ("/video", 10, 401),
        ("/video", 10**6, 401),
        ("/video", 10**11, 401),
        ("/nowhere", 10, 404),
        ("/nowhere", 10**6, 404),
    ],
)
async def test_gateway_answers_at_once_whoever_asks_before_sending(
    server: Server, path: str, length: int, status: int
) -> None:
    head = f"POST {path} HTTP/1.1\r\nHost: {server.authority}\r\nContent-Type: application/json\r\n"
    asking = f"{head}Content-Length: {length}\r\nExpect: 100-continue\r\n\r\n"
    assert (await server.first_line(asking.encode())).split()[1] == str(status).encode()


async def test_gateway_lets_a_service_take_what_it_was_asked_for(
    product: Product, server: Server
) -> None:
    user = await product.user()
    body = json.dumps({"email": user.email, "password": "wrong password"}).encode()
    head = (
        f"POST /auth/login HTTP/1.1\r\nHost: {server.authority}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        "Expect: 100-continue\r\n\r\n"
    )
    exchange = await server.exchange(head.encode() + body)
    *interim, final = exchange.statuses
    assert final == 401
    assert set(interim) <= {100}


@pytest.mark.parametrize("length", [2_000, 200_000, 10**7, 10**11])
@pytest.mark.parametrize("expects", ["", "Expect: 100-continue\r\n"])
@pytest.mark.parametrize("path", ["/auth/login", "/video", "/about", "/nowhere"])
async def test_gateway_takes_no_part_of_a_body_for_a_request(
    server: Server, path: str, expects: str, length: int
) -> None:
    head = f"POST {path} HTTP/1.1\r\nHost: {server.authority}\r\n{expects}"
    # All of a short body; the beginning of one that is refused for its length.
    hidden = HIDDEN % server.authority.encode()
    body = hidden * (min(length, 200_000) // len(hidden) + 1)
    exchange = await server.exchange(
        f"{head}Content-Length: {length}\r\n\r\n".encode() + body[:length]
    )
    (final,) = (status for status in exchange.statuses if status != 100)
    assert final >= 400


CHUNKED = "Transfer-Encoding: chunked\r\n"


@pytest.mark.middle
@pytest.mark.parametrize(
    ("line", "kind", "begun"),
    [
        ("POST /auth/login", "application/json", '{"email"'),
        ("PUT /notify/preferences", "application/json", '{"email_'),
        ("POST /video", "multipart/form-data; boundary=b", "--b\r\nCon"),
    ],
)
async def test_gateway_keeps_no_connection_whose_body_never_comes(
    product: Product, server: Server, line: str, kind: str, begun: str
) -> None:
    """The service gives the body up, and nothing else waits for the rest of it."""
    user = await product.user()
    head = (
        f"{line} HTTP/1.1\r\nHost: {server.authority}\r\nContent-Type: {kind}\r\n"
        f"Authorization: {user.http.headers['Authorization']}\r\n"
    )
    unfinished = [
        *(f"{head}Content-Length: {length}\r\n\r\n{begun}" for length in (1_000, 200_000)),
        f"{head}{CHUNKED}\r\n{len(begun):x}\r\n{begun}\r\n",
    ]
    await asyncio.gather(*(is_ended(server, each.encode()) for each in unfinished))


async def is_ended(server: Server, request: bytes) -> None:
    """Return once the server has ended the connection. Raises `TimeoutError`."""
    reader, writer = await asyncio.open_connection(server.host, server.port, ssl=server.context)
    try:
        writer.write(request)
        async with asyncio.timeout(30):
            while await reader.read(1_000):
                pass
    finally:
        writer.close()


AMBIGUOUS = {
    "length and chunks": f"Content-Length: 5\r\n{CHUNKED}\r\n0\r\n\r\n",
    "chunks and length": f"{CHUNKED}Content-Length: 5\r\n\r\n0\r\n\r\n",
    "two lengths": "Content-Length: 0\r\nContent-Length: 60\r\n\r\n",
    "list of lengths": "Content-Length: 0, 60\r\n\r\n",
    "length with a sign": "Content-Length: +0\r\n\r\n",
    "negative length": "Content-Length: -1\r\n\r\n",
    "length in hex": "Content-Length: 0x0\r\n\r\n",
    "length of nothing": "Content-Length:\r\n\r\n",
    "unknown encoding": "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "two encodings": "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "encoding twice": f"{CHUNKED}{CHUNKED}\r\n0\r\n\r\n",
    "encoding with a space": "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "encoding folded": "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
    "encoding after a tab": "Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n",
    "chunk size with a sign": f"{CHUNKED}\r\n+0\r\n\r\n",
    "chunk size in 0x": f"{CHUNKED}\r\n0x0\r\n\r\n",
    "chunk size of nothing": f"{CHUNKED}\r\n\r\n0\r\n\r\n",
    "chunk size too long": f"{CHUNKED}\r\n{'0' * 40}\r\n\r\n",
    "chunk ended by a line feed": f"{CHUNKED}\r\n1\r\nx\n0\r\n\r\n",
    "chunk size ended by a line feed": f"{CHUNKED}\r\n1\nx\r\n0\r\n\r\n",
    "chunk longer than it says": f"{CHUNKED}\r\n1\r\nxxx\r\n0\r\n\r\n",
    "chunk extension with a line feed": f"{CHUNKED}\r\n1;a\n\r\nx\r\n0\r\n\r\n",
    "header ended by a carriage return": f"X-A: b\r{CHUNKED}\r\n0\r\n\r\n",
    "zero byte in a header": "X-A: b\0c\r\n\r\n",
    "two hosts": "Host: elsewhere.example\r\n\r\n",
}


@pytest.mark.parametrize("case", AMBIGUOUS)
async def test_gateway_does_not_go_on_after_an_ambiguous_request(server: Server, case: str) -> None:
    head = f"POST /auth/login HTTP/1.1\r\nHost: {server.authority}\r\n"
    hidden = HIDDEN % server.authority.encode()
    exchange = await server.exchange((head + AMBIGUOUS[case]).encode() + hidden)
    assert exchange.ended
    assert len(exchange.statuses) <= 1
    # 422: one of the two readings, and the service's answer to it. 502: the body ended wrongly.
    assert all(status in {400, 422, 501, 502} for status in exchange.statuses)


HEADS = {
    "absolute address of another host": "GET http://elsewhere.example/about HTTP/1.1\r\nHost: {}",
    "another host": "GET /about HTTP/1.1\r\nHost: elsewhere.example",
    "no host": "GET /about HTTP/1.1\r\nX-A: b",
    "CONNECT": "CONNECT elsewhere.example:443 HTTP/1.1\r\nHost: {}",
    "unknown protocol": "GET /about HTTP/9.9\r\nHost: {}",
    "no protocol": "GET /about",
    "space in the path": "GET /a bout HTTP/1.1\r\nHost: {}",
    "header without a name": "GET /about HTTP/1.1\r\nHost: {}\r\n: x",
    "header of 40 KB": "GET /about HTTP/1.1\r\nHost: {}\r\nX-A: " + "x" * 40_960,
    "dot segments": "GET /about/../metrics HTTP/1.1\r\nHost: {}",
    "encoded dot segments": "GET /auth/%2e%2e/metrics HTTP/1.1\r\nHost: {}",
}


@pytest.mark.parametrize("case", HEADS)
async def test_gateway_serves_nothing_to_an_odd_request(server: Server, case: str) -> None:
    head = HEADS[case].format(server.authority)
    exchange = await server.exchange(f"{head}\r\n\r\n".encode())
    body = exchange.received.partition(b"\r\n\r\n")[2]
    assert all(status >= 400 for status in exchange.statuses) or not body, exchange


async def test_gateway_sends_events_as_they_happen(product: Product) -> None:
    user = await product.user()
    async with asyncio.timeout(10), user.http.stream("GET", "/video/events") as events:
        assert events.headers["content-type"].startswith("text/event-stream")
        assert "content-encoding" not in events.headers
        assert await anext(events.aiter_raw())


async def test_gateway_serves_nothing_of_s3_that_is_not_presigned(
    product: Product, http: httpx.AsyncClient
) -> None:
    url = product.stack.gateway.store_url
    for path in ("", "/fotograma", "/fotograma/sources/a/b", "/_ministack/health", "/status"):
        assert (await http.get(f"{url}{path}")).status_code == 404, path
    for method in ("PUT", "POST", "DELETE"):
        answer = await http.request(method, f"{url}/fotograma/x", content=b"x")
        assert answer.status_code == 404, method
    hidden = await http.get(f"{url}/fotograma/x", headers={"X-Amz-Acl": "public-read"})
    assert hidden.status_code == 403


async def test_gateway_allows_pages_of_its_own_to_use_s3(
    product: Product, http: httpx.AsyncClient
) -> None:
    url = f"{product.stack.gateway.store_url}/fotograma/sources/a/b"
    asked = {"Access-Control-Request-Method": "PUT"}
    answer = await http.options(url, headers={"Origin": product.stack.url, **asked})
    assert answer.headers["access-control-allow-origin"] == product.stack.url
    assert "PUT" in answer.headers["access-control-allow-methods"]
    other = await http.options(url, headers={"Origin": "https://elsewhere.example", **asked})
    assert other.headers.get("access-control-allow-origin") is None


async def test_mailbox_is_read_by_whoever_sits_here_only(
    product: Product, http: httpx.AsyncClient
) -> None:
    url = product.stack.gateway.mailbox_url
    answer = await http.get(f"{url}/")
    assert "messages" in answer.json()
    assert "access-control-allow-origin" not in answer.headers
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    for path in ("/", "/_ministack/reset", "/x"):
        assert (await http.post(f"{url}{path}")).status_code == 404
    assert (await http.get(f"{url}/_ministack/ses/messages")).status_code == 404
    # Another name for the same address, as a page elsewhere may have made one.
    rebound = await http.get(f"{url}/", headers={"Host": "elsewhere.example"})
    assert rebound.content == b""
