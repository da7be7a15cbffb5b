"""Alembic, run by a command of the service rather than at start-up.

A service's migrations are a package of its own, shipped in its wheel.
"""

import asyncio
from importlib import resources

from alembic import command, context
from alembic.config import Config
from sqlalchemy import Connection, MetaData, pool, text
from sqlalchemy.ext.asyncio import create_async_engine

_LOCK_KEY = 0x666F746F  # "foto": one migration at a time, whoever starts it
_LOCK_TIMEOUT = "5s"
"""A migration that waits longer for a table lock fails rather than block the service."""


def upgrade(package: str, database_url: str) -> None:
    """Bring the database to the newest revision of `package` (`fotograma_auth.migrations`)."""
    config = Config()
    config.set_main_option("script_location", str(resources.files(package)))
    config.attributes["database_url"] = database_url
    command.upgrade(config, "head")


def run_env(metadata: MetaData) -> None:
    """What a service's `env.py` calls."""
    asyncio.run(_migrate(context.config.attributes["database_url"], metadata))


async def _migrate(database_url: str, metadata: MetaData) -> None:
    engine = create_async_engine(database_url, poolclass=pool.NullPool)
    try:
        async with engine.connect() as connection:
            await connection.run_sync(_run, metadata)
            await connection.commit()
    finally:
        await engine.dispose()


def _run(connection: Connection, metadata: MetaData) -> None:
    context.configure(connection=connection, target_metadata=metadata)
    with context.begin_transaction():
        connection.execute(text(f"SET lock_timeout = '{_LOCK_TIMEOUT}'"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK_KEY})
        context.run_migrations()
