"""Alembic, run by a command of the service rather than at start-up.

A service's migrations are a package of its own, shipped in its wheel. `commands` gives the
service's command line what runs them.
"""

import asyncio
from importlib import resources
from typing import Annotated

import asyncpg
import typer
from alembic import command, context
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, pool, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from fotograma_kit.row_users import give_rows
from fotograma_kit.settings import DatabaseSettings, MigrationSettings

_LOCK_KEY = 0x666F746F  # "foto": one migration at a time
_LOCK_TIMEOUT = "5s"
"""A migration that waits longer for a table lock fails rather than block the service."""
_ASK_AGAIN_SECONDS = 1.0
_NOT_YET = (OSError, DBAPIError, asyncpg.PostgresError)
"""Raised by a database that is not there yet."""


def commands(package: str) -> typer.Typer:
    """Build the commands `migrate` and `wait-for-migrations` for the revisions of `package`.

    A service's command line adds them to its own: `app.add_typer(commands(...))`.
    """
    app = typer.Typer()

    @app.command()
    def migrate() -> None:
        """Bring the database at DATABASE_URL to the newest revision.

        The user of DATABASE_ROWS_URL, if there is one, may then read and write its rows.
        """
        settings = MigrationSettings()
        database_url = settings.database_url.get_secret_value()
        upgrade(package, database_url)
        if settings.database_rows_url is not None:
            asyncio.run(give_rows(database_url, settings.database_rows_url.get_secret_value()))

    @app.command()
    def wait_for_migrations(
        seconds: Annotated[float, typer.Option(help="How long, before giving up.")] = 300.0,
    ) -> None:
        """Wait until another process has brought the database to the newest revision."""
        database_url = DatabaseSettings().database_url.get_secret_value()
        try:
            asyncio.run(wait_until_upgraded(package, database_url, seconds))
        except TimeoutError as error:
            typer.echo(f"the database was not migrated within {seconds:g} s", err=True)
            raise typer.Exit(1) from error

    return app


def upgrade(package: str, database_url: str) -> None:
    """Bring the database to the newest revision of `package` (`fotograma_auth.migrations`).

    A database that a newer release has migrated is left as it is: releases only expand what the
    one before them still uses, so that rolling back needs no migration.
    """
    config = _config(package, database_url)
    if not asyncio.run(_is_newer(config)):
        command.upgrade(config, "head")


async def wait_until_upgraded(package: str, database_url: str, seconds: float) -> None:
    """Return once the database is at the newest revision of `package`, or at a newer release's.

    Raises `TimeoutError` after `seconds`.
    """
    config = _config(package, database_url)
    async with asyncio.timeout(seconds):
        while not await _is_usable(config):
            await asyncio.sleep(_ASK_AGAIN_SECONDS)


def _config(package: str, database_url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(resources.files(package)))
    config.attributes["database_url"] = database_url
    return config


async def _is_usable(config: Config) -> bool:
    try:
        revision = await _revision(config)
    except _NOT_YET:
        return False
    head = ScriptDirectory.from_config(config).get_current_head()
    return revision == head or await _is_newer(config)


async def _is_newer(config: Config) -> bool:
    """Whether the database is at a revision that this release does not know."""
    revision = await _revision(config)
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    return revision is not None and revision not in known


async def _revision(config: Config) -> str | None:
    """The database's revision; `None` before the first migration."""
    engine = create_async_engine(config.attributes["database_url"], poolclass=pool.NullPool)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(
                lambda plain: MigrationContext.configure(plain).get_current_revision()
            )
    finally:
        await engine.dispose()


def run_env(metadata: MetaData) -> None:
    """Run the migrations. Called by a service's `env.py`."""
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
