"""One mail per outcome, whatever happens on the way."""

import asyncio
from dataclasses import replace

import pytest
from fixtures.notify_fakes import LEASE, RETRY_SECONDS, Crash, World
from fotograma_contracts.users import Locale
from fotograma_notify.contents import Kind
from fotograma_notify.domain import (
    Change,
    DeliveryKey,
    Preferences,
    Status,
    SuppressionReason,
    Tombstone,
    retry_delay,
)
from fotograma_notify.errors import (
    MailerUnavailable,
    MailRefused,
    MailUncertain,
    StoreUnavailable,
)
from fotograma_notify.job_outcomes import Finished, Postponed
from prometheus_client import REGISTRY

AFTER_THE_LEASE = LEASE.total_seconds() + 1


def counted(outcome: Status) -> float:
    labels = {"kind": Kind.VIDEO_PROCESSED.value, "outcome": outcome.value}
    return REGISTRY.get_sample_value("fotograma_mail_deliveries_total", labels) or 0.0


async def steps_of_a_good_run() -> int:
    world = World()
    await world.announce()
    before = world.faults.steps
    await world.dispatch()
    assert world.delivery.status is Status.SENT
    return world.faults.steps - before


async def test_event_becomes_one_mail(world: World) -> None:
    await world.announce()
    assert await world.dispatch() == Finished()

    ((address, mail),) = world.mailer.sent
    assert address == "ana@example.com"
    assert "holiday.mp4" in mail.subject
    assert world.delivery.status is Status.SENT
    assert world.delivery.message_id == "message-1"
    assert world.delivery.sent_at == world.clock.now


async def test_job_after_the_mail_is_done_sends_nothing(world: World) -> None:
    await world.announce()
    await world.dispatch()
    assert await world.dispatch() == Finished()
    assert len(world.mailer.sent) == 1


async def test_two_events_about_one_outcome_are_one_delivery(world: World) -> None:
    await world.announce()
    await world.dispatch()
    world.clock.advance(seconds=100)
    await world.announce()
    assert len(world.queue.jobs) == 1
    assert world.delivery.status is Status.SENT


async def test_two_dispatchers_with_the_same_job_send_once(world: World) -> None:
    await world.announce()
    outcomes = await asyncio.gather(world.dispatch(), world.dispatch())
    assert len(world.mailer.sent) == 1
    assert Finished() in outcomes


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_crash_at_every_step_never_mails_twice(moment: str) -> None:
    for step in range(await steps_of_a_good_run()):
        world = World()
        await world.announce()
        world.faults.fail_at = (world.faults.steps + step, moment)
        with pytest.raises(Crash):
            await world.dispatch()
        was_sending = world.delivery.status is Status.SENDING

        assert isinstance(await world.dispatch(), Postponed) or world.delivery.status is Status.SENT
        world.clock.advance(seconds=AFTER_THE_LEASE)
        assert await world.dispatch() == Finished()

        assert len(world.mailer.sent) <= 1, (step, moment)
        if was_sending:
            assert world.delivery.status is Status.UNCERTAIN, (step, moment)
            assert await world.deliveries.uncertain() == [world.delivery]
        else:
            assert world.delivery.status is Status.SENT, (step, moment)
            assert len(world.mailer.sent) == 1, (step, moment)


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("step", [0, 1])
async def test_crash_while_announcing_loses_no_mail(world: World, step: int, moment: str) -> None:
    world.faults.fail_at = (step, moment)
    with pytest.raises(Crash):
        await world.announce()

    await world.announce()  # the event was not acknowledged: it comes again
    for _ in range(len(world.queue.jobs)):
        await world.dispatch()
        world.queue.jobs.pop()
    assert len(world.mailer.sent) == 1


async def test_uncertain_delivery_is_counted_and_left_alone(world: World) -> None:
    await world.announce()
    world.mailer.error = MailUncertain("read timed out")
    before = counted(Status.UNCERTAIN)

    assert await world.dispatch() == Finished()
    assert counted(Status.UNCERTAIN) == before + 1
    await world.deliveries.measure()
    assert REGISTRY.get_sample_value("fotograma_mail_uncertain") == 1

    world.mailer.error = None
    world.clock.advance(seconds=AFTER_THE_LEASE)
    assert await world.dispatch() == Finished()
    await world.announce()
    assert world.mailer.sent == []
    assert world.delivery.status is Status.UNCERTAIN


