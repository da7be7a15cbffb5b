"""API keys, for programs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from uuid import UUID

from fotograma_cli.accounts import KNOWN_PASSWORD, ask_password, find_by_id
from fotograma_cli.api.client import Client
from fotograma_cli.api.connection import Json
from fotograma_cli.errors import Refused
from fotograma_cli.output import Output
from fotograma_cli.units import format_age

PASSWORD_REQUIRED = "password_required"  # noqa: S105 - a problem's code


class Scope(StrEnum):
    """The scopes of a key."""

    READ = "videos:read"
    UPLOAD = "videos:upload"
    DELETE = "videos:delete"


def list_keys(client: Client, output: Output) -> None:
    """Show the account's keys, without their secrets."""
    keys = client.api_keys()
    now = datetime.now(UTC)
    if keys:
        columns = ["ID", "NAME", "KEY", "SCOPES", "CREATED", "LAST USED", "EXPIRES"]
        output.table(columns, [_row(key, now) for key in keys])
    else:
        output.say("No API keys.")
    output.result({"keys": keys})


@dataclass(frozen=True, slots=True)
class NewKey:
    """The name, scopes and life of a key to create."""

    name: str
    scopes: Sequence[Scope]
    days: int | None
    """Until it expires; None: what is usual at the server."""


def create_key(client: Client, output: Output, new: NewKey, *, password_stdin: bool) -> None:
    """Create a key. Standard output is the key alone, for scripts.

    The password is asked for where the server wants it: some minutes after the login.
    """
    password = None
    if password_stdin:
        password = ask_password(KNOWN_PASSWORD, from_stdin=True)
    try:
        key = _made(client, new, password)
    except Refused as error:
        if error.code != PASSWORD_REQUIRED:
            raise
        output.note("The last login is some time ago.")
        key = _made(client, new, ask_password(KNOWN_PASSWORD, from_stdin=False))
    output.note("Keep this key: it is not shown again. Programs find it in FOTOGRAMA_API_KEY.")
    output.say(key["key"])
    output.result(key)


def _made(client: Client, new: NewKey, password: str | None) -> Json:
    wanted: Json = {
        "name": new.name,
        "scopes": [scope.value for scope in new.scopes],
        "expires_in_days": new.days,
    }
    if password is not None:
        wanted["current_password"] = password
    return client.create_api_key(wanted)


def revoke_key(client: Client, output: Output, text: str) -> None:
    """Revoke a key, found by its name or the beginning of its id."""
    keys = client.api_keys()
    named = [key for key in keys if key["name"] == text]
    key = named[0] if len(named) == 1 else find_by_id(keys, text, what="API key")
    client.delete_api_key(UUID(key["id"]))
    output.say(f"{key['name']} ({key['prefix']}…) is revoked, with its tokens within 15 minutes.")
    output.result(key)


def _row(key: Json, now: datetime) -> list[str]:
    expires, used = key["expires_at"], key["last_used_at"]
    return [
        key["id"][:8],
        key["name"],
        f"{key['prefix']}…",
        " ".join(key["scopes"]),
        format_age(datetime.fromisoformat(key["created_at"]), now),
        "never" if used is None else format_age(datetime.fromisoformat(used), now),
        "never" if expires is None else expires[:10],
    ]
