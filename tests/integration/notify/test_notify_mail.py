"""From an event to exactly one mail, over real servers."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from fixtures.deadlines import eventually, until
from fixtures.notify_stack import DEADLINE_SECONDS, Proxy, Stack, User
from fotograma_contracts.reasons import Reason
from fotograma_contracts.topology import NOTIFY_EVENTS
from fotograma_contracts.users import Locale, UserDeleted, UserVerificationRequested
from fotograma_contracts.videos import VideoExpiring, VideoFailed
from fotograma_notify.domain import Preferences
from prometheus_client import REGISTRY


def retries() -> float:
    """How often the handling of an extraction's event ended in a retry."""
    labels = {"queue": NOTIFY_EVENTS.name, "routing_key": "video.processed", "outcome": "retry"}
    return REGISTRY.get_sample_value("fotograma_messages_total", labels) or 0.0


async def test_event_becomes_exactly_one_mail(stack: Stack) -> None:
    ana = User()
    async with stack.background():
        await stack.publish(ana.registered())
        await stack.publish(ana.processed())
        (mail,) = await stack.until_mailed(ana)
        (delivery,) = await stack.until_statuses(ana, "sent")
        await stack.until_queue_is_empty(stack.settings.notify_mail_queue_url)

    assert mail["Subject"] == "Your frames are ready: “holiday.mp4”"
    assert mail["Source"] == stack.settings.notify_sender
    assert "1,234 frames · ZIP of 12.3 MB" in mail["BodyText"]
    assert "1,234 frames · ZIP of 12.3 MB" in mail["BodyHtml"]
    assert mail["MessageId"] == delivery.message_id
    assert len(await stack.mails(ana)) == 1


@pytest.mark.middle
async def test_same_outcome_ten_times_and_two_processes_is_one_mail(stack: Stack) -> None:
    ana = User()
    event = ana.processed()
    same_outcome = [event.model_copy(update={"id": uuid4()}) for _ in range(5)]
    async with stack.background(processes=2):
        await stack.publish(ana.registered())
        await stack.publish(*([event] * 5), *same_outcome)
        await stack.until_mailed(ana)
        await stack.until_statuses(ana, "sent")
        await stack.until_queue_is_empty(stack.settings.notify_mail_queue_url)
    assert len(await stack.mails(ana)) == 1


async def test_event_before_the_registration_is_mailed_after_it(stack: Stack) -> None:
    ana = User()
    async with stack.background():
        before = retries()
        await stack.publish(ana.processed())
        await until(lambda: retries() > before, DEADLINE_SECONDS)
        assert await stack.deliveries(ana) == []
        await stack.publish(ana.registered())
        (mail,) = await stack.until_mailed(ana)
        await stack.until_statuses(ana, "sent")
    assert mail["Subject"] == "Your frames are ready: “holiday.mp4”"
    assert len(await stack.mails(ana)) == 1


async def test_failed_extraction_is_mailed_in_the_users_language(stack: Stack) -> None:
    ana = User(locale=Locale.PORTUGUESE)
    failed = VideoFailed(
        video_id=uuid4(),
        extraction_id=uuid4(),
        owner_id=ana.user_id,
        name="férias.mp4",
        reason=Reason.NO_VIDEO_STREAM,
        detail="no video stream",
    )
    async with stack.background():
        await stack.publish(ana.registered())
        await stack.publish(failed)
        (mail,) = await stack.until_mailed(ana)
    assert mail["Subject"] == "Não foi possível processar seu vídeo: “férias.mp4”"
    assert "O arquivo não tem imagem" in mail["BodyText"]
    assert "O arquivo não tem imagem" in mail["BodyHtml"]


@pytest.mark.middle
async def test_expiring_video_is_mailed_unless_unwanted(stack: Stack) -> None:
    ana, bea = User(locale=Locale.PORTUGUESE), User()
    async with stack.background():
        for user in (ana, bea):
            await stack.publish(user.registered())
        await stack.repository.put_preferences(bea.user_id, Preferences(email_on_expiring=False))
        for user in (ana, bea):
            expiring = VideoExpiring(
                video_id=uuid4(),
                owner_id=user.user_id,
                name="férias.mp4",
                expires_at=datetime.now(UTC) + timedelta(days=3),
            )
            again = expiring.model_copy(update={"id": uuid4()})
            await stack.publish(expiring, expiring, again)
        (mail,) = await stack.until_mailed(ana)
        (skipped,) = await stack.until_statuses(bea, "skipped")
        await stack.until_queue_is_empty(stack.settings.notify_mail_queue_url)
    assert mail["Subject"] == "Seu vídeo será excluído em breve: “férias.mp4”"
    assert len(await stack.mails(ana)) == 1
    assert skipped.reason == "preferences"
    assert await stack.mails(bea) == []


