"""A database with an outbox and an inbox."""

from collections.abc import AsyncIterator

import pytest
from fixtures.outbox import Base
from fotograma_kit.database import Database
from fotograma_kit.settings import DatabaseSettings
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import create_async_engine


@pytest.fixture
async def database_settings(database_url: str) -> DatabaseSettings:
    engine = create_async_engine(database_url)
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    await engine.dispose()
    return DatabaseSettings(database_url=SecretStr(database_url))


@pytest.fixture
async def database(database_settings: DatabaseSettings) -> AsyncIterator[Database]:
    database = Database(database_settings)
    yield database
    await database.close()
