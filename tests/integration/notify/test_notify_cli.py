"""The operator's commands."""

import asyncio
import json
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from fixtures.notify_stack import Stack, User
from fotograma_contracts.users import Locale
from fotograma_notify import main
from fotograma_notify.cli import app
from fotograma_notify.contents import NotificationContent
from fotograma_notify.domain import (
    Change,
    Delivery,
    DeliveryKey,
    Recipient,
    Status,
    SuppressionReason,
)
from typer.testing import CliRunner, Result

NOW = datetime(2030, 1, 1, tzinfo=UTC)


@pytest.fixture
def environment(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = stack.settings
    for name, value in {
        "RABBITMQ_URL": settings.rabbitmq_url.get_secret_value(),
        "JWKS_URL": settings.jwks_url,
        "PUBLIC_URL": settings.public_url,
        "DYNAMODB_ENDPOINT_URL": settings.dynamodb_endpoint_url or "",
        "NOTIFY_TABLE": settings.notify_table,
        "NOTIFY_MAIL_QUEUE_URL": settings.notify_mail_queue_url,
        "NOTIFY_FEEDBACK_QUEUE_URL": settings.notify_feedback_queue_url,
        "NOTIFY_SENDER": settings.notify_sender,
    }.items():
        monkeypatch.setenv(name, value)


async def run(*arguments: str) -> Result:
    """In a thread of its own: a command has its own event loop."""
    result = await asyncio.to_thread(CliRunner().invoke, app, list(arguments))
    assert result.exit_code == 0, result.output
    return result


async def test_uncertain_deliveries_are_listed(stack: Stack, environment: None) -> None:
    assert (await run("uncertain")).stdout == ""

    ana = User()
    repository = stack.repository
    await repository.put_recipient(Recipient(ana.user_id, 1, ana.email, Locale.ENGLISH))
    key = DeliveryKey(ana.user_id, uuid4())
    await repository.add(Delivery(key, NotificationContent("Hello", "How are you?"), NOW))
    await repository.claim(key, "dead", now=NOW, until=NOW)
    await repository.move(key, "dead", Change(Status.SENDING, NOW, lease_until=NOW))
    await repository.move(key, "dead", Change(Status.UNCERTAIN, NOW, reason="no answer"))

    assert json.loads((await run("uncertain")).stdout) == {
        "delivery_id": str(key.delivery_id),
        "user_id": str(ana.user_id),
        "kind": "notification",
        "created_at": NOW.isoformat(),
        "reason": "no answer",
    }


async def test_address_can_be_taken_off_the_suppression_list(
    stack: Stack, environment: None
) -> None:
    address = User().email
    await stack.repository.suppress(address, SuppressionReason.BOUNCE, NOW)
    await run("unsuppress", address)
    assert await stack.repository.suppression(address) is None


async def test_openapi_needs_no_settings() -> None:
    document = json.loads((await run("openapi")).stdout)
    assert set(document["paths"]) == {
        "/notify/notification",
        "/notify/deliveries",
        "/notify/preferences",
    }


def test_factories_read_the_environment(environment: None) -> None:
    assert "/notify/preferences" in main.api().openapi()["paths"]
    assert main.background().openapi()["paths"] == {}
