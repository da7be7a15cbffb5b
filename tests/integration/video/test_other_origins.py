"""A page of another origin uploads: to the API where it is named, to S3 by the bucket's rules."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from uuid import uuid4

import httpx
import pytest
from asgi_lifespan import LifespanManager
from fixtures.browser import Blocked, Page
from fixtures.servers import fresh_name
from fotograma_kit.tokens import Principal, Role
from fotograma_local.aws import Aws
from fotograma_local.provision import create_bucket
from fotograma_video.app import create_api
from fotograma_video.settings import ApiSettings

PAGE = "https://app.example.com"
OTHER_PAGE = "https://app.example.org"


@pytest.fixture
def settings(make_settings: Callable[..., ApiSettings], s3_server: Aws) -> ApiSettings:
    """An API that a page of another origin may call, as may it S3."""
    bucket = fresh_name("test")
    create_bucket(s3_server, bucket, allowed_origins=[PAGE])
    return make_settings(
        s3_bucket=bucket, s3_endpoint_url=s3_server.endpoint_url, allowed_origins=(PAGE,)
    )


async def _authenticate(token: str) -> Principal:
    return Principal(token, Role.USER, expires_at=2**40, scopes=None)


@asynccontextmanager
async def page(settings: ApiSettings, origin: str) -> AsyncIterator[Page]:
    """A page that reaches the API at `http://api`, and S3 where its URLs lead."""
    app = create_api(settings)
    async with LifespanManager(app, startup_timeout=30) as running:
        app.state.authenticate = _authenticate
        mounts = {"http://api": httpx.ASGITransport(running.app, raise_app_exceptions=False)}
        async with httpx.AsyncClient(mounts=mounts, timeout=30, trust_env=False) as http:
            yield Page(origin, http)


async def test_page_of_an_allowed_origin_uploads_a_video(settings: ApiSettings) -> None:
    token = {"Authorization": f"Bearer {uuid4()}"}
    sent = {**token, "Content-Type": "application/json"}
    async with page(settings, PAGE) as browser:
        created = await browser.fetch(
            *("POST", "http://api/video/uploads"),
            headers={**sent, "Idempotency-Key": uuid4().hex},
            content=b'{"name": "holiday.mp4", "size_bytes": 5}',
        )
        assert created.status_code == 201
        upload = f"http://api{created.headers['Location']}"
        signed = await browser.fetch("POST", f"{upload}/parts", sent, b'{"numbers": [1]}')
        (url,) = signed.json()["urls"].values()

        part = await browser.fetch(
            "PUT", url, {"Content-Type": "application/octet-stream"}, b"video"
        )
        assert part.status_code == 200
        assert part.headers["ETag"]

        (listed,) = (await browser.fetch("GET", upload, token)).json()["parts"]
        assert listed["etag"] == part.headers["ETag"]
        done = await browser.fetch("POST", f"{upload}/complete", token)
        assert done.json()["name"] == "holiday.mp4"
        renamed = await browser.fetch(
            "PATCH", f"http://api/video/{done.json()['id']}", sent, b'{"name": "a.mp4"}'
        )
        assert renamed.status_code == 200
        refused = await browser.fetch("GET", f"http://api/video/{uuid4()}", token)
        assert refused.json()["code"] == "video_not_found"


async def test_page_of_another_origin_reaches_neither_api_nor_storage(
    settings: ApiSettings,
) -> None:
    token = {"Authorization": f"Bearer {uuid4()}"}
    async with page(settings, PAGE) as named, page(settings, OTHER_PAGE) as stranger:
        with pytest.raises(Blocked):
            await stranger.fetch("GET", "http://api/video", token)
        created = await named.fetch(
            *("POST", "http://api/video/uploads"),
            headers={**token, "Content-Type": "application/json"},
            content=b'{"name": "holiday.mp4", "size_bytes": 5}',
        )
        upload = f"http://api{created.headers['Location']}"
        signed = await named.fetch(
            *("POST", f"{upload}/parts"),
            headers={**token, "Content-Type": "application/json"},
            content=b'{"numbers": [1]}',
        )
        (url,) = signed.json()["urls"].values()
        with pytest.raises(Blocked, match="403 to the preflight"):
            await stranger.fetch("PUT", url, content=b"video")


async def test_allowed_origins_are_empty_by_default(
    settings: ApiSettings, make_settings: Callable[..., ApiSettings]
) -> None:
    closed = settings.model_copy(update={"allowed_origins": make_settings().allowed_origins})
    async with page(closed, PAGE) as browser:
        with pytest.raises(Blocked):
            await browser.fetch("GET", "http://api/video", {"Authorization": f"Bearer {uuid4()}"})
