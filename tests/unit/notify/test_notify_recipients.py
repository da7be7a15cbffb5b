"""Events about users and videos, in any order and any number."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from fixtures.notify_fakes import World
from fotograma_contracts.base import Event
from fotograma_contracts.reasons import ExtractionWarning, Reason, WarningCode
from fotograma_contracts.topology import NOTIFY_EVENTS
from fotograma_contracts.users import (
    Locale,
    UserApiKeyCreated,
    UserDeleted,
    UserDemoted,
    UserEmailChanged,
    UserEmailChangeRequested,
    UserPasswordChanged,
    UserPasswordResetRequested,
    UserPromoted,
    UserRegistered,
    UserUpdated,
    UserVerificationRequested,
)
from fotograma_contracts.videos import VideoExpiring, VideoFailed, VideoProcessed
from fotograma_kit.broker import Done, Retry
from fotograma_notify.consumers import event_handlers
from fotograma_notify.contents import (
    Kind,
    NotificationContent,
    VideoExpiringContent,
    VideoFailedContent,
    VideoProcessedContent,
)
from fotograma_notify.domain import (
    Preferences,
    Recipient,
    Status,
    SuppressionReason,
    Tombstone,
    id_of_outcome_mail,
)
from fotograma_notify.errors import (
    IdempotencyKeyReused,
    QueueUnavailable,
    RecipientGone,
    RecipientUnknown,
    StoreUnavailable,
)


async def handle(world: World, event: object) -> object:
    handlers = event_handlers(world.recipients, world.announcements)
    return await handlers[type(event)](event)  # type: ignore[index]


def processed(world: World) -> VideoProcessed:
    return VideoProcessed(
        video_id=uuid4(),
        extraction_id=uuid4(),
        owner_id=world.ana.user_id,
        name="holiday.mp4",
        frames=10,
        archive_bytes=1000,
        warnings=(ExtractionWarning(code=WarningCode.ENDS_EARLY, detail="at 5 s"),),
    )


def test_every_message_of_the_queue_is_handled(world: World) -> None:
    handlers = event_handlers(world.recipients, world.announcements)
    assert set(handlers) == set(NOTIFY_EVENTS.messages)


async def test_older_revision_is_ignored(world: World) -> None:
    user_id = world.ana.user_id
    for revision, email in ((3, "new@example.com"), (2, "old@example.com")):
        event = UserUpdated(
            user_id=user_id, revision=revision, email=email, locale=Locale.PORTUGUESE
        )
        assert await handle(world, event) == Done()
    registered = UserRegistered(
        user_id=user_id, revision=1, email="first@example.com", locale=Locale.ENGLISH
    )
    assert await handle(world, registered) == Done()
    expected = Recipient(user_id, 3, "new@example.com", Locale.PORTUGUESE)
    assert world.store.recipients[user_id] == expected


async def test_deletion_erases_and_late_events_change_nothing(world: World) -> None:
    user_id = world.ana.user_id
    await world.recipients.change_preferences(user_id, Preferences(email_on_failed=False))
    await world.announce()

    deleted = UserDeleted(user_id=user_id, revision=5)
    assert await handle(world, deleted) == Done()
    late = UserUpdated(user_id=user_id, revision=4, email="a@example.com", locale=Locale.ENGLISH)
    assert await handle(world, late) == Done()
    assert await handle(world, processed(world)) == Done()
    assert await handle(world, deleted) == Done()

    assert world.store.recipients == {user_id: Tombstone(user_id, 5)}
    assert world.store.stored == {}
    assert world.store.wishes == {}
    with pytest.raises(RecipientGone):
        await world.recipients.change_preferences(user_id, Preferences())


async def test_repeated_deletion_finishes_the_erasure(world: World) -> None:
    await world.announce()
    await world.store.bury(Tombstone(world.ana.user_id, 5))  # and then the process died
    await handle(world, UserDeleted(user_id=world.ana.user_id, revision=5))
    assert world.store.stored == {}


async def test_older_deletion_is_ignored(world: World) -> None:
    world.store.recipients[world.ana.user_id] = replace(world.ana, revision=7)
    await handle(world, UserDeleted(user_id=world.ana.user_id, revision=6))
    assert isinstance(world.store.recipients[world.ana.user_id], Recipient)


async def test_event_before_the_registration_waits(world: World) -> None:
    world.store.recipients.clear()
    assert await handle(world, processed(world)) == Retry("user.registered has not arrived yet")
    assert world.queue.jobs == []


@pytest.mark.parametrize("error", [StoreUnavailable("down"), QueueUnavailable("down")])
async def test_event_is_retried_while_store_or_queue_is_unavailable(
    world: World, error: Exception
) -> None:
    world.faults.error = error
    world.faults.fail_at = (0, "before")
    assert await handle(world, processed(world)) == Retry("down")


async def test_events_become_contents(world: World) -> None:
    event = processed(world)
    assert await handle(world, event) == Done()
    assert world.delivery.content == VideoProcessedContent(
        event.video_id,
        "holiday.mp4",
        10,
        1000,
        (WarningCode.ENDS_EARLY,),
        ((WarningCode.ENDS_EARLY, event.warnings[0].detail),),
    )


async def test_unknown_codes_keep_their_sentences_and_what_the_first_release_can_read(
    world: World,
) -> None:
    event = processed(world)
    later = event.model_dump(mode="json")
    later["warnings"] = [{"code": "from_2031", "detail": "It is news."}]
    assert await handle(world, VideoProcessed.model_validate(later)) == Done()
    content = world.delivery.content
    assert isinstance(content, VideoProcessedContent)
    assert content.warnings == (WarningCode.DAMAGED_FRAMES,)
    assert content.told == ((WarningCode.OTHER, "It is news."),)


async def test_both_outcomes_of_an_extraction_are_mails_of_their_own(world: World) -> None:
    event = processed(world)
    assert await handle(world, event) == Done()
    world.store.stored.clear()
    failed = VideoFailed(
        video_id=event.video_id,
        extraction_id=event.extraction_id,
        owner_id=world.ana.user_id,
        name="holiday.mp4",
        reason=Reason.DAMAGED,
        detail="The file is damaged.",
    )
    assert await handle(world, failed) == Done()
    assert world.delivery.content == VideoFailedContent(
        event.video_id,
        "holiday.mp4",
        Reason.DAMAGED,
        (Reason.DAMAGED, "The file is damaged."),
    )
    assert len(set(world.queue.jobs)) == 2  # the outcomes of one extraction are two mails


async def test_each_failed_try_is_one_mail(world: World) -> None:
    first = VideoFailed(
        video_id=uuid4(),
        extraction_id=uuid4(),
        owner_id=world.ana.user_id,
        name="holiday.mp4",
        reason=Reason.TIME_LIMIT,
        detail="It took too long.",
    )
    second = first.model_copy(update={"id": uuid4(), "tries": 2})
    for event in (first, second, first, second):
        assert await handle(world, event) == Done()
    assert len(world.store.stored) == 2


def test_first_try_has_the_delivery_id_of_the_release_before() -> None:
    of_a_first_try = id_of_outcome_mail(UUID(int=1), Kind.VIDEO_FAILED, runs=1)
    assert of_a_first_try == UUID("4c0d76c9-89cb-5115-bb73-30fda5a8f866")


async def test_expiring_video_is_mailed_once_per_date(world: World) -> None:
    expires_at = datetime(2030, 1, 31, 23, 59, tzinfo=UTC)
    event = VideoExpiring(
        video_id=uuid4(), owner_id=world.ana.user_id, name="holiday.mp4", expires_at=expires_at
    )
    for _ in range(2):
        assert await handle(world, event.model_copy(update={"id": uuid4()})) == Done()
    assert world.delivery.content == VideoExpiringContent(event.video_id, "holiday.mp4", expires_at)
    later = event.model_copy(update={"id": uuid4(), "expires_at": expires_at + timedelta(days=1)})
    assert await handle(world, later) == Done()
    assert len(world.store.stored) == 2


async def test_notification_is_requested_once_per_key(world: World) -> None:
    content = NotificationContent("Hello", "How are you?")
    first = await world.announcements.request("video", "key-1", world.ana.user_id, content)
    again = await world.announcements.request("video", "key-1", world.ana.user_id, content)
    other = await world.announcements.request("auth", "key-1", world.ana.user_id, content)
    assert first.key == again.key != other.key
    assert first.status is Status.PENDING

    with pytest.raises(IdempotencyKeyReused):
        await world.announcements.request(
            "video", "key-1", world.ana.user_id, NotificationContent("Hello", "Another text")
        )


async def test_notification_needs_a_known_recipient(world: World) -> None:
    content = NotificationContent("Hello", "How are you?")
    with pytest.raises(RecipientUnknown):
        await world.announcements.request("video", "key", uuid4(), content)
    await world.recipients.forget(Tombstone(world.ana.user_id, 2))
    with pytest.raises(RecipientGone):
        await world.announcements.request("video", "key", world.ana.user_id, content)


def account_events(world: World) -> dict[str, Event]:
    """An event of each kind, by where its mail goes."""
    user_id, until = world.ana.user_id, world.clock.now + timedelta(hours=1)
    return {
        "new@example.com": UserVerificationRequested(
            user_id=user_id, email="new@example.com", token="t", expires_at=until
        ),
        "ana@example.com": UserPasswordResetRequested(user_id=user_id, token="t", expires_at=until),
        "ANA@example.com": UserPasswordChanged(user_id=user_id),
        "old@example.com": UserEmailChanged(user_id=user_id, old_email="old@example.com"),
        "Ana@example.com": UserApiKeyCreated(user_id=user_id, name="n", prefix="fgk_12345678"),
        "asked@example.com": UserEmailChangeRequested(
            user_id=user_id,
            old_email="asked@example.com",
            new_email="new@example.com",
            token="t",
            expires_at=until,
        ),
        "anA@example.com": UserPromoted(user_id=user_id),
        "aNa@example.com": UserDemoted(user_id=user_id),
    }


async def test_mails_about_the_account_go_where_they_must(world: World) -> None:
    await world.recipients.change_preferences(
        world.ana.user_id, Preferences(email_on_processed=False, email_on_failed=False)
    )
    for address, event in account_events(world).items():
        for _ in range(2):  # once, however often the event comes
            assert await handle(world, event) == Done()
            await world.dispatch()
        assert world.mailer.sent[-1][0] == address.lower()
    assert len(world.mailer.sent) == 8


async def test_objection_goes_to_the_address_before_a_change_that_is_made_before_the_mail(
    world: World,
) -> None:
    ana = world.ana
    await handle(
        world,
        UserEmailChangeRequested(
            user_id=ana.user_id,
            old_email=ana.email,
            new_email="new@example.com",
            token="t",
            expires_at=world.clock.now + timedelta(hours=1),
        ),
    )
    changed = replace(ana, email="new@example.com", revision=ana.revision + 1)
    await world.recipients.remember(changed)
    await world.dispatch()
    assert [address for address, *_ in world.mailer.sent] == [ana.email]


async def test_two_events_of_one_kind_are_two_mails(world: World) -> None:
    for _ in range(2):
        await handle(world, UserPasswordChanged(user_id=world.ana.user_id))
        await world.dispatch()
    assert len(world.mailer.sent) == 2


async def test_expired_link_is_not_mailed(world: World) -> None:
    await handle(world, account_events(world)["ana@example.com"])
    world.clock.advance(seconds=3600)
    await world.dispatch()
    assert (world.delivery.status, world.delivery.reason) == (Status.SKIPPED, "expired")
    assert world.mailer.sent == []


async def test_address_that_bounced_is_not_sent_a_link(world: World) -> None:
    await world.store.suppress("NEW@example.com", SuppressionReason.BOUNCE, world.clock.now)
    await handle(world, account_events(world)["new@example.com"])
    await world.dispatch()
    assert (world.delivery.status, world.delivery.reason) == (Status.SKIPPED, "suppressed")


async def test_deleted_user_gets_no_mail_about_the_account(world: World) -> None:
    await world.recipients.forget(Tombstone(world.ana.user_id, 2))
    for event in account_events(world).values():
        assert await handle(world, event) == Done()
    assert world.queue.jobs == []


async def test_mail_before_the_registration_is_tried_again(world: World) -> None:
    event = UserPasswordChanged(user_id=uuid4())
    assert isinstance(await handle(world, event), Retry)
