"""What SES reports, in every shape it comes in."""

import json
from typing import Any

import pytest
from fixtures.notify_fakes import World
from fotograma_kit.causes import Cause
from fotograma_notify.consumers import FeedbackMessages
from fotograma_notify.domain import Status, SuppressionReason
from fotograma_notify.errors import MailUncertain, StoreUnavailable, Unreadable
from fotograma_notify.job_outcomes import Finished, Postponed
from fotograma_notify.ses_events import parse_feedback
from fotograma_notify.sqs import Received

ADDRESS = "ana@example.com"


def bounce(kind: str = "Permanent", message_id: str = "message-1") -> dict[str, Any]:
    """As in "Bounce record" of the SES developer guide."""
    return {
        "eventType": "Bounce",
        "bounce": {
            "bounceType": kind,
            "bounceSubType": "General",
            "bouncedRecipients": [
                {
                    "emailAddress": ADDRESS,
                    "action": "failed",
                    "status": "5.1.1",
                    "diagnosticCode": "smtp; 550 5.1.1 user unknown",
                }
            ],
            "timestamp": "2030-01-01T00:00:01.000Z",
            "feedbackId": "0100",
            "reportingMTA": "dsn; mta.example.com",
        },
        "mail": {
            "timestamp": "2030-01-01T00:00:00.000Z",
            "source": "Fotograma <no-reply@fotograma.example>",
            "messageId": message_id,
            "destination": [ADDRESS],
            "headersTruncated": False,
            "headers": [{"name": "From", "value": "no-reply@fotograma.example"}],
            "commonHeaders": {"to": [ADDRESS]},
        },
    }


def complaint(kind: str | None = "abuse") -> dict[str, Any]:
    """As in "Complaint record" of the SES developer guide."""
    event = bounce()
    del event["bounce"]
    event["eventType"] = "Complaint"
    event["complaint"] = {
        "complainedRecipients": [{"emailAddress": ADDRESS}],
        "timestamp": "2030-01-01T00:00:01.000Z",
        "feedbackId": "0101",
        "complaintFeedbackType": kind,
    }
    return event


def classic(event: dict[str, Any]) -> dict[str, Any]:
    """The same as one of SES's older notifications."""
    renamed = dict(event)
    renamed["notificationType"] = renamed.pop("eventType")
    return renamed


def enveloped(event: dict[str, Any]) -> dict[str, Any]:
    """The same as SNS delivers it."""
    return {
        "Type": "Notification",
        "MessageId": "9f0e",
        "TopicArn": "arn:aws:sns:us-east-1:000000000000:feedback",
        "Subject": "Amazon SES Email Event Notification",
        "Message": json.dumps(event),
        "Timestamp": "2030-01-01T00:00:02.000Z",
    }


def tagged(event: dict[str, Any], world: World) -> dict[str, Any]:
    tags = {
        "ses:configuration-set": ["fotograma"],
        "user_id": [str(world.delivery.key.user_id)],
        "delivery_id": [str(world.delivery.key.delivery_id)],
    }
    return {**event, "mail": {**event["mail"], "tags": tags}}


async def take(world: World, event: object) -> object:
    body = event if isinstance(event, str) else json.dumps(event)
    message = Received(body, "handle", 1, world.clock.now, Cause())
    return await FeedbackMessages(world.feedback).handle(message)


@pytest.fixture
async def mailed(world: World) -> World:
    await world.announce()
    await world.dispatch()
    return world


@pytest.mark.parametrize(
    "event",
    [
        bounce(),
        classic(bounce()),
        enveloped(bounce()),
        enveloped(classic(bounce())),
    ],
)
async def test_permanent_bounce_suppresses_the_address(
    mailed: World, event: dict[str, Any]
) -> None:
    assert await take(mailed, event) == Finished()
    assert await take(mailed, event) == Finished()  # SQS may deliver twice
    assert await mailed.store.suppression(ADDRESS) is SuppressionReason.BOUNCE
    assert (mailed.delivery.status, mailed.delivery.reason) == (Status.BOUNCED, "General")

    mailed.store.stored.clear()
    await mailed.announce()
    await mailed.dispatch()
    assert mailed.delivery.status is Status.SKIPPED
    assert len(mailed.mailer.sent) == 1


