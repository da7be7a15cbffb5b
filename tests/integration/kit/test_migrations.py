"""Migrating, waiting for it, and rolling back, on a real PostgreSQL."""

import asyncio

import pytest
from alembic.script import ScriptDirectory
from fotograma_kit.migrations import _config, commands, upgrade, wait_until_upgraded
from fotograma_local.ports import HOST, free_ports
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from typer.testing import CliRunner, Result

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


async def revision(database_url: str) -> str | None:
    return await run(database_url, "SELECT version_num FROM alembic_version")


def newest_revision() -> str | None:
    return ScriptDirectory.from_config(_config(PACKAGE, "")).get_current_head()


async def test_wait_until_upgraded_returns_once_the_database_is_migrated(database_url: str) -> None:
    waiting = asyncio.create_task(wait_until_upgraded(PACKAGE, database_url, 60.0))
    await asyncio.sleep(0)
    assert not waiting.done()
    await migrate(database_url)
    await waiting
    assert await revision(database_url) == newest_revision()


async def test_wait_until_upgraded_times_out_at_an_older_revision(database_url: str) -> None:
    await migrate(database_url)
    await run(database_url, "UPDATE alembic_version SET version_num = '0001'")
    with pytest.raises(TimeoutError):
        await wait_until_upgraded(PACKAGE, database_url, 0.5)


async def test_wait_until_upgraded_waits_for_an_unreachable_database() -> None:
    (port,) = free_ports(1)
    with pytest.raises(TimeoutError):
        await wait_until_upgraded(PACKAGE, f"postgresql+asyncpg://auth@{HOST}:{port}/auth", 0.5)


async def test_upgrade_leaves_a_database_of_a_newer_release_as_it_is(database_url: str) -> None:
    await migrate(database_url)
    await run(database_url, "UPDATE alembic_version SET version_num = 'newer'")
    await migrate(database_url)
    await wait_until_upgraded(PACKAGE, database_url, 60.0)
    assert await revision(database_url) == "newer"


async def test_migration_commands_migrate_and_wait(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    app = commands(PACKAGE)

    async def invoke(*arguments: str) -> Result:
        return await asyncio.to_thread(CliRunner().invoke, app, list(arguments))

    early = await invoke("wait-for-migrations", "--seconds", "0.1")
    assert (early.exit_code, early.stderr) == (1, "the database was not migrated within 0.1 s\n")
    assert (await invoke("migrate")).exit_code == 0
    assert await revision(database_url) == newest_revision()
    assert (await invoke("wait-for-migrations")).exit_code == 0
