"""How many mails an address gets, and what is left of a link's token when its mail has ended."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from fixtures.notify_fakes import LEASE, World
from fotograma_notify.budgets import Budget
from fotograma_notify.contents import (
    AccountContent,
    ApiKeyCreatedContent,
    DemotedContent,
    EmailChangeRequestedContent,
    Kind,
    LinkContent,
    PasswordChangedContent,
    PasswordResetContent,
    PromotedContent,
    VerificationContent,
)
from fotograma_notify.domain import (
    SOURCES,
    UNFINISHED,
    Change,
    Delivery,
    DeliveryKey,
    SkipReason,
    Status,
    SuppressionReason,
    Tombstone,
    ended,
)
from fotograma_notify.errors import MailerUnavailable, MailRefused, MailUncertain
from fotograma_notify.job_outcomes import Finished
from fotograma_notify.ses_events import Feedback

NOW = datetime(2030, 1, 1, tzinfo=UTC)
TOKEN = "the-token"


def ago(*minutes: float) -> list[datetime]:
    return [NOW - timedelta(minutes=m) for m in minutes]


@pytest.mark.parametrize(
    ("mails", "has_room"),
    [
        ([], True),
        ([0, 1], True),
        ([0, 1, 59], False),
        ([0, 1, 60], True),
        ([61, 62, 63, 300, 400], True),
        ([61, 62, 63, 300, 400, 1439], False),
        ([61, 62, 63, 300, 400, 1440], True),
    ],
)
def test_budget_holds_in_any_hour_and_any_day(mails: list[float], *, has_room: bool) -> None:
    assert Budget(per_hour=3, per_day=6).has_room(ago(*mails), NOW) is has_room


async def tell(world: World, content: AccountContent) -> None:
    await world.announcements.announce_account(world.ana.user_id, uuid4(), content)


LINKS = (Kind.VERIFICATION, Kind.PASSWORD_RESET, Kind.EMAIL_CHANGE_REQUESTED)


def link(world: World, kind: Kind = Kind.PASSWORD_RESET) -> LinkContent:
    until = world.clock.now + timedelta(days=2)
    if kind is Kind.VERIFICATION:
        return VerificationContent(world.ana.email, TOKEN, until)
    if kind is Kind.EMAIL_CHANGE_REQUESTED:
        return EmailChangeRequestedContent(world.ana.email, "new@example.com", TOKEN, until)
    return PasswordResetContent(TOKEN, until)


def unverified() -> World:
    world = World()
    world.store.recipients[world.ana.user_id] = replace(world.ana, verified=False)
    return world


async def test_verification_and_reset_share_the_budget_of_an_unverified_address() -> None:
    world, sent = unverified(), []
    for _ in range(3):
        for kind in (Kind.VERIFICATION, Kind.PASSWORD_RESET) * 2:
            await tell(world, link(world, kind))
            await world.dispatch()
        sent.append(len(world.mailer.sent))
        world.clock.advance(seconds=3600)
    assert sent == [3, 6, 6]
    reasons = {d.reason for d in world.store.stored.values() if d.status is Status.SKIPPED}
    assert reasons == {"budget"}


async def test_mails_about_videos_to_an_unverified_address_are_skipped() -> None:
    world = unverified()
    await world.announce()
    assert await world.dispatch() == Finished()
    assert (world.delivery.status, world.delivery.reason) == (Status.SKIPPED, "unconfirmed")
    assert world.mailer.sent == []


@pytest.mark.parametrize(
    "content",
    [
        EmailChangeRequestedContent(
            "ana@example.com", "new@example.com", TOKEN, NOW + timedelta(days=2)
        ),
        PasswordChangedContent(),
        ApiKeyCreatedContent("nightly", "fgk_AbCdEfGh"),
        PromotedContent(),
        DemotedContent(),
    ],
    ids=lambda content: content.kind.value,
)
async def test_mails_about_the_account_to_an_unverified_address_are_skipped(
    content: AccountContent,
) -> None:
    """Not the link to object either: it would bear another's words, which an address may hold."""
    world = unverified()
    world.clock.now = NOW
    await tell(world, content)
    assert await world.dispatch() == Finished()
    assert (world.delivery.status, world.delivery.reason) == (Status.SKIPPED, "unconfirmed")
    assert world.mailer.sent == []
    assert not isinstance(world.delivery.content, LinkContent) or not world.delivery.content.token


