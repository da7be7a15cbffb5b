"""`fotograma-video dead-letters`: what lies in the queue `graveyard`.

RABBITMQ_URL must name a user who may read that queue and publish what any service publishes: an
administrator of the broker rather than the service's own user.
"""

import asyncio
import json
from collections.abc import Coroutine
from typing import Annotated, Any, NoReturn, TypeVar

import typer
from fotograma_contracts.topology import SECRET_FIELDS
from fotograma_kit.broker import BrokerUnavailable, DeadLetter, Graveyard
from fotograma_kit.settings import BrokerSettings

T = TypeVar("T")

REDACTED = "(not shown: a mailed token is as good as a password)"

app = typer.Typer(help="See and replay messages that could not be handled.", no_args_is_help=True)


@app.command("list")
def list_letters(
    limit: Annotated[int, typer.Option(min=1, help="How many, from the oldest on.")] = 100,
) -> None:
    """Print the messages, one JSON object a line. They stay where they are."""
    for letter in _run(_graveyard().look(limit)):
        typer.echo(json.dumps(_line(letter), ensure_ascii=False))


@app.command()
def show(message_id: str) -> None:
    """Print one message with its body, without the tokens of mailed links. It stays where it is."""
    letter = _run(_graveyard().find(message_id))
    if letter is None:
        _fail(f"there is no message {message_id}")
    body = letter.body.decode(errors="backslashreplace")
    typer.echo(json.dumps({**_line(letter), "body": _parsed(body)}, indent=2, ensure_ascii=False))


@app.command()
def replay(
    message_ids: Annotated[list[str] | None, typer.Argument(help="Which ones.")] = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="All that are there now.")] = False,
) -> None:
    """Publish messages again, as they were published first. Mend what killed them before.

    A message leaves the graveyard once RabbitMQ has confirmed its copy. Whenever this command is
    killed, nothing is lost; at worst a message is replayed twice, which does no harm.
    """
    if every == bool(message_ids):
        _fail("give the ids of messages, or --all")
    _run(_replay(None if every else set(message_ids or ())))


async def _replay(wanted: set[str] | None) -> None:
    missing, refused = set(wanted or ()), False
    async for replayed in _graveyard().replay(
        lambda letter: wanted is None or letter.message_id in wanted
    ):
        letter = replayed.letter
        missing.discard(letter.message_id or "")
        if replayed.refused is None:
            typer.echo(f"replayed {letter.message_id} {letter.routing_key}")
        else:
            refused = True
            typer.echo(f"left {letter.message_id}: {replayed.refused}", err=True)
    for message_id in sorted(missing):
        typer.echo(f"there is no message {message_id}", err=True)
    if missing or refused:
        raise typer.Exit(1)


def _graveyard() -> Graveyard:
    return Graveyard(BrokerSettings())


def _run(work: Coroutine[Any, Any, T]) -> T:
    try:
        return asyncio.run(work)
    except BrokerUnavailable as error:
        _fail(f"RabbitMQ: {error}")


def _fail(why: str) -> NoReturn:
    typer.echo(why, err=True)
    raise typer.Exit(1)


def _line(letter: DeadLetter) -> dict[str, str | None]:
    return {
        "message_id": letter.message_id,
        "routing_key": letter.routing_key,
        "origin": letter.origin,
        "reason": letter.reason,
        "died_at": letter.died_at.isoformat() if letter.died_at else None,
    }


def _parsed(body: str) -> Any:
    """The body as the JSON it should be; as text where it is not. No secrets are shown."""
    try:
        return _redacted(json.loads(body))
    except (ValueError, RecursionError):
        # What is no JSON cannot be taken apart.
        return REDACTED if any(name in body for name in SECRET_FIELDS) else body


def _redacted(value: Any) -> Any:
    match value:
        case dict():
            return {
                name: REDACTED if name in SECRET_FIELDS else _redacted(part)
                for name, part in value.items()
            }
        case list():
            return [_redacted(part) for part in value]
        case _:
            return value
