"""The outbox's tables take the rows of the release before, and keep those that are there."""

import asyncio

import pytest
from alembic import command
from fotograma_kit.migrations import _config, upgrade
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

BEFORE = {"fotograma_auth.migrations": "0002", "fotograma_video.migrations": "0007"}
INSERT = """
INSERT INTO outbox (routing_key, body, traceparent)
VALUES ('user.deleted', '{}', NULL) RETURNING outbox.id, outbox.created_at
"""
ADDED = """
SELECT count(*) FROM outbox WHERE exchange IS NULL AND message_id IS NULL AND persistent IS NULL
AND mandatory IS NULL AND refused_at IS NULL AND refused_reason IS NULL AND refused_tries IS NULL
AND request_id IS NULL
"""


async def value(database_url: str, statement: str) -> object:
    engine = create_async_engine(database_url)
    async with engine.begin() as connection:
        found = (await connection.execute(text(statement))).scalar_one()
    await engine.dispose()
    return found


@pytest.mark.parametrize("package", BEFORE)
async def test_outbox_migration_keeps_and_takes_rows_of_the_release_before(
    package: str, database_url: str
) -> None:
    config = _config(package, database_url)
    await asyncio.to_thread(command.upgrade, config, BEFORE[package])
    await value(database_url, INSERT)
    await asyncio.to_thread(upgrade, package, database_url)
    await value(database_url, INSERT)
    assert await value(database_url, ADDED) == 2
