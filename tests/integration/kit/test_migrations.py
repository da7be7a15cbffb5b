"""Migrating, waiting for it, and rolling back, on a real PostgreSQL."""

import asyncio

import pytest
from fotograma_kit.migrations import upgrade, wait_until_upgraded
from fotograma_local.ports import HOST, free_ports
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

PACKAGE = "fotograma_auth.migrations"


async def run(database_url: str, statement: str) -> str | None:
    """The one value that a statement returns, if it returns any."""
    engine = create_async_engine(database_url)
    async with engine.begin() as connection:
        result = await connection.execute(text(statement))
        found = str(result.scalar_one()) if result.returns_rows else None
    await engine.dispose()
    return found


async def migrate(database_url: str) -> None:
    await asyncio.to_thread(upgrade, PACKAGE, database_url)


async def test_who_waits_goes_on_once_the_database_is_migrated(database_url: str) -> None:
    waiting = asyncio.create_task(wait_until_upgraded(PACKAGE, database_url, 60.0))
    await migrate(database_url)
    await waiting


async def test_an_older_revision_is_not_enough(database_url: str) -> None:
    await migrate(database_url)
    await run(database_url, "UPDATE alembic_version SET version_num = '0001'")
    with pytest.raises(TimeoutError):
        await wait_until_upgraded(PACKAGE, database_url, 0.5)


async def test_a_database_that_is_away_is_waited_for() -> None:
    (port,) = free_ports(1)
    with pytest.raises(TimeoutError):
        await wait_until_upgraded(PACKAGE, f"postgresql+asyncpg://auth@{HOST}:{port}/auth", 0.5)


async def test_a_release_that_is_rolled_back_to_finds_its_database_good(database_url: str) -> None:
    await migrate(database_url)
    await run(database_url, "UPDATE alembic_version SET version_num = 'newer'")
    await migrate(database_url)
    await wait_until_upgraded(PACKAGE, database_url, 60.0)
    assert await run(database_url, "SELECT version_num FROM alembic_version") == "newer"
