"""The auth API over a real PostgreSQL, with a clock the tests hold."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fixtures.auth import PAGE_URL, PASSWORD, SERVICE_CLIENTS, CountingHasher, Login, serve
from fixtures.clocks import HeldClock
from fixtures.servers import fresh_name
from fotograma_auth.app import create_api
from fotograma_auth.settings import ApiSettings
from fotograma_auth.signing_keys import create_key
from fotograma_kit.database import Database
from fotograma_kit.migrations import upgrade
from fotograma_kit.settings import DatabaseSettings
from fotograma_local.postgres import Postgres
from httpx import AsyncClient
from pydantic import HttpUrl, SecretStr
from sqlalchemy import text


@pytest.fixture(scope="session")
async def empty_auth_database_url(postgres: Postgres) -> AsyncIterator[str]:
    name = fresh_name("auth")
    yield await postgres.create_database(name, owner="auth", password="of-a-test")
    await postgres.drop_database(name)


@pytest.fixture(scope="session")
def auth_database_url(empty_auth_database_url: str) -> str:
    """A migrated database, one for all tests of auth. Not async: a migration runs a loop."""
    upgrade("fotograma_auth.migrations", empty_auth_database_url)
    return empty_auth_database_url


@pytest.fixture
async def database(auth_database_url: str) -> AsyncIterator[Database]:
    database = Database(DatabaseSettings(database_url=SecretStr(auth_database_url)))
    yield database
    async with database.transaction() as session:
        await session.execute(text("TRUNCATE users, outbox, attempts, link_requests CASCADE"))
    await database.close()


@pytest.fixture
def signing_key(tmp_path: Path) -> Path:
    return create_key(tmp_path / "keys", datetime(2030, 1, 1, tzinfo=UTC))


@pytest.fixture
def keys_dir(signing_key: Path) -> Path:
    return signing_key.parent


@pytest.fixture
def api_settings(auth_database_url: str, keys_dir: Path) -> ApiSettings:
    return ApiSettings(
        database_url=SecretStr(auth_database_url),
        auth_signing_keys_dir=keys_dir,
        auth_service_clients=SERVICE_CLIENTS,
        public_url=HttpUrl(PAGE_URL),
    )


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


@pytest.fixture
def hasher() -> CountingHasher:
    return CountingHasher()


@pytest.fixture
async def auth(
    api_settings: ApiSettings, database: Database, hasher: CountingHasher, clock: HeldClock
) -> AsyncIterator[AsyncClient]:
    async with serve(create_api(api_settings, hasher=hasher, now=clock)) as client:
        yield client


@pytest.fixture
async def log_in(auth: AsyncClient) -> Login:
    """Begins sessions of ana@example.com, who has just registered."""
    credentials = {"email": "ana@example.com", "password": PASSWORD}
    assert (await auth.post("/auth/register", json=credentials)).status_code == 201

    async def begin() -> dict[str, Any]:
        answer = await auth.post("/auth/login", json=credentials)
        assert answer.status_code == 200
        tokens: dict[str, Any] = answer.json()
        return tokens

    return begin
