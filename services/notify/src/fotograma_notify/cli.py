"""Commands for operators."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import TypeVar

import typer
from fotograma_kit.aws import AwsClient
from pydantic import SecretStr

from fotograma_notify.app import create_api, create_repository
from fotograma_notify.deliveries import Deliveries
from fotograma_notify.domain import Delivery
from fotograma_notify.dynamodb.repository import DynamoRepository
from fotograma_notify.settings import NotifySettings

T = TypeVar("T")

app = typer.Typer(no_args_is_help=True, help="Commands for operators of the notify service.")


@app.command()
def openapi() -> None:
    """Print the OpenAPI document. Needs neither settings nor servers."""
    typer.echo(openapi_document(), nl=False)


@app.command()
def uncertain() -> None:
    """List the deliveries that may or may not have been sent, one JSON object a line.

    A crash or a lost answer in the moment of sending leaves them; they are never sent again by
    themselves. Find the mail in SES by its `delivery_id` tag.
    """
    for delivery in _with_repository(lambda repository: Deliveries(repository).uncertain()):
        typer.echo(json.dumps(_line(delivery)))


@app.command()
def unsuppress(address: str) -> None:
    """Send mail to an address again that bounced or complained."""
    _with_repository(lambda repository: repository.unsuppress(address))
    typer.echo(f"{address} gets mail again.")


def openapi_document() -> str:
    """The API's OpenAPI document, as it is committed."""
    anywhere = "http://localhost"
    settings = NotifySettings(
        rabbitmq_url=SecretStr("amqp://localhost"),
        jwks_url=anywhere,
        public_url=anywhere,
        notify_table="openapi",
        notify_mail_queue_url=anywhere,
        notify_feedback_queue_url=anywhere,
        notify_sender="openapi@localhost",
    )
    return json.dumps(create_api(settings).openapi(), indent=2, ensure_ascii=False) + "\n"


def _with_repository(use: Callable[[DynamoRepository], Awaitable[T]]) -> T:
    async def run() -> T:
        settings = NotifySettings()
        async with AwsClient("dynamodb", settings, settings.dynamodb_endpoint_url) as client:
            return await use(create_repository(settings, client))

    return asyncio.run(run())


def _line(delivery: Delivery) -> dict[str, str | None]:
    return {
        "delivery_id": str(delivery.key.delivery_id),
        "user_id": str(delivery.key.user_id),
        "kind": delivery.content.kind,
        "created_at": delivery.created_at.isoformat(),
        "reason": delivery.reason,
    }


if __name__ == "__main__":
    app()
