"""The video service over real PostgreSQL, RabbitMQ and S3, in this process."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any
from uuid import UUID, uuid4

import aio_pika
import asyncpg
import httpx
import pytest
from asgi_lifespan import LifespanManager
from fixtures.servers import fresh_name
from fixtures.video import MIB, Clock, Service
from fotograma_kit.broker import Broker
from fotograma_kit.database import Database, Wakeup
from fotograma_kit.migrations import upgrade
from fotograma_kit.tokens import Principal, Role
from fotograma_local.aws import Aws
from fotograma_local.postgres import Postgres
from fotograma_local.rabbitmq import RabbitMQ
from fotograma_video.app import create_api
from fotograma_video.extractions.commands import Commands
from fotograma_video.extractions.dispatcher import Dispatcher
from fotograma_video.extractions.process_manager import ProcessManager
from fotograma_video.extractions.progress import Progress
from fotograma_video.extractions.transitions import DISPATCH
from fotograma_video.library.service import Library
from fotograma_video.models import Base
from fotograma_video.settings import ApiSettings
from fotograma_video.storage import Storage
from fotograma_video.upkeep.erasure import Erasure
from fotograma_video.upkeep.janitor import Janitor
from fotograma_video.users.quotas import Quotas
from pydantic import SecretStr
from sqlalchemy import delete

ADMIN_ID = uuid4()
"""The one user who is an administrator."""
SettingsFactory = Callable[..., ApiSettings]


@pytest.fixture(scope="session")
async def migrated_database_url(postgres: Postgres) -> AsyncIterator[str]:
    """The URL of a database with the service's tables: to migrate one takes a while."""
    name = fresh_name("video")
    url = await postgres.create_database(name, owner="video", password="of-a-test")
    await asyncio.to_thread(upgrade, "fotograma_video.migrations", url)
    yield url
    await postgres.drop_database(name)


@pytest.fixture
async def video_database_url(migrated_database_url: str) -> AsyncIterator[str]:
    """The URL of a database with the service's tables, and nothing in them."""
    yield migrated_database_url
    url = migrated_database_url.replace("+asyncpg", "")
    connection = await asyncpg.connect(url, command_timeout=30)
    await connection.execute(
        ";".join(str(delete(table)) for table in reversed(Base.metadata.sorted_tables))
    )
    await connection.close()


@pytest.fixture(scope="session")
def vhost(rabbitmq: RabbitMQ) -> Iterator[str]:
    """A virtual host for the tests of this service: its queues are slow to declare."""
    name = fresh_name("video")
    rabbitmq.create_vhost(name)
    yield name
    rabbitmq.delete_vhost(name)


@pytest.fixture
async def rabbitmq_url(rabbitmq: RabbitMQ, vhost: str) -> AsyncIterator[str]:
    """The URL of a virtual host without messages."""
    url = rabbitmq.url(vhost)
    yield url
    connection = await aio_pika.connect(url, timeout=30)
    async with connection, connection.channel() as channel:
        for name in rabbitmq.queues(vhost):
            await (await channel.get_queue(name, ensure=False)).purge()


@pytest.fixture
def make_settings(
    video_database_url: str, rabbitmq_url: str, bucket: str, s3_server: Aws
) -> SettingsFactory:
    """Settings for a migrated database, with what a test changes."""

    def make(**changes: Any) -> ApiSettings:
        return ApiSettings.model_validate(
            {
                "database_url": SecretStr(video_database_url),
                "rabbitmq_url": SecretStr(rabbitmq_url),
                "s3_bucket": bucket,
                "s3_endpoint_url": s3_server.endpoint_url,
                "jwks_url": "http://127.0.0.1:1/jwks.json",
                "video_url_signing_keys": (SecretStr("a secret of thirty-two characters"),),
                **changes,
            }
        )

    return make


@pytest.fixture
def settings(make_settings: SettingsFactory) -> ApiSettings:
    """Small limits, so that tests can reach them."""
    return make_settings(
        video_max_upload_bytes=16 * MIB,
        video_max_storage_bytes=64 * MIB,
        video_max_videos=8,
        video_max_uploads_in_progress=4,
        video_max_running_extractions=6,
        video_max_selections=3,
        video_upload_idle_seconds=4.0,
    )


@pytest.fixture
async def service(settings: ApiSettings) -> AsyncIterator[Service]:
    """The background's parts, to be driven step by step."""
    clock = Clock()
    database = Database(settings)
    commands = Commands(settings)
    wakeup = Wakeup(settings, DISPATCH)
    async with Broker(settings, "test") as broker, Storage(settings) as storage:
        quotas = Quotas(settings, clock)
        library = Library(database, storage, quotas, Progress(clock), settings, clock)
        await broker.ping()
        yield Service(
            settings,
            database,
            storage,
            broker,
            ProcessManager(database, commands, quotas, settings, clock),
            Dispatcher(database, broker, wakeup, commands, settings, clock),
            Janitor(database, storage, settings, clock),
            Erasure(database, library, settings, clock),
            clock,
        )
    await database.close()


async def _authenticate(token: str) -> Principal:
    """The user whose id the token is; behind a `:` the scopes of an API key."""
    user_id, limited, scope = token.partition(":")
    scopes = frozenset(scope.split(",")) if limited else None
    role = Role.ADMIN if user_id == str(ADMIN_ID) else Role.USER
    return Principal(user_id, role, expires_at=2**40, scopes=scopes)


@pytest.fixture
def api_clock() -> Clock:
    """What the API takes for the time."""
    return Clock()


@pytest.fixture
async def api(
    settings: ApiSettings, api_clock: Clock
) -> AsyncIterator[Callable[[UUID], httpx.AsyncClient]]:
    """Makes a client for a user; the token is the user's id."""
    app = create_api(settings, api_clock)
    async with LifespanManager(app, startup_timeout=30) as running:
        app.state.authenticate = _authenticate
        clients = []

        def client_for(user_id: UUID) -> httpx.AsyncClient:
            client = httpx.AsyncClient(
                transport=httpx.ASGITransport(running.app, raise_app_exceptions=False),
                base_url="http://test",
                headers={"Authorization": f"Bearer {user_id}"},
                timeout=30,
            )
            clients.append(client)
            return client

        yield client_for
        for client in clients:
            await client.aclose()


@pytest.fixture
def user(api: Callable[[UUID], httpx.AsyncClient]) -> httpx.AsyncClient:
    """A user's client."""
    return api(uuid4())


@pytest.fixture
def stranger(api: Callable[[UUID], httpx.AsyncClient]) -> httpx.AsyncClient:
    """Another user's client."""
    return api(uuid4())


@pytest.fixture
def admin(api: Callable[[UUID], httpx.AsyncClient]) -> httpx.AsyncClient:
    """An administrator's client."""
    return api(ADMIN_ID)