@pytest.mark.parametrize("event", [complaint(), classic(enveloped(complaint()) | complaint())])
async def test_complaint_suppresses_the_address(mailed: World, event: dict[str, Any]) -> None:
    event.pop("Type", None)
    assert await take(mailed, event) == Finished()
    assert await mailed.store.suppression(ADDRESS) is SuppressionReason.COMPLAINT
    assert (mailed.delivery.status, mailed.delivery.reason) == (Status.COMPLAINED, "abuse")


@pytest.mark.parametrize(
    "event",
    [
        bounce("Transient"),
        bounce("Undetermined"),
        complaint("not-spam"),
        {**bounce(), "eventType": "Open", "bounce": None},
    ],
)
async def test_transient_bounces_and_not_spam_are_ignored(
    mailed: World, event: dict[str, Any]
) -> None:
    assert await take(mailed, event) == Finished()
    assert await mailed.store.suppression(ADDRESS) is None
    assert mailed.delivery.status is Status.SENT


async def test_bounce_of_an_unknown_mail_still_suppresses(mailed: World) -> None:
    assert await take(mailed, bounce(message_id="somebody-elses")) == Finished()
    assert await mailed.store.suppression(ADDRESS) is SuppressionReason.BOUNCE
    assert mailed.delivery.status is Status.SENT


async def test_bounce_finds_an_uncertain_delivery_by_its_tags(world: World) -> None:
    await world.announce()
    world.mailer.error = MailUncertain("read timed out")
    await world.dispatch()
    await take(world, tagged(bounce(message_id="never-recorded"), world))
    assert world.delivery.status is Status.BOUNCED


@pytest.mark.parametrize("kind", ["Send", "Delivery"])
async def test_delivery_event_settles_an_uncertain_delivery(world: World, kind: str) -> None:
    await world.announce()
    world.mailer.error = MailUncertain("read timed out")
    await world.dispatch()
    event = {**bounce(message_id="never-recorded"), "eventType": kind, "bounce": None}
    await take(world, tagged(event, world))
    assert world.delivery.status is Status.SENT
    assert world.delivery.message_id == "never-recorded"


async def test_delivery_event_leaves_other_statuses(mailed: World) -> None:
    await take(mailed, bounce())
    event = {**bounce(), "eventType": "Delivery", "bounce": None}
    await take(mailed, tagged(event, mailed))
    assert mailed.delivery.status is Status.BOUNCED


@pytest.mark.parametrize(
    "body",
    [
        "",
        "not json",
        "[]",
        "{}",
        '{"Type": "SubscriptionConfirmation", "Message": "x"}',
        '{"Type": "Notification", "Message": "not json"}',
        '{"eventType": "Bounce", "bounce": {}}',
        json.dumps(bounce() | {"mail": {"messageId": "1", "tags": {"user_id": ["?"] * 2}}})[:-1],
    ],
)
async def test_malformed_feedback_is_unreadable(world: World, body: str) -> None:
    with pytest.raises(Unreadable):
        await take(world, body)


async def test_tags_that_are_no_ids_are_unreadable(world: World) -> None:
    event = bounce()
    event["mail"]["tags"] = {"user_id": ["1"], "delivery_id": ["2"]}
    with pytest.raises(Unreadable):
        await take(world, event)


async def test_feedback_waits_for_the_store(mailed: World) -> None:
    mailed.faults.error = StoreUnavailable("down")
    mailed.faults.fail_at = (mailed.faults.steps, "before")
    assert await take(mailed, bounce()) == Postponed(30.0, "down", outage=True)


def test_repeated_tag_is_ignored() -> None:
    event = bounce()
    event["mail"]["tags"] = {"user_id": ["a", "b"]}
    assert parse_feedback(json.dumps(event)).mail.tag("user_id") is None