async def test_verification_link_goes_to_the_address_it_verifies(stack: Stack) -> None:
    ana, new = User(locale=Locale.PORTUGUESE), User()
    event = UserVerificationRequested(
        user_id=ana.user_id,
        email=new.email,
        token="the-token",
        expires_at=datetime.now(UTC) + timedelta(hours=1),
    )
    async with stack.background():
        await stack.publish(ana.registered())
        await stack.publish(event, event)
        (mail,) = await stack.until_mailed(new)
        (delivery,) = await stack.until_statuses(ana, "sent")
    assert mail["Subject"] == "Confirme seu endereço de e-mail"
    assert "/#/verify/the-token" in mail["BodyHtml"]
    assert delivery.content.kind == "user.verification_requested"
    assert await stack.mails(ana) == []


async def test_mail_against_preferences_is_skipped(stack: Stack) -> None:
    ana = User()
    async with stack.background():
        await stack.repository.put_preferences(ana.user_id, Preferences(email_on_processed=False))
        await stack.publish(ana.registered())
        await stack.publish(ana.processed())
        (delivery,) = await stack.until_statuses(ana, "skipped")
    assert delivery.reason == "preferences"
    assert await stack.mails(ana) == []


@pytest.mark.middle
async def test_after_a_bounce_the_next_mail_is_skipped(stack: Stack) -> None:
    ana = User()
    async with stack.background():
        await stack.publish(ana.registered())
        await stack.publish(ana.processed())
        (delivery,) = await stack.until_statuses(ana, "sent")
        bounce = {
            "eventType": "Bounce",
            "bounce": {
                "bounceType": "Permanent",
                "bounceSubType": "NoEmail",
                "bouncedRecipients": [{"emailAddress": ana.email.upper()}],
            },
            "mail": {"messageId": delivery.message_id, "destination": [ana.email]},
        }
        await stack.put(stack.settings.notify_feedback_queue_url, bounce)
        (bounced,) = await stack.until_statuses(ana, "bounced")
        assert bounced.reason == "NoEmail"

        await stack.publish(ana.processed())
        newest, _ = await stack.until_statuses(ana, "skipped", "bounced")
        assert newest.reason == "suppressed"
        await stack.until_queue_is_empty(stack.settings.notify_feedback_queue_url)
    assert len(await stack.mails(ana)) == 1


@pytest.mark.middle
async def test_poisoned_jobs_go_to_the_dead_letter_queue(stack: Stack) -> None:
    ana = User()
    settings = stack.settings
    async with stack.background():
        for url in (settings.notify_mail_queue_url, settings.notify_feedback_queue_url):
            await stack.put(url, "this is no JSON")
        await stack.publish(ana.registered())
        await stack.publish(ana.processed())
        await stack.until_mailed(ana)  # others are not held up
        await stack.until_statuses(ana, "sent")
        for url in (settings.notify_mail_queue_url, settings.notify_feedback_queue_url):
            await stack.until_queue_is_empty(url)
            assert await stack.queue_size(f"{url}-dlq") == 1
    assert len(await stack.mails(ana)) == 1


@pytest.mark.middle
async def test_mail_waits_for_ses(stack: Stack, ses_proxy: Proxy) -> None:
    ana = User()
    async with stack.background(ses_endpoint_url=ses_proxy.url):
        await stack.publish(ana.registered())
        await stack.publish(ana.processed())

        async def was_tried() -> bool:
            return [d.status for d in await stack.deliveries(ana)] == ["pending"]

        await eventually(was_tried, DEADLINE_SECONDS)
        assert await stack.mails(ana) == []
        await ses_proxy.start()
        await stack.until_mailed(ana)
        await stack.until_statuses(ana, "sent")
        await stack.until_queue_is_empty(stack.settings.notify_mail_queue_url)
    assert len(await stack.mails(ana)) == 1


async def test_lost_answer_of_ses_is_uncertain_and_never_a_second_mail(
    stack: Stack, ses_proxy: Proxy
) -> None:
    ana = User()
    ses_proxy.loses_answers = True
    await ses_proxy.start()
    async with stack.background(ses_endpoint_url=ses_proxy.url):
        await stack.publish(ana.registered())
        event = ana.processed()
        await stack.publish(event)
        (delivery,) = await stack.until_statuses(ana, "uncertain")
        await stack.until_queue_is_empty(stack.settings.notify_mail_queue_url)
        ses_proxy.loses_answers = False

        # The event once more, and another mail behind it: the first stays what it is.
        await stack.publish(event)
        await stack.publish(ana.processed())
        await stack.until_statuses(ana, "sent", "uncertain")
    assert await stack.repository.uncertain() == [delivery.key]
    assert len(await stack.mails(ana)) == 2  # SES had taken the uncertain one
    assert ses_proxy.requests == 2


async def test_deletion_erases_what_is_known_of_a_user(stack: Stack) -> None:
    ana = User()
    async with stack.background():
        await stack.publish(ana.registered())
        await stack.publish(ana.processed())
        (delivery,) = await stack.until_statuses(ana, "sent")
        await stack.publish(UserDeleted(user_id=ana.user_id, revision=2))
        await stack.until_statuses(ana)
        await stack.publish(ana.registered(), ana.processed())
        assert delivery.message_id is not None
        assert await stack.repository.key_of_message(delivery.message_id) is None

        other = User()
        await stack.publish(other.registered())
        await stack.publish(other.processed())
        await stack.until_mailed(other)
    assert await stack.deliveries(ana) == []
    assert len(await stack.mails(ana)) == 1
