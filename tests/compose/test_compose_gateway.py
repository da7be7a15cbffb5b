"""The one address: what the embedded stack's gateway keeps to, and what only this one has."""

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
from fixtures.composition import URL, ComposedProduct
from fixtures.product import PASSWORD, Archive, fetch
from fixtures.programs import succeed
from fotograma_kit.logs import SIGNATURE

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


async def test_gateway_logs_no_signature(product: ComposedProduct, http: httpx.AsyncClient) -> None:
    secret, mark = uuid4().hex, uuid4().hex
    await http.get(f"/video/{mark}", params={SIGNATURE: secret})
    log = await asyncio.to_thread(product.composition.run, "logs", "--no-color", "gateway")
    assert mark in log
    assert secret not in log
