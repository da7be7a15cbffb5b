"""What processes have spent of their rates, in one table."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from fotograma_kit.database import Database, DatabaseUnavailable, named_metadata
from fotograma_kit.rate_table import RateBucketMixin, RateTable
from fotograma_kit.settings import DatabaseSettings
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.orm import DeclarativeBase

KEYS = [f"user:{number}" for number in range(100)]


class Base(DeclarativeBase):
    metadata = named_metadata()


class RateBucket(RateBucketMixin, Base):
    pass


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    engine = create_async_engine(database_url)
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    await engine.dispose()
    database = Database(DatabaseSettings(database_url=SecretStr(database_url)))
    yield database
    await database.close()


async def test_table_adds_up_what_processes_spend(database: Database) -> None:
    one, other = RateTable(database, RateBucket), RateTable(database, RateBucket)
    first = await one.spend({"user:ana": 5.0, "network:192.0.2.1": 1.0})
    assert first == pytest.approx({"user:ana": 5.0, "network:192.0.2.1": 1.0}, abs=0.01)
    second = await other.spend({"user:ana": 2.5})
    assert 0 < 7.5 - second["user:ana"] < 5, "but for what has come back meanwhile"


async def test_bucket_that_was_full_long_ago_is_full(database: Database) -> None:
    table = RateTable(database, RateBucket)
    await table.spend({"user:ana": 5.0})
    async with database.transaction() as session:
        await session.execute(text("UPDATE rate_buckets SET full_at = now() - interval '1 day'"))
    assert (await table.spend({"user:ana": 2.0})) == pytest.approx({"user:ana": 2.0}, abs=0.01)


async def test_processes_that_spend_of_the_same_buckets_at_once_lose_nothing(
    database: Database,
) -> None:
    table = RateTable(database, RateBucket)
    orders = [KEYS, KEYS[::-1]] * 4
    await asyncio.gather(*(table.spend(dict.fromkeys(order, 100.0)) for order in orders))
    found = await table.spend(dict.fromkeys(KEYS, 0.0))
    assert all(790 < left <= 800 for left in found.values())


async def test_table_is_not_logged(database: Database) -> None:
    async with database.transaction() as session:
        query = text("SELECT relpersistence::text FROM pg_class WHERE relname = 'rate_buckets'")
        assert await session.scalar(query) == "u"


async def test_table_out_of_reach_is_unavailable() -> None:
    settings = DatabaseSettings(database_url=SecretStr("postgresql+asyncpg://a:b@127.0.0.1:9/c"))
    database = Database(settings)
    with pytest.raises(DatabaseUnavailable):
        await RateTable(database, RateBucket).spend({"user:ana": 1.0})
    await database.close()