async def test_each_kind_has_a_budget_of_its_own(world: World) -> None:
    for _ in range(7):
        await tell(world, PasswordChangedContent())
        await world.dispatch()
    assert len(world.mailer.sent) == 5
    await world.announce()
    await world.dispatch()
    assert len(world.mailer.sent) == 6


async def test_mail_that_is_tried_again_is_counted_once(world: World) -> None:
    for _ in range(5):
        await tell(world, PasswordChangedContent())
        world.mailer.error = MailerUnavailable("throttled")
        for receives in range(3):
            await world.dispatch(receives)
        world.mailer.error = None
        assert await world.dispatch() == Finished()
    assert len(world.mailer.sent) == 5


def test_every_status_is_unfinished_or_forgets_the_token() -> None:
    delivery = Delivery(DeliveryKey(uuid4(), uuid4()), PasswordResetContent(TOKEN, NOW), NOW)
    for status in Status:
        change = ended(delivery, Change(status, NOW))
        forgets = isinstance(change.content, LinkContent) and change.content.token == ""
        assert forgets is (status not in UNFINISHED)
    assert {Status.PENDING, Status.CLAIMED, Status.SENDING} == UNFINISHED
    # From an ended one no way leads back to where its mail would be rendered again.
    for status in UNFINISHED:
        assert SOURCES[status] <= UNFINISHED


async def run_to(world: World, end: str) -> None:
    """Have the one delivery end so."""
    match end:
        case "failed":
            world.mailer.error = MailRefused("no")
        case "uncertain":
            world.mailer.error = MailUncertain("no answer")
        case "suppressed":
            await world.store.suppress(world.ana.email, SuppressionReason.BOUNCE, NOW)
        case "recipient_gone":
            world.store.recipients[world.ana.user_id] = Tombstone(world.ana.user_id, 2)
        case "expired":
            world.clock.advance(seconds=3 * 24 * 3600)
        case "interrupted":
            world.mailer.error = RuntimeError("killed")
    if end == "interrupted":
        with pytest.raises(RuntimeError):
            await world.dispatch()
        world.mailer.error = None
        world.clock.advance(seconds=LEASE.total_seconds() + 1)
    await world.dispatch()


ENDS = ["sent", "failed", "uncertain", "interrupted", "suppressed", "recipient_gone", "expired"]


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("kind", LINKS)
async def test_every_final_step_erases_the_token(world: World, end: str, kind: Kind) -> None:
    await tell(world, link(world, kind))
    await run_to(world, end)
    content = world.delivery.content
    assert world.delivery.status not in UNFINISHED
    assert isinstance(content, LinkContent)
    assert content.token == ""
    assert content.kind is kind


async def test_bounce_during_sending_erases_the_token(world: World) -> None:
    await tell(world, link(world))
    world.mailer.error = RuntimeError("killed after SES took it")
    with pytest.raises(RuntimeError):
        await world.dispatch()
    bounce = {
        "eventType": "Bounce",
        "bounce": {"bounceType": "Permanent", "bouncedRecipients": []},
        "mail": {"messageId": "m"},
    }
    await world.feedback.record(Feedback.model_validate(bounce), world.delivery.key)
    assert world.delivery.status is Status.BOUNCED
    assert world.delivery.content == PasswordResetContent("", world.clock.now + timedelta(days=2))


async def test_stored_malformed_token_is_not_mailed(world: World) -> None:
    until = world.clock.now + timedelta(hours=1)
    await tell(world, PasswordResetContent("'; sh; '", until))
    assert await world.dispatch() == Finished()
    assert (world.delivery.status, world.delivery.reason) == (
        Status.SKIPPED,
        SkipReason.MALFORMED,
    )
    assert world.mailer.sent == []
