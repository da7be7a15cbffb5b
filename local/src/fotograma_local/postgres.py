"""A private PostgreSQL, over TCP on the loopback interface."""

import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import asyncpg

from fotograma_local.ports import HOST
from fotograma_local.postgres_programs import (
    VERSION,
    PostgresUnusable,
    as_ordinary_user,
    programs,
    reachable_programs,
)
from fotograma_local.processes import Process, Program, Server, base_environment

SUPERUSER = "postgres"
READY_SECONDS = 30.0
_FAST_SHUTDOWN = signal.SIGINT
"""SIGTERM would wait for the clients to leave."""
_ORPHAN_SIGNAL = _FAST_SHUTDOWN.name.removeprefix("SIG")
_INITDB_SECONDS = 60.0
_CONNECT_SECONDS = 5.0
_STATEMENT_SECONDS = 30.0
_ROW_RIGHTS = """
GRANT USAGE ON SCHEMA public TO "{user}";
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO "{user}";
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO "{user}";
ALTER DEFAULT PRIVILEGES FOR ROLE "{owner}" IN SCHEMA public
 GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO "{user}";
ALTER DEFAULT PRIVILEGES FOR ROLE "{owner}" IN SCHEMA public GRANT USAGE ON SEQUENCES TO "{user}";
"""
"""As deploy/compose/postgres/databases.sh gives them."""


@dataclass(frozen=True)
class Postgres:
    """A PostgreSQL server's address and its superuser's password."""

    host: str
    port: int
    password: str

    def url(self, database: str, user: str = SUPERUSER, password: str | None = None) -> str:
        """What a service takes as its `DATABASE_URL`."""
        secret = quote(self.password if password is None else password, safe="")
        return f"postgresql+asyncpg://{user}:{secret}@{self.host}:{self.port}/{database}"

    async def create_database(
        self, name: str, owner: str, password: str, template: str = "template1"
    ) -> str:
        """Make a database and its owner unless they exist; returns its URL for that owner.

        It begins as a copy of `template`. Nobody else but the superuser may connect to it.
        """
        connection = await self._connect()
        try:
            if not await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", owner):
                await connection.execute(f'CREATE ROLE "{owner}" LOGIN')
            await connection.execute(await _set_password(connection, owner, password))
            if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
                await connection.execute(
                    f'CREATE DATABASE "{name}" OWNER "{owner}" TEMPLATE "{template}"'
                )
            await connection.execute(f'REVOKE CONNECT ON DATABASE "{name}" FROM PUBLIC')
        finally:
            await connection.close()
        return self.url(name, owner, password)

    async def create_row_user(self, database: str, user: str, password: str) -> str:
        """Make a user of a database unless it exists; returns its URL for that user.

        The user reads and writes rows, also of tables that the database's owner makes later, and
        changes nothing else.
        """
        owner = await self._owner(database)
        connection = await self._connect()
        try:
            if not await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", user):
                await connection.execute(f'CREATE ROLE "{user}" LOGIN')
            await connection.execute(await _set_password(connection, user, password))
            await connection.execute(f'GRANT CONNECT ON DATABASE "{database}" TO "{user}"')
        finally:
            await connection.close()
        connection = await self._connect(database)
        try:
            await connection.execute(_ROW_RIGHTS.format(owner=owner, user=user))
        finally:
            await connection.close()
        return self.url(database, user, password)

    async def _owner(self, database: str) -> str:
        connection = await self._connect()
        try:
            query = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = $1"
            return str(await connection.fetchval(query, database))
        finally:
            await connection.close()

    async def drop_database(self, name: str) -> None:
        """Drop a database, whoever is connected to it."""
        connection = await self._connect()
        try:
            await connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        finally:
            await connection.close()

    async def _connect(self, database: str = "postgres") -> asyncpg.Connection:
        return await asyncpg.connect(
            host=self.host,
            port=self.port,
            user=SUPERUSER,
            password=self.password,
            database=database,
            timeout=_CONNECT_SECONDS,
            command_timeout=_STATEMENT_SECONDS,
        )


async def _set_password(connection: asyncpg.Connection, role: str, password: str) -> str:
    """The statement for it: a utility statement takes no parameters, so the server quotes."""
    return str(
        await connection.fetchval(
            "SELECT format('ALTER ROLE %I PASSWORD %L', $1::text, $2::text)", role, password
        )
    )


class PostgresServer(Server):
    """One private server; its data stays in `folder`."""

    ready_seconds = READY_SECONDS

    def __init__(
        self, folder: Path, *, port: int, password: str, log: Path, durable: bool = True
    ) -> None:
        """`durable=False` saves the waits for the disk: for data that need not survive a crash of
        the machine."""
        self.address = Postgres(HOST, port, password)
        self._folder = folder.resolve()  # the server is started from elsewhere
        self._durable = durable
        super().__init__(Process(self._program(), log))

    @property
    def _data(self) -> Path:
        return self._folder / f"data-{VERSION}"

    def _program(self) -> Program:
        settings = {
            "listen_addresses": self.address.host,
            "port": str(self.address.port),
            "unix_socket_directories": "",
            "max_connections": "200",
            "fsync": "on" if self._durable else "off",
            "log_line_prefix": "%m [%p] %d ",
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return Program(
            "postgres",
            (*as_ordinary_user(_ORPHAN_SIGNAL), "./postgres", "-D", str(self._data), *options),
            directory=programs(),
            stop_signal=_FAST_SHUTDOWN,
            orphan_signal=_FAST_SHUTDOWN,
        )

    def prepare(self) -> None:
        """Make the data folder on the first start. Raises `PostgresUnusable`."""
        if (self._data / "PG_VERSION").exists():
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        unfinished = self._folder / "data.new"
        if unfinished.exists():
            shutil.rmtree(unfinished)
        self._initialise(unfinished)
        unfinished.rename(self._data)

    def _initialise(self, data: Path) -> None:
        password_file = self._folder / "superuser-password"
        password_file.touch(mode=0o600)
        password_file.write_text(self.address.password)
        try:
            with reachable_programs() as folder:
                _initdb(folder, data, password_file)
        finally:
            password_file.unlink()

    def is_ready(self) -> bool:
        """Whether it takes connections."""
        asked = subprocess.run(  # noqa: S603 - the command is ours
            [
                str(programs() / "pg_isready"),
                *("--host", self.address.host, "--port", str(self.address.port), "--quiet"),
            ],
            check=False,
            env=base_environment(),
            timeout=_CONNECT_SECONDS,
        )
        return asked.returncode == 0


def _initdb(folder: Path, data: Path, password_file: Path) -> None:
    try:
        subprocess.run(  # noqa: S603 - the command is ours
            [
                *as_ordinary_user("KILL"),
                str(folder / "initdb"),
                *("--pgdata", str(data), "--username", SUPERUSER),
                *("--pwfile", str(password_file), "--auth", "scram-sha-256"),
                *("--encoding", "UTF8", "--locale", "C"),
                *("--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"),
                "--no-sync",
            ],
            check=True,
            capture_output=True,
            text=True,
            env=base_environment(),
            timeout=_INITDB_SECONDS,
        )
    except subprocess.CalledProcessError as error:
        raise PostgresUnusable(f"initdb failed:\n{error.stderr}") from error
