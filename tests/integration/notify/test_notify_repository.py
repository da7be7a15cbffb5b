"""The conditions DynamoDB must keep, against its real protocol."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from fotograma_contracts.users import Locale
from fotograma_kit.aws import AwsClient
from fotograma_local.aws import Aws
from fotograma_notify.contents import VideoProcessedContent
from fotograma_notify.domain import (
    Change,
    Delivery,
    DeliveryKey,
    Preferences,
    Recipient,
    Status,
    SuppressionReason,
    Tombstone,
)
from fotograma_notify.dynamodb.repository import DynamoRepository
from fotograma_notify.errors import (
    InvalidCursor,
    RecipientGone,
    RecipientUnknown,
    StoreUnavailable,
)
from fotograma_notify.settings import NotifySettings

NOW = datetime(2030, 1, 1, 12, 0, tzinfo=UTC)
LEASE = timedelta(seconds=60)
RETENTION = timedelta(days=90)


@pytest.fixture
async def repository(notify_settings: NotifySettings) -> AsyncIterator[DynamoRepository]:
    settings = notify_settings
    async with AwsClient("dynamodb", settings, settings.dynamodb_endpoint_url) as client:
        yield DynamoRepository(client, settings.notify_table, RETENTION)


@pytest.fixture
async def ana(repository: DynamoRepository) -> Recipient:
    ana = Recipient(uuid4(), 2, "ana@example.com", Locale.PORTUGUESE)
    assert await repository.put_recipient(ana)
    return ana


def delivery_to(recipient: Recipient, minute: int = 0) -> Delivery:
    content = VideoProcessedContent(uuid4(), "férias.mp4", 10, 20)
    return Delivery(
        DeliveryKey(recipient.user_id, uuid4()), content, NOW + timedelta(minutes=minute)
    )


async def sending(repository: DynamoRepository, recipient: Recipient) -> DeliveryKey:
    """A delivery in `SENDING`, claimed by "mine"."""
    key = (await repository.add(delivery_to(recipient))).key
    assert await repository.claim(key, "mine", now=NOW, until=NOW + LEASE)
    assert await repository.move(key, "mine", Change(Status.SENDING, NOW, lease_until=NOW + LEASE))
    return key


async def test_older_revision_changes_nothing(repository: DynamoRepository, ana: Recipient) -> None:
    for revision in (1, 2):
        older = Recipient(ana.user_id, revision, "other@example.com", Locale.ENGLISH)
        assert not await repository.put_recipient(older)
        assert not await repository.bury(Tombstone(ana.user_id, revision))
    assert await repository.recipient(ana.user_id) == ana
    assert await repository.recipient(uuid4()) is None


async def test_tombstone_stays(repository: DynamoRepository, ana: Recipient) -> None:
    tombstone = Tombstone(ana.user_id, 3)
    assert await repository.bury(tombstone)
    assert await repository.bury(tombstone)  # so that an interrupted erasure goes on
    assert not await repository.put_recipient(ana)
    assert await repository.recipient(ana.user_id) == tombstone
    with pytest.raises(RecipientGone):
        await repository.put_preferences(ana.user_id, Preferences())
    with pytest.raises(RecipientGone):
        await repository.add(delivery_to(ana))


async def test_preferences(repository: DynamoRepository, ana: Recipient) -> None:
    assert await repository.preferences(ana.user_id) == Preferences()
    for preferences in (
        Preferences(email_on_processed=False, locale=Locale.ENGLISH),
        Preferences(email_on_failed=False),
        Preferences(email_on_expiring=False),
    ):
        await repository.put_preferences(ana.user_id, preferences)
        assert await repository.preferences(ana.user_id) == preferences


async def test_delivery_needs_a_known_recipient(repository: DynamoRepository) -> None:
    nobody = Recipient(uuid4(), 1, "nobody@example.com", Locale.ENGLISH)
    with pytest.raises(RecipientUnknown):
        await repository.add(delivery_to(nobody))


async def test_delivery_is_stored_once(repository: DynamoRepository, ana: Recipient) -> None:
    delivery = delivery_to(ana)
    stored = await asyncio.gather(*(repository.add(delivery) for _ in range(10)))
    assert stored == [delivery] * 10
    await repository.claim(delivery.key, "mine", now=NOW, until=NOW + LEASE)
    assert (await repository.add(delivery)).status is Status.CLAIMED
    assert await repository.delivery(DeliveryKey(ana.user_id, uuid4())) is None


async def test_one_of_many_gets_the_claim(repository: DynamoRepository, ana: Recipient) -> None:
    key = (await repository.add(delivery_to(ana))).key
    claims = await asyncio.gather(
        *(repository.claim(key, str(n), now=NOW, until=NOW + LEASE) for n in range(10))
    )
    (claimed,) = [claim for claim in claims if claim is not None]
    assert claimed.status is Status.CLAIMED
    assert claimed.lease_until == NOW + LEASE


async def test_expired_claim_can_be_taken_and_its_holder_is_out(
    repository: DynamoRepository, ana: Recipient
) -> None:
    key = (await repository.add(delivery_to(ana))).key
    await repository.claim(key, "dead", now=NOW, until=NOW + LEASE)
    later = NOW + LEASE + timedelta(milliseconds=1)
    assert await repository.claim(key, "mine", now=NOW + LEASE, until=later) is None
    assert await repository.claim(key, "mine", now=later, until=later + LEASE)
    sending = Change(Status.SENDING, later, lease_until=later + LEASE)
    assert not await repository.move(key, "dead", sending)
    assert await repository.move(key, "mine", sending)
    assert await repository.claim(key, "third", now=later + 2 * LEASE, until=later) is None


async def test_sent_is_final_and_can_be_found(repository: DynamoRepository, ana: Recipient) -> None:
    key = await sending(repository, ana)
    sent = Change(Status.SENT, NOW, message_id="0100")
    assert await repository.move(key, "mine", sent)
    assert not await repository.move(key, "mine", sent)
    assert not await repository.move(key, "mine", Change(Status.PENDING, NOW))
    delivery = await repository.delivery(key)
    assert delivery is not None
    assert (delivery.message_id, delivery.sent_at) == ("0100", NOW)
    assert await repository.key_of_message("0100") == key
    assert await repository.key_of_message("0101") is None


async def test_only_an_abandoned_delivery_is_flagged(
    repository: DynamoRepository, ana: Recipient
) -> None:
    key = await sending(repository, ana)
    assert not await repository.flag_abandoned(key, Change(Status.UNCERTAIN, NOW + LEASE))
    later = NOW + LEASE + timedelta(seconds=1)
    flag = Change(Status.UNCERTAIN, later, reason="interrupted while sending")
    assert await repository.flag_abandoned(key, flag)
    assert not await repository.flag_abandoned(key, flag)
    assert await repository.uncertain() == [key]

    # Whoever sent it was slow, not dead, and knows better.
    assert await repository.move(key, "mine", Change(Status.SENT, later, message_id="0100"))
    assert await repository.uncertain() == []
    delivery = await repository.delivery(key)
    assert delivery is not None
    assert delivery.reason is None


async def test_feedback_needs_no_claim(repository: DynamoRepository, ana: Recipient) -> None:
    key = await sending(repository, ana)
    await repository.move(key, "mine", Change(Status.SENT, NOW, message_id="0100"))
    bounced = Change(Status.BOUNCED, NOW, reason="General", message_id="0100")
    assert await repository.record_feedback(key, bounced)
    assert not await repository.record_feedback(key, bounced)
    assert not await repository.record_feedback(DeliveryKey(ana.user_id, uuid4()), bounced)


async def test_pages_are_newest_first_and_whole(
    repository: DynamoRepository, ana: Recipient
) -> None:
    bob = Recipient(uuid4(), 1, "bob@example.com", Locale.ENGLISH)
    await repository.put_recipient(bob)
    await repository.add(delivery_to(bob))
    stored = [await repository.add(delivery_to(ana, minute)) for minute in range(5)]

    found: list[Delivery] = []
    cursor: str | None = None
    while True:
        page = await repository.deliveries(ana.user_id, 2, cursor)
        assert len(page.deliveries) <= 2
        found += page.deliveries
        cursor = page.next_cursor
        if cursor is None:
            break
    assert found == stored[::-1]
    assert (await repository.deliveries(uuid4(), 2, None)).deliveries == []


@pytest.mark.parametrize("cursor", ["?", "bm8=", "WzEsMl0=", "W10=", "e30="])
async def test_broken_cursor_is_refused(
    repository: DynamoRepository, ana: Recipient, cursor: str
) -> None:
    with pytest.raises(InvalidCursor):
        await repository.deliveries(ana.user_id, 2, cursor)


async def test_erasure_leaves_the_tombstone_alone(
    repository: DynamoRepository, ana: Recipient, aws: Aws, table: str
) -> None:
    await repository.put_preferences(ana.user_id, Preferences(email_on_failed=False))
    sent = await sending(repository, ana)
    await repository.move(sent, "mine", Change(Status.SENT, NOW, message_id="0100"))
    lost = await sending(repository, ana)
    await repository.move(lost, "mine", Change(Status.UNCERTAIN, NOW))
    await repository.bury(Tombstone(ana.user_id, 3))
    await repository.erase(ana.user_id)

    items = (await asyncio.to_thread(aws.client("dynamodb").scan, TableName=table))["Items"]
    assert [item["sk"]["S"] for item in items] == ["RECIPIENT"]
    assert "email" not in items[0]


async def test_items_expire_with_their_retention(
    repository: DynamoRepository, ana: Recipient, aws: Aws, table: str
) -> None:
    sent = await sending(repository, ana)
    await repository.move(sent, "mine", Change(Status.SENT, NOW, message_id="0100"))
    items = (await asyncio.to_thread(aws.client("dynamodb").scan, TableName=table))["Items"]
    ends = {item["sk"]["S"].partition("#")[0]: item.get("expires_at") for item in items}
    end = {"N": str(int((NOW + RETENTION).timestamp()))}
    assert ends == {"RECIPIENT": None, "DELIVERY": end, "MESSAGE": end}


async def test_suppression_list_keeps_no_address(
    repository: DynamoRepository, aws: Aws, table: str
) -> None:
    await repository.suppress("Ana@Example.com", SuppressionReason.COMPLAINT, NOW)
    assert await repository.suppression("ana@example.com") is SuppressionReason.COMPLAINT
    assert await repository.suppression("bob@example.com") is None
    items = (await asyncio.to_thread(aws.client("dynamodb").scan, TableName=table))["Items"]
    assert "example.com" not in str(items).casefold()
    await repository.unsuppress("ANA@example.com")
    assert await repository.suppression("ana@example.com") is None


async def test_unreachable_store_is_unavailable(notify_settings: NotifySettings) -> None:
    async with AwsClient("dynamodb", notify_settings, "http://127.0.0.1:9", attempts=1) as client:
        repository = DynamoRepository(client, notify_settings.notify_table, RETENTION)
        ana = Recipient(uuid4(), 1, "ana@example.com", Locale.ENGLISH)
        with pytest.raises(StoreUnavailable):
            await repository.put_recipient(ana)
        with pytest.raises(StoreUnavailable):
            await repository.add(delivery_to(ana))
        with pytest.raises(StoreUnavailable):
            await repository.ping()


async def test_table_that_is_missing_is_unavailable(notify_settings: NotifySettings) -> None:
    settings = notify_settings
    async with AwsClient("dynamodb", settings, settings.dynamodb_endpoint_url) as client:
        repository = DynamoRepository(client, "no-such-table", RETENTION)
        ana = Recipient(uuid4(), 1, "ana@example.com", Locale.ENGLISH)
        with pytest.raises(StoreUnavailable):
            await repository.put_recipient(ana)
        with pytest.raises(StoreUnavailable):
            await repository.preferences(ana.user_id)
        with pytest.raises(StoreUnavailable):
            await repository.claim(delivery_to(ana).key, "mine", now=NOW, until=NOW)
        with pytest.raises(StoreUnavailable):
            await repository.add(delivery_to(ana))
