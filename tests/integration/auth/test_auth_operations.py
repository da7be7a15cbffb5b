"""What operators run: migrations, the commands, both processes."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, TypeVar

import aio_pika
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from fixtures.auth import PASSWORD, CountingHasher, assert_problem, serve
from fotograma_auth import main
from fotograma_auth.app import create_api, create_background
from fotograma_auth.cli import app
from fotograma_auth.models import Base, OutboxMessage, User
from fotograma_auth.settings import ApiSettings, BackgroundSettings
from fotograma_auth.signing_keys import InvalidSigningKeys, KeyRing
from fotograma_contracts.base import Message
from fotograma_contracts.topology import NOTIFY_EVENTS, routing_key_of
from fotograma_contracts.users import UserPasswordResetRequested, UserRegistered
from fotograma_kit.database import Database
from fotograma_kit.settings import DatabaseSettings
from fotograma_kit.tokens import Role
from httpx import AsyncClient
from pydantic import SecretStr
from sqlalchemy import Connection, func, select, text
from typer.testing import CliRunner, Result

ANA = {"email": "ana@example.com", "password": PASSWORD}
DEADLINE_SECONDS = 15
M = TypeVar("M", bound=Message)


def run(*arguments: str, typed: str = "") -> Result:
    return CliRunner().invoke(app, list(arguments), input=typed)


@pytest.fixture
def environment(
    monkeypatch: pytest.MonkeyPatch, auth_database_url: str, database: Database, keys_dir: Path
) -> None:
    monkeypatch.setenv("DATABASE_URL", auth_database_url)
    monkeypatch.setenv("AUTH_SIGNING_KEYS_DIR", str(keys_dir))


async def users(url: str) -> list[User]:
    database = Database(DatabaseSettings(database_url=SecretStr(url)))
    try:
        async with database.transaction() as session:
            return list((await session.scalars(select(User))).all())
    finally:
        await database.close()


async def test_migrations_make_the_tables_that_the_models_describe(database: Database) -> None:
    def differences(connection: Connection) -> list[Any]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, Base.metadata))

    async with database.transaction() as session:
        connection = await session.connection()
        assert await connection.run_sync(differences) == []


def test_migrating_twice_is_migrating_once(environment: None) -> None:
    assert run("migrate").exit_code == 0


def test_administrator_is_made_and_logs_in(environment: None, auth_database_url: str) -> None:
    root = {"email": "root@example.com", "password": PASSWORD}

    async def who_logs_in() -> Any:
        async with serve(main.api()) as client:
            token = (await client.post("/auth/login", json=root)).json()["access_token"]
            answer = await client.get("/auth/me", headers={"Authorization": f"Bearer {token}"})
            return answer.json()

    made = run("create-admin", "root@example.com", "--password-stdin", typed=PASSWORD + "\n")
    assert made.exit_code == 0, made.output
    assert PASSWORD not in made.output
    assert asyncio.run(who_logs_in())["role"] == "admin"
    [user] = asyncio.run(users(auth_database_url))
    assert user.password_hash.startswith("$argon2id$")


def test_password_is_asked_for_twice_and_not_shown(environment: None) -> None:
    made = run("create-admin", "root@example.com", typed=f"{PASSWORD}\n{PASSWORD}\n")
    assert made.exit_code == 0, made.output
    assert PASSWORD not in made.output


async def register() -> None:
    """Somebody registers ana@example.com, whoever that is."""
    async with serve(create_api(ApiSettings(), hasher=CountingHasher())) as client:
        assert (await client.post("/auth/register", json=ANA)).status_code == 201


async def confirm_addresses(url: str) -> None:
    database = Database(DatabaseSettings(database_url=SecretStr(url)))
    async with database.transaction() as session:
        await session.execute(text("UPDATE users SET verified_at = now()"))
    await database.close()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "--promote"),
        (("--password-stdin",), "--promote"),
        (("--promote",), "has not confirmed it"),
        (("--promote", "--password-stdin"), "has not confirmed it"),
    ],
)
def test_create_admin_refuses_a_registered_address(
    environment: None, auth_database_url: str, arguments: tuple[str, ...], told: str
) -> None:
    asyncio.run(register())
    typed = "the operator's own password\n"
    made = run("create-admin", "ANA@example.com", *arguments, typed=typed)
    assert made.exit_code == 1
    assert told in made.output
    [user] = asyncio.run(users(auth_database_url))
    assert (user.role, user.verified_at) == (Role.USER, None)
    assert run("list-admins").output == ""


def test_create_admin_with_promote_promotes_a_verified_user(
    environment: None, auth_database_url: str
) -> None:
    asyncio.run(register())
    asyncio.run(confirm_addresses(auth_database_url))
    refused = run("create-admin", "ana@example.com")
    assert (refused.exit_code, "--promote" in refused.output) == (1, True)
    for word in ("now", "already"):
        made = run("create-admin", "ANA@example.com", "--promote")
        assert (made.exit_code, word in made.output) == (0, True), made.output
    [user] = asyncio.run(users(auth_database_url))
    assert (user.role, user.password_hash) == (Role.ADMIN, "1:" + PASSWORD[::-1])
    assert run("list-admins").output == "ana@example.com\n"


def test_administrator_is_demoted(environment: None, auth_database_url: str) -> None:
    run("create-admin", "root@example.com", "--password-stdin", typed=PASSWORD + "\n")
    assert run("list-admins").output == "root@example.com\n"
    for told in ("no administrator any more", "no administrator"):
        demoted = run("demote-admin", "ROOT@example.com")
        assert (demoted.exit_code, told in demoted.output) == (0, True), demoted.output
    [user] = asyncio.run(users(auth_database_url))
    assert user.role is Role.USER
    assert run("list-admins").output == ""


@pytest.mark.parametrize("command", [("create-admin", "--promote"), ("demote-admin",)])
def test_commands_for_unknown_addresses_explain_the_refusal(
    environment: None, command: tuple[str, ...]
) -> None:
    ran = run(*command, "nobody@example.com")
    assert (ran.exit_code, "no such user" in ran.output) == (1, True)


@pytest.mark.parametrize(("email", "password"), [("root", PASSWORD), ("root@example.com", "short")])
def test_create_admin_explains_an_invalid_address_or_password(
    environment: None, email: str, password: str
) -> None:
    made = run("create-admin", email, "--password-stdin", typed=password)
    assert made.exit_code == 1
    assert "not an e-mail address" in made.output or "at least 12" in made.output


def test_new_signing_key_is_the_one_that_signs(environment: None, keys_dir: Path) -> None:
    before = {path.stem for path in keys_dir.iterdir()}
    made = run("new-signing-key")
    assert made.exit_code == 0, made.output
    [added] = {path.stem for path in keys_dir.iterdir()} - before
    assert Path(made.output.strip()).stem == added
    assert {key["kid"] for key in KeyRing.load(keys_dir).key_set()} == before | {added}


async def test_api_is_built_from_the_environment_and_ready(
    environment: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("API_DOCUMENTATION", "true")
    async with serve(main.api()) as client:
        ready = await client.get("/health/ready")
        assert (ready.status_code, ready.json()["checks"]) == (200, {"postgres": "ok"})
        assert (await client.get("/auth/docs")).status_code == 200


async def test_without_keys_the_api_does_not_start(
    api_settings: ApiSettings, tmp_path: Path
) -> None:
    settings = api_settings.model_copy(update={"auth_signing_keys_dir": tmp_path / "nothing"})
    with pytest.raises(InvalidSigningKeys):
        async with serve(create_api(settings)):
            pytest.fail("it started")


async def test_api_without_its_database_is_not_ready(api_settings: ApiSettings) -> None:
    nowhere = SecretStr("postgresql+asyncpg://auth:x@127.0.0.1:1/auth")
    settings = api_settings.model_copy(update={"database_url": nowhere})
    async with serve(create_api(settings, hasher=CountingHasher())) as client:
        assert (await client.get("/health/live")).status_code == 200
        ready = await client.get("/health/ready")
        assert ready.status_code == 503
        assert ready.json()["checks"]["postgres"].startswith("down")
        assert_problem(await client.post("/auth/login", json=ANA), 503, "unavailable")


async def next_event(rabbitmq_url: str, kind: type[M]) -> M:
    connection = await aio_pika.connect(rabbitmq_url)
    async with connection, asyncio.timeout(DEADLINE_SECONDS):
        channel = await connection.channel()
        queue = await channel.get_queue(NOTIFY_EVENTS.name)
        async with queue.iterator(no_ack=True) as messages:
            async for message in messages:
                if message.routing_key == routing_key_of(kind):
                    return kind.model_validate_json(message.body)
    raise AssertionError("the queue was closed")


@contextlib.asynccontextmanager
async def background(auth_database_url: str, rabbitmq_url: str) -> AsyncIterator[AsyncClient]:
    settings = BackgroundSettings(
        database_url=SecretStr(auth_database_url), rabbitmq_url=SecretStr(rabbitmq_url)
    )
    async with serve(create_background(settings)) as client:
        yield client


async def test_background_process_publishes_the_outbox(
    auth: AsyncClient, database: Database, auth_database_url: str, rabbitmq_url: str
) -> None:
    user = (await auth.post("/auth/register", json=ANA)).json()
    async with background(auth_database_url, rabbitmq_url) as client:
        ready = await client.get("/health/ready")
        assert ready.json()["checks"] == {"postgres": "ok", "rabbitmq": "ok"}
        event = await next_event(rabbitmq_url, UserRegistered)
        assert (str(event.user_id), event.email) == (user["id"], "ana@example.com")
        await emptied_outbox(database)
        assert "fotograma_outbox_messages" in (await client.get("/metrics")).text


async def test_background_process_mails_requested_links(
    auth: AsyncClient, database: Database, auth_database_url: str, rabbitmq_url: str
) -> None:
    user = (await auth.post("/auth/register", json=ANA)).json()
    async with background(auth_database_url, rabbitmq_url) as client:
        assert (await client.get("/health/ready")).status_code == 200  # the queues exist
        await auth.post("/auth/password/forgot", json={"email": ANA["email"]})
        event = await next_event(rabbitmq_url, UserPasswordResetRequested)
    assert str(event.user_id) == user["id"]
    body = {"token": event.token, "password": "another correct horse"}
    assert (await auth.post("/auth/password/reset", json=body)).status_code == 204


async def emptied_outbox(database: Database) -> None:
    async with asyncio.timeout(DEADLINE_SECONDS):
        while True:
            async with database.transaction() as session:
                if not await session.scalar(select(func.count()).select_from(OutboxMessage)):
                    return
            await asyncio.sleep(0.05)


async def test_background_process_is_built_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, auth_database_url: str, rabbitmq_url: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", auth_database_url)
    monkeypatch.setenv("RABBITMQ_URL", rabbitmq_url)
    async with serve(main.background()) as client:
        assert (await client.get("/health/live")).status_code == 200


async def test_dead_connection_is_replaced(auth: AsyncClient, database: Database) -> None:
    """PostgreSQL's restart is not seen by who comes after it."""
    await auth.post("/auth/register", json=ANA)
    async with database.transaction() as session:
        await session.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    assert (await auth.post("/auth/login", json=ANA)).status_code == 200
