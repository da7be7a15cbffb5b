"""The user of a service's processes is made by whoever migrates, and may change rows alone."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import asyncpg
import pytest
from fixtures.servers import fresh_name
from fotograma_kit.row_users import give_rows
from fotograma_local.postgres import Postgres

OWNER = "rds_owner"
"""As on RDS: it owns the database, and may make users."""
FORBIDDEN = (
    "CREATE TABLE mine (id int)",
    "ALTER TABLE notes ADD COLUMN more text",
    "DROP TABLE notes",
    "TRUNCATE notes",
    "CREATE ROLE another",
)


def with_user(url: str, user: str, password: str) -> str:
    host = urlsplit(url).netloc.rpartition("@")[2]
    return urlsplit(url)._replace(netloc=f"{user}:{password}@{host}").geturl()


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""), timeout=10)
    try:
        yield connection
    finally:
        await connection.close()


@pytest.fixture
async def admin(postgres: Postgres) -> AsyncIterator[asyncpg.Connection]:
    """The server's administrator."""
    async with connected(postgres.url("postgres")) as admin:
        yield admin


@pytest.fixture
async def user(admin: asyncpg.Connection) -> AsyncIterator[str]:
    """The name of a user who does not exist yet."""
    name = fresh_name("user")
    yield name
    await admin.execute(f'DROP ROLE IF EXISTS "{name}"')


@pytest.fixture
async def owner_url(postgres: Postgres, admin: asyncpg.Connection, user: str) -> AsyncIterator[str]:
    """An owner's database, with one table; it goes before the user does."""
    name = fresh_name("rows")
    url = await postgres.create_database(name, OWNER, "of-the-owner")
    await admin.execute(f"ALTER ROLE {OWNER} CREATEROLE")
    async with connected(url) as owner:
        await owner.execute("CREATE TABLE notes (id serial PRIMARY KEY, note text)")
    yield url
    await postgres.drop_database(name)


async def test_user_is_made_and_changes_rows_alone(owner_url: str, user: str) -> None:
    rows_url = with_user(owner_url, user, "secret")
    for _ in range(2):  # again with each release
        await give_rows(owner_url, rows_url)
    async with connected(owner_url) as owner:
        await owner.execute("CREATE TABLE later (id serial PRIMARY KEY)")
    async with connected(rows_url) as rows:
        await rows.execute("INSERT INTO notes (note) VALUES ('a'); UPDATE notes SET note = 'b'")
        await rows.execute("INSERT INTO later DEFAULT VALUES; DELETE FROM later")
        assert await rows.fetchval("SELECT note FROM notes") == "b"
        for statement in FORBIDDEN:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await rows.execute(statement)


async def test_user_of_a_migration_that_was_broken_off_gets_what_it_lacks(
    owner_url: str, user: str, admin: asyncpg.Connection
) -> None:
    await admin.execute(f"CREATE ROLE \"{user}\" LOGIN PASSWORD 'secret'")
    rows_url = with_user(owner_url, user, "secret")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with connected(rows_url):
            pass
    await give_rows(owner_url, rows_url)
    async with connected(rows_url) as rows:
        assert await rows.fetchval("SELECT count(*) FROM notes") == 0


async def test_another_password_takes_the_place_of_the_one_before(
    owner_url: str, user: str
) -> None:
    before, after = (with_user(owner_url, user, each) for each in ("before", "after"))
    await give_rows(owner_url, before)
    async with connected(before) as running:
        await give_rows(owner_url, after)
        assert await running.fetchval("SELECT count(*) FROM notes") == 0, "it stays connected"
    async with connected(after) as rows:
        assert await rows.fetchval("SELECT count(*) FROM notes") == 0
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(before.replace("+asyncpg", ""), timeout=10)


async def test_password_is_in_no_statement(
    owner_url: str, user: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server logs statements that change users."""
    sent: list[str] = []
    execute = asyncpg.Connection.execute

    async def recording(self: asyncpg.Connection, query: str, *arguments: object) -> str:
        sent.append(query)
        return str(await execute(self, query, *arguments))

    monkeypatch.setattr(asyncpg.Connection, "execute", recording)
    await give_rows(owner_url, with_user(owner_url, user, "of-the-rows"))
    assert any("CREATE ROLE" in each for each in sent)
    assert not any("of-the-rows" in each for each in sent)


async def test_owner_as_whom_processes_connect_is_left_as_it_is(owner_url: str) -> None:
    await give_rows(owner_url, owner_url)
    async with connected(owner_url) as owner:
        assert await owner.fetchval("SELECT count(*) FROM notes") == 0


async def test_owner_that_may_make_nobody_gives_rights_to_a_user_that_there_is(
    admin: asyncpg.Connection, owner_url: str, user: str
) -> None:
    """On one host the server's administrator has made it."""
    await admin.execute(f"ALTER ROLE {OWNER} NOCREATEROLE")
    database = urlsplit(owner_url).path[1:]
    await admin.execute(f"CREATE ROLE \"{user}\" LOGIN PASSWORD 'given'")
    await admin.execute(f'GRANT CONNECT ON DATABASE "{database}" TO "{user}"')
    rows_url = with_user(owner_url, user, "given")
    await give_rows(owner_url, rows_url)
    async with connected(rows_url) as rows:
        await rows.execute("INSERT INTO notes (note) VALUES ('a')")
