"""Streams of live events take their share and no more: of connections, queries and the pool."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fixtures.deadlines import eventually
from fixtures.streams import client, listening, replica, upload
from fotograma_auth.signing_keys import AccessTokens, KeyRing
from fotograma_kit.tokens import Role, Verifier
from fotograma_local.postgres import Postgres
from fotograma_video import app
from fotograma_video.library.service import Library
from fotograma_video.live.service import Live
from fotograma_video.settings import ApiSettings
from structlog.testing import capture_logs

SettingsFactory = Callable[..., ApiSettings]
MAX_STREAMS = 3
KEY = Ed25519PrivateKey.generate()


@pytest.fixture
async def url(make_settings: SettingsFactory) -> AsyncIterator[str]:
    """A replica where a user has three streams at most, and all users have five."""
    settings = make_settings(video_max_streams_per_user=MAX_STREAMS, video_max_streams=5)
    async with replica(settings) as url:
        yield url


async def asked(client: httpx.AsyncClient, stack: AsyncExitStack) -> httpx.Response:
    """The answer to one more stream, which stays open as long as `stack`."""
    return await stack.enter_async_context(client.stream("GET", "/video/events"))


@contextmanager
def counted(monkeypatch: pytest.MonkeyPatch, method: str) -> Iterator[list[Any]]:
    """The calls of one of the library's reads."""
    calls: list[Any] = []
    read = getattr(Library, method)

    async def counting(self: Library, *arguments: Any) -> Any:
        calls.append(arguments)
        return await read(self, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(Library, method, counting)
        yield calls


async def test_user_has_a_few_streams_and_another_has_them_too(url: str) -> None:
    async with client(url, uuid4()) as ana, client(url, uuid4()) as eve, AsyncExitStack() as open_:
        for _ in range(MAX_STREAMS):
            assert (await asked(ana, open_)).status_code == 200
        refused = await asked(ana, open_)
        assert refused.status_code == 429
        assert int(refused.headers["Retry-After"]) > 0
        problem = httpx.Response(429, content=await refused.aread()).json()
        assert (problem["code"], problem["which"]) == ("too_many_streams", "user_streams")
        assert problem["limit"] == MAX_STREAMS
        assert (await asked(eve, open_)).status_code == 200


async def test_process_has_so_many_streams_of_all_users(url: str) -> None:
    async with AsyncExitStack() as open_:
        users = [await open_.enter_async_context(client(url, uuid4())) for _ in range(6)]
        answers = [await asked(user, open_) for user in users]
        assert [answer.status_code for answer in answers] == [200] * 5 + [429]
        await answers[-1].aread()
        assert answers[-1].json()["which"] == "streams"


async def test_stream_that_ends_makes_room_for_another(url: str) -> None:
    async with client(url, uuid4()) as ana:
        for _ in range(3):
            async with AsyncExitStack() as open_:
                for _ in range(MAX_STREAMS):
                    assert (await asked(ana, open_)).status_code == 200

            async def is_free() -> bool:
                async with ana.stream("GET", "/video/events") as answer:
                    return answer.status_code == 200

            await eventually(is_free)


async def test_change_is_read_once_for_all_streams_of_its_user(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with client(url, uuid4()) as ana, AsyncExitStack() as open_:
        video_id, _ = await upload(ana)
        with counted(monkeypatch, "page") as snapshots:
            streams = [await open_.enter_async_context(listening(ana)) for _ in range(MAX_STREAMS)]
            await asyncio.gather(*(stream.next("snapshot") for stream in streams))
        assert 1 <= len(snapshots) <= MAX_STREAMS
        with counted(monkeypatch, "get") as reads:
            answer = await ana.patch(f"/video/{video_id}", json={"name": "b.mp4"})
            assert answer.status_code == 200
            found = await asyncio.gather(*(stream.next("video") for stream in streams))
        assert [video["name"] for _, video in found] == ["b.mp4"] * MAX_STREAMS
        assert len(reads) == 1


async def test_streams_leave_two_thirds_of_the_pool_to_requests(
    make_settings: SettingsFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All streams read at once, and no read ends: requests are answered."""
    settings = make_settings(
        database_pool_size=3, database_pool_overflow=0, database_connect_seconds=2
    )
    waiting = 0
    page = Library.page

    async def stuck(self: Library, *arguments: Any) -> Any:
        nonlocal waiting
        async with self._database.transaction():
            waiting += 1
            await asyncio.Event().wait()

    async with replica(settings) as url, AsyncExitStack() as open_:
        monkeypatch.setattr(Library, "page", stuck)
        for _ in range(6):
            user = await open_.enter_async_context(client(url, uuid4()))
            assert (await asked(user, open_)).status_code == 200

        async def reads() -> bool:
            return waiting > 0

        await eventually(reads)
        monkeypatch.setattr(Library, "page", page)
        async with client(url, uuid4()) as other:
            for _ in range(10):
                assert (await other.get("/video")).status_code == 200
        assert waiting == 1


@asynccontextmanager
async def closed_to_all(postgres: Postgres, database_url: str) -> AsyncIterator[None]:
    """The database refuses connections, and has ended those that there were."""
    name = database_url.rpartition("/")[2]
    admin = await asyncpg.connect(postgres.url("postgres").replace("+asyncpg", ""), timeout=10)
    try:
        await admin.execute(f'ALTER DATABASE "{name}" CONNECTION LIMIT 0')
        await admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name
        )
        yield
    finally:
        await admin.execute(f'ALTER DATABASE "{name}" CONNECTION LIMIT -1')
        await admin.close()


async def test_stream_ends_quietly_when_the_database_is_away(
    url: str, postgres: Postgres, video_database_url: str
) -> None:
    async with (
        client(url, uuid4()) as ana,
        client(url, uuid4()) as eve,
        listening(ana) as stream,
    ):
        await stream.next("snapshot")
        with capture_logs() as logs:
            async with (
                closed_to_all(postgres, video_database_url),
                listening(eve) as another,
            ):
                with pytest.raises(EOFError):
                    await another.next()
            name, _ = await stream.next()
        assert name == "snapshot", "the one that had nothing to read goes on"
        assert [log["event"] for log in logs if log["log_level"] == "error"] == []
        assert "stream ended" in [log["event"] for log in logs]


async def test_stream_too_many_is_refused_before_its_route(
    make_settings: SettingsFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once the user is known, a refusal costs neither a token's verification nor a route."""
    settings, keys = make_settings(video_max_streams_per_user=1), KeyRing({"k1": KEY})
    tokens = AccessTokens(keys, settings, timedelta(minutes=15))
    token = tokens.issue(str(uuid4()), Role.USER, datetime.now(UTC), session_id=uuid4())
    verifier = Verifier(keys, settings)
    monkeypatch.setattr(app, "Verifier", lambda *_: verifier)
    async with replica(settings, verifier.verify) as url, AsyncExitStack() as open_:
        headers = {"Authorization": f"Bearer {token}"}
        user = await open_.enter_async_context(
            httpx.AsyncClient(base_url=url, headers=headers, timeout=20)
        )
        assert (await asked(user, open_)).status_code == 200
        monkeypatch.setattr(Live, "subscribed", lambda *_: pytest.fail("its route was called"))
        refused = await asked(user, open_)
        assert refused.status_code == 429
        assert 30 <= int(refused.headers["Retry-After"]) <= 60
        await refused.aread()
        assert refused.json()["which"] == "user_streams"
        assert (await user.get("/video")).status_code == 200
