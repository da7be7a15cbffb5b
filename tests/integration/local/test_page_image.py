"""The page's image serves what the gateway serves: files, headers, errors."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fixtures.gateways import gateway_before, page_image
from fotograma_local.gateway import GatewayAddresses
from fotograma_local.ports import HOST
from fotograma_web import STATIC

ASSET = next(STATIC.glob("assets/index-*.js")).relative_to(STATIC).as_posix()
PATHS = ("/", "/index.html", f"/{ASSET}", "/about", "/nowhere", "/assets/nowhere.js", "/metrics")
OF_THE_MOMENT = {"date"}


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[GatewayAddresses]:
    async with gateway_before(tmp_path / "gateway", page=STATIC) as gateway:
        yield gateway


@pytest.fixture
async def image(tmp_path: Path, gateway: GatewayAddresses) -> AsyncIterator[GatewayAddresses]:
    store_url = gateway.store_url
    async with page_image(tmp_path / "page", page=STATIC, store_url=store_url) as image:
        yield image


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(timeout=20, trust_env=False) as http:
        yield http


async def test_page_image_serves_what_the_gateway_serves(
    gateway: GatewayAddresses, image: GatewayAddresses, http: httpx.AsyncClient
) -> None:
    for path in PATHS:
        for encoding in ("br", "gzip", "identity"):
            asked = {"Accept-Encoding": encoding}
            by_image, by_gateway = [
                await http.get(f"{each.url}{path}", headers=asked) for each in (image, gateway)
            ]
            assert by_image.status_code == by_gateway.status_code
            if path != "/about":  # which knows where the embedded stack's mailbox is
                assert by_image.content == by_gateway.content
                assert _told(by_image) == _told(by_gateway), path
            assert set(_told(by_image)) == set(_told(by_gateway)), path
    policy = (await http.get(image.url)).headers["content-security-policy"]
    assert f"connect-src 'self' {gateway.store_url};" in policy


def _told(answer: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name not in OF_THE_MOMENT}


async def test_page_image_says_that_it_is_ready_and_keeps_its_metrics_apart(
    image: GatewayAddresses, http: httpx.AsyncClient
) -> None:
    for path in ("/health/live", "/health/ready"):
        assert (await http.get(f"{image.url}{path}")).status_code == 200
    internal = f"http://{HOST}:{image.ports.gateway_internal}"
    assert (await http.get(f"{internal}/health")).status_code == 200
    assert "caddy_http_requests_total" in (await http.get(f"{internal}/metrics")).text
    refused = await http.get(f"{image.url}/metrics")
    assert (refused.status_code, refused.json()["code"]) == (404, "not_found")
