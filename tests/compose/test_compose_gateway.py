"""The one address: redirects, headers, limits, and what is not to be seen from outside."""

import asyncio
import re
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from fixtures.clips import make_clip
from fixtures.composition import LOOPBACK, URL, ComposedProduct
from fixtures.product import PASSWORD, Archive, assert_problem, fetch
from fixtures.programs import succeed
from fotograma_kit.logs import SIGNATURE

LARGE_BYTES = 300_000
S3_URL = "https://localhost:8443"


@pytest.fixture
async def http(product: ComposedProduct) -> httpx.AsyncClient:
    """Somebody who is not logged in."""
    return (await product.user()).http


async def test_gateway_redirects_http_to_https(product: ComposedProduct) -> None:
    async with httpx.AsyncClient(trust_env=False) as plain:
        answer = await plain.get("http://localhost/video/docs?a=b")
    assert answer.status_code == 308
    assert answer.headers["location"] == f"{URL}/video/docs?a=b"


async def test_gateway_adds_security_headers(http: httpx.AsyncClient) -> None:
    for path in ("/", "/auth/.well-known/jwks.json", "/nowhere"):
        headers = (await http.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "no-referrer"
        assert "server" not in headers
        # It would bind everything else that is developed at localhost.
        assert "strict-transport-security" not in headers


async def test_gateway_compresses_json(http: httpx.AsyncClient) -> None:
    answer = await http.get("/video/openapi.json")
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.json()["openapi"]


async def test_gateway_answers_with_a_problem_for_unknown_paths(http: httpx.AsyncClient) -> None:
    for path in ("/metrics", "/health/ready", "/nowhere", "/authx", "/_ministack/health"):
        assert_problem(await http.get(path), 404, "not_found")


async def test_gateway_refuses_a_large_body_but_for_uploads(http: httpx.AsyncClient) -> None:
    for times in (1, 10):
        answer = await http.post("/auth/login", content=b"x" * LARGE_BYTES * times)
        assert_problem(answer, 413, "too_large")


async def test_gateway_passes_presigned_requests_only_to_s3(
    product: ComposedProduct, tmp_path: Path
) -> None:
    user = await product.user()
    extracted = await user.upload(make_clip(tmp_path / "clip.mp4", seconds=1))
    await user.completed(extracted)
    path = f"/video/{extracted.video_id}/download"
    url = (await user.http.get(path)).headers["Location"]
    assert url.startswith(f"{S3_URL}/fotograma/extractions/")
    Archive(await fetch(url)).assert_whole()

    async with httpx.AsyncClient(trust_env=False) as stranger:
        unsigned = url.partition("?")[0]
        for refused in (unsigned, S3_URL, f"{S3_URL}/fotograma", f"{S3_URL}/_ministack/health"):
            assert (await stranger.get(refused)).status_code == 404, refused
        forged = re.sub("X-Amz-Signature=[0-9a-f]", "X-Amz-Signature=g", url)
        assert (await stranger.get(forged)).status_code == 403
        other = url.replace(extracted.id, "another")
        assert (await stranger.get(other)).status_code == 403
        assert (await stranger.delete(url)).status_code == 404


async def test_s3_allows_the_gateways_origin(product: ComposedProduct) -> None:
    async with httpx.AsyncClient(trust_env=False) as browser:
        answer = await browser.options(
            f"{S3_URL}/fotograma/sources/a/b",
            headers={"Origin": URL, "Access-Control-Request-Method": "PUT"},
        )
    assert answer.headers["access-control-allow-origin"] == URL
    assert "PUT" in answer.headers["access-control-allow-methods"]


async def test_gateway_streams_uploads(product: ComposedProduct) -> None:
    # The service counts an upload that is under way as soon as its first bytes arrive.
    user = await product.user()
    sent = asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield (
            b"--b\r\nContent-Disposition: form-data; name=file; filename=a.mp4\r\n\r\n"
            + bytes(1000)
        )
        await sent.wait()
        yield b"\r\n--b--\r\n"

    request = asyncio.create_task(
        user.http.post(
            "/video",
            content=slowly(),
            headers={"Content-Type": "multipart/form-data; boundary=b"},
        )
    )
    deadline = time.monotonic() + 10
    while not await product.fetch_value("video", "SELECT count(*) FROM uploads"):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.1)
    sent.set()
    assert (await request).status_code == 201


async def test_client_trusts_a_given_certificate(
    product: ComposedProduct, certificate: Path, tmp_path: Path
) -> None:
    make_clip(tmp_path / "holiday.mp4", seconds=2)
    user = await product.user()
    environment = {
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "FOTOGRAMA_CONFIG_DIR": str(tmp_path / "config"),
        "FOTOGRAMA_PASSWORD": PASSWORD,
        "FOTOGRAMA_SERVER": URL,
        "SSL_CERT_FILE": str(certificate),
    }
    for line in (
        f"fotograma login {user.email}",
        "fotograma upload holiday.mp4 --every 1 --wait -o .",
    ):
        await succeed(*line.split(), folder=tmp_path, environment=environment)
    assert Archive((tmp_path / "holiday.zip").read_bytes()).numbers() == [0, 25]


async def test_mailbox_is_served_on_loopback_only(product: ComposedProduct) -> None:
    async with httpx.AsyncClient(trust_env=False) as http:
        answer = await http.get("http://localhost:8025/")
        assert "messages" in answer.json()
        assert "access-control-allow-origin" not in answer.headers
        for path in ("/_ministack/reset", "/x"):
            assert (await http.post(f"http://localhost:8025{path}")).status_code == 404
        # Another name for the same address, as a page elsewhere may have made one.
        rebound = await http.get(f"http://{LOOPBACK}:8025/", headers={"Host": "elsewhere.example"})
        assert rebound.content == b""


async def test_gateway_logs_no_signature(product: ComposedProduct, http: httpx.AsyncClient) -> None:
    secret, mark = uuid4().hex, uuid4().hex
    await http.get(f"/video/{mark}", params={SIGNATURE: secret})
    log = await asyncio.to_thread(product.composition.run, "logs", "--no-color", "gateway")
    assert mark in log
    assert secret not in log
