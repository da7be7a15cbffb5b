"""A database's certificate is verified as deploy/k8s/components/aws/database.yaml says.

The embedded PostgreSQL is built without TLS, so a server stands in for the first bytes of one: it
agrees to TLS, and what is looked at is whether the client does.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from fotograma_installer.own_certificate import self_signed
from fotograma_kit.database import Database, DatabaseUnavailable
from fotograma_kit.settings import DatabaseSettings
from pydantic import SecretStr

REQUEST_BYTES = 8
"""SSLRequest: https://www.postgresql.org/docs/current/protocol-message-formats.html"""


@asynccontextmanager
async def serving(folder: Path, name: str) -> AsyncIterator[tuple[int, asyncio.Queue[str]]]:
    """A port whose server has a certificate of this name; and what a client does."""
    certificate, key = self_signed(name)
    (folder / "server.pem").write_text(certificate + key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    ends: asyncio.Queue[str] = asyncio.Queue()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(REQUEST_BYTES)
        writer.write(b"S")
        await writer.drain()
        try:
            await writer.start_tls(context)
            first = await reader.read(1)
            await ends.put("speaks" if first else "leaves")
        except (OSError, ssl.SSLError):
            await ends.put("leaves")
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], ends


async def connect(port: int) -> None:
    """As every process does; the stand-in says no word of PostgreSQL's afterwards."""
    url = f"postgresql+asyncpg://user:secret@localhost:{port}/database"
    database = Database(DatabaseSettings(database_url=SecretStr(url), database_connect_seconds=5))
    with pytest.raises(DatabaseUnavailable):
        await database.ping()
    await database.close()


@pytest.mark.parametrize(
    ("mode", "named", "authority", "client"),
    [
        ("verify-full", "localhost", "its", "speaks"),
        ("verify-full", "localhost", "another", "leaves"),
        ("verify-full", "elsewhere.example.org", "its", "leaves"),
        ("prefer", "elsewhere.example.org", "another", "speaks"),
    ],
)
async def test_certificate_is_verified_as_the_environment_says(
    mode: str,
    named: str,
    authority: str,
    client: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with serving(tmp_path, named) as (port, ends):
        believed = tmp_path / "authorities.pem"
        its = (tmp_path / "server.pem").read_text().partition("-----BEGIN PRIVATE")[0]
        believed.write_text(its if authority == "its" else self_signed(named)[0])
        monkeypatch.setenv("PGSSLMODE", mode)
        monkeypatch.setenv("PGSSLROOTCERT", str(believed))
        await connect(port)
        assert await asyncio.wait_for(ends.get(), 5) == client
