"""The image `fotograma/page`, as Kubernetes runs it. Its headers are those of every gateway:
`tests/integration/local/test_page_image.py`."""

import subprocess
from collections.abc import Iterator

import httpx
import pytest
from fixtures.deadlines import eventually
from fotograma_web import STATIC

IMAGE = "fotograma/page:local"
S3_URL = "https://bucket.s3.example.org"
TMP = "/tmp"  # noqa: S108 - within the container
AS_A_POD = (
    *("--user", "10001:10001", "--read-only", "--cap-drop", "ALL"),
    *("--security-opt", "no-new-privileges", "--tmpfs", f"{TMP}:size=64m,uid=10001"),
    *("--memory", "128m", "--env", f"S3_PUBLIC_URL={S3_URL}"),
    *("--publish", "127.0.0.1::8000", "--publish", "127.0.0.1::8080"),
)


def docker(*arguments: str) -> str:
    """Run docker; returns what it prints."""
    command = ("docker", *arguments)
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return done.stdout.strip()


@pytest.fixture
def container() -> Iterator[str]:
    """One that runs, with what a pod of ours may do and no more."""
    container = docker("run", "--detach", *AS_A_POD, IMAGE)
    yield container
    docker("rm", "--force", container)


async def test_page_image_serves_the_page_with_what_a_pod_may_do(container: str) -> None:
    public, internal = (f"http://{docker('port', container, port)}" for port in ("8000", "8080"))
    async with httpx.AsyncClient(trust_env=False) as client:

        async def is_healthy() -> bool:
            try:
                return (await client.get(f"{internal}/health")).text == "ok"
            except httpx.TransportError:
                return False

        await eventually(is_healthy, 30)
        for probe in ("live", "ready"):
            assert (await client.get(f"{public}/health/{probe}")).status_code == 200
        index = await client.get(public)
        assert index.content == (STATIC / "index.html").read_bytes()
        assert f"connect-src 'self' {S3_URL};" in index.headers["content-security-policy"]
        for path in (STATIC / "assets").iterdir():
            asset = await client.get(f"{public}/assets/{path.name}")
            assert asset.content == path.read_bytes(), path
            assert "immutable" in asset.headers["cache-control"]
        script = next((STATIC / "assets").glob("index-*.js"))
        url = f"{public}/assets/{script.name}"
        async with client.stream("GET", url, headers={"Accept-Encoding": "br"}) as answer:
            compressed = b"".join([chunk async for chunk in answer.aiter_raw()])
            assert answer.headers["content-encoding"] == "br"
        assert compressed == script.with_name(f"{script.name}.br").read_bytes()
        assert (await client.get(f"{public}/video")).status_code == 404
        assert "http_requests" in (await client.get(f"{internal}/metrics")).text
