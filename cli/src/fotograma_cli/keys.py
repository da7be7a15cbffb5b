"""API keys, for programs."""

from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from uuid import UUID

from fotograma_cli.accounts import find_by_id
from fotograma_cli.client import Client, Json
from fotograma_cli.output import Output
from fotograma_cli.units import format_age


class Scope(StrEnum):
    """What a key may be allowed to do."""

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


def create_key(
    client: Client, output: Output, name: str, scopes: Sequence[Scope], days: int | None
) -> None:
    """Make a key. Standard output is the key alone, so that a script can take it."""
    key = client.create_api_key(name, [scope.value for scope in scopes], days)
    output.note("Keep this key: it is not shown again. Programs find it in FOTOGRAMA_API_KEY.")
    output.say(key["key"])
    output.result(key)


def revoke_key(client: Client, output: Output, text: str) -> None:
    """Make a key good for nothing; found by its name or the beginning of its id."""
    keys = client.api_keys()
    named = [key for key in keys if key["name"] == text]
    key = named[0] if len(named) == 1 else find_by_id(keys, text, what="API key")
    client.delete_api_key(UUID(key["id"]))
    output.say(f"{key['name']} ({key['prefix']}…) is good for nothing within 15 minutes.")
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
