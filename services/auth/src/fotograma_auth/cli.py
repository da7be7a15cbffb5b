"""`fotograma-auth`: commands for operators."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from fotograma_contracts.users import Locale
from fotograma_kit.database import Database
from fotograma_kit.migrations import commands
from fotograma_kit.problems import Problem
from pydantic import SecretStr

from fotograma_auth.administration import Operators
from fotograma_auth.app import create_api
from fotograma_auth.clock import utc_now
from fotograma_auth.passwords import Argon2Hasher
from fotograma_auth.settings import AdminSettings, ApiSettings, KeySettings
from fotograma_auth.signing_keys import create_key

app = typer.Typer(help="Operate the auth service.", no_args_is_help=True)
app.add_typer(commands("fotograma_auth.migrations"))

T = TypeVar("T")


@app.command()
def create_admin(
    email: str,
    *,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
    locale: Annotated[Locale, typer.Option(help="The language of mail.")] = Locale.ENGLISH,
    promote: Annotated[
        bool, typer.Option("--promote", help="Of an account that exists, and confirmed EMAIL.")
    ] = False,
) -> None:
    """Open an administrator's account for EMAIL, or with --promote make a user one.

    A user who is promoted keeps the password and logs in anew: sessions, API keys and mailed
    links end.
    """
    with _explained():
        if promote:
            is_new = asyncio.run(_with_operators(lambda o: o.promote(email)))
            typer.echo(f"{email} is an administrator {'now' if is_new else 'already'}")
            return
        asyncio.run(_with_operators(lambda o: o.refuse_taken(email)))
        password = _read_password(from_stdin=password_stdin)
        asyncio.run(_with_operators(lambda o: o.create_admin(email, password, locale)))
        typer.echo(f"opened an administrator's account for {email}")


@app.command()
def demote_admin(email: str) -> None:
    """Make the administrator EMAIL a user like others, whose sessions, API keys and links end.

    Other services believe an access token until it expires: the last one in 15 minutes.
    """
    with _explained():
        was_one = asyncio.run(_with_operators(lambda o: o.demote(email)))
        typer.echo(f"{email} is no administrator{' any more' if was_one else ''}")


@app.command()
def list_admins() -> None:
    """Print the administrators' addresses, and which are suspended or not confirmed."""
    for user in asyncio.run(_with_operators(lambda o: o.administrators())):
        suspended = ["suspended"] if user.suspended_at is not None else []
        unverified = ["not confirmed"] if user.verified_at is None else []
        typer.echo("\t".join([user.email, *suspended, *unverified]))


@app.command()
def new_signing_key() -> None:
    """Write a key into AUTH_SIGNING_KEYS_DIR that signs from the next start on."""
    typer.echo(create_key(KeySettings().auth_signing_keys_dir, utc_now()))


@app.command()
def openapi() -> None:
    """Print the API's description."""
    typer.echo(openapi_document(), nl=False)


def openapi_document() -> str:
    """The API's description as it is committed. Building the app reads and connects to nothing."""
    settings = ApiSettings(
        database_url=SecretStr("postgresql+asyncpg://"), auth_signing_keys_dir=Path()
    )
    return json.dumps(create_api(settings).openapi(), indent=2, ensure_ascii=False) + "\n"


def _read_password(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    password: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    return password


@contextmanager
def _explained() -> Iterator[None]:
    """Print a refusal in one line, and exit with 1."""
    try:
        yield
    except Problem as problem:
        typer.echo(f"{problem.title}: {problem.detail or problem.code}", err=True)
        raise typer.Exit(1) from problem


async def _with_operators(act: Callable[[Operators], Awaitable[T]]) -> T:
    async with _operators() as operators:
        return await act(operators)


@asynccontextmanager
async def _operators() -> AsyncIterator[Operators]:
    settings = AdminSettings()
    async with AsyncExitStack() as stack:
        database = Database(settings)
        stack.push_async_callback(database.close)
        hasher = await stack.enter_async_context(Argon2Hasher(settings))
        yield Operators(database, hasher, utc_now)


if __name__ == "__main__":
    app()