async def test_delivery_claimed_by_another_dispatcher_is_postponed(world: World) -> None:
    await world.announce()
    world.mailer.error = RuntimeError("still at it")
    with pytest.raises(RuntimeError):
        await world.dispatch()
    assert await world.dispatch() == Postponed(
        LEASE.total_seconds(), "claimed by another dispatcher"
    )
    assert world.delivery.status is Status.SENDING


async def test_refused_mail_fails_with_its_reason(world: World) -> None:
    await world.announce()
    world.mailer.error = MailRefused("Missing final '@domain'")
    assert await world.dispatch() == Finished()
    assert world.delivery.status is Status.FAILED
    assert world.delivery.reason == "Missing final '@domain'"


async def test_unavailable_mailer_postpones_with_growing_delays(world: World) -> None:
    await world.announce()
    world.mailer.error = MailerUnavailable("throttled")
    for receives, delay in ((1, RETRY_SECONDS), (2, 3 * RETRY_SECONDS), (3, 9 * RETRY_SECONDS)):
        assert await world.dispatch(receives) == Postponed(delay, "throttled", outage=True)
        assert world.delivery.status is Status.PENDING
        assert world.delivery.reason is None

    world.mailer.error = None
    assert await world.dispatch(4) == Finished()
    assert world.delivery.status is Status.SENT
    assert len(world.mailer.sent) == 1


async def test_result_is_recorded_when_the_store_comes_back() -> None:
    world = World()
    await world.announce()
    last = await steps_of_a_good_run() - 1
    world.faults.error = StoreUnavailable()
    world.faults.fail_at = (world.faults.steps + last, "before")
    assert await world.dispatch() == Finished()
    assert world.delivery.status is Status.SENT


async def test_unrecorded_result_becomes_uncertain(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    move = world.store.move

    async def forgetful(key: DeliveryKey, claim: str, change: Change) -> bool:
        if change.to is Status.SENT:
            world.clock.advance(seconds=AFTER_THE_LEASE)
            raise StoreUnavailable
        return await move(key, claim, change)

    await world.announce()
    monkeypatch.setattr(world.store, "move", forgetful)
    with pytest.raises(StoreUnavailable):
        await world.dispatch()

    assert await world.dispatch() == Finished()
    assert world.delivery.status is Status.UNCERTAIN
    assert len(world.mailer.sent) == 1


async def test_unwanted_mail_is_skipped_with_its_reason(world: World) -> None:
    world.store.wishes[world.ana.user_id] = Preferences(email_on_processed=False)
    await world.announce()
    assert await world.dispatch() == Finished()
    assert (world.delivery.status, world.delivery.reason) == (Status.SKIPPED, "preferences")
    assert world.mailer.sent == []


async def test_suppressed_address_gets_nothing(world: World) -> None:
    await world.store.suppress("ANA@example.com ", SuppressionReason.BOUNCE, world.clock.now)
    await world.announce()
    assert await world.dispatch() == Finished()
    assert (world.delivery.status, world.delivery.reason) == (Status.SKIPPED, "suppressed")
    assert world.mailer.sent == []


async def test_newest_address_and_language_are_used(world: World) -> None:
    await world.announce()
    moved = replace(world.ana, revision=2, email="ana@example.org", locale=Locale.PORTUGUESE)
    await world.recipients.remember(moved)
    await world.dispatch()
    ((address, mail),) = world.mailer.sent
    assert address == "ana@example.org"
    assert mail.subject == "Seus quadros estão prontos: “holiday.mp4”"


async def test_chosen_language_wins_over_the_accounts(world: World) -> None:
    await world.recipients.change_preferences(
        world.ana.user_id, Preferences(locale=Locale.PORTUGUESE)
    )
    await world.announce()
    await world.dispatch()
    assert world.mailer.sent[0][1].subject == "Seus quadros estão prontos: “holiday.mp4”"


async def test_user_deleted_before_the_mail_gets_none(world: World) -> None:
    await world.announce()
    await world.recipients.forget(Tombstone(world.ana.user_id, 2))
    assert world.store.stored == {}
    assert await world.dispatch() == Finished()
    assert world.mailer.sent == []


async def test_delivery_of_a_deleted_user_is_skipped(world: World) -> None:
    await world.announce()
    world.store.recipients[world.ana.user_id] = Tombstone(world.ana.user_id, 2)
    assert await world.dispatch() == Finished()
    assert (world.delivery.status, world.delivery.reason) == (Status.SKIPPED, "recipient_gone")


def test_retries_span_twenty_minutes() -> None:
    assert sum(retry_delay(receives, 30.0) for receives in (1, 2, 3, 4)) == 1200.0
