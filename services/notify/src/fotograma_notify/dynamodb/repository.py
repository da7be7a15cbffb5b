"""The store in DynamoDB: one table, shaped as `shape.py` says.

What must not happen twice is a condition of the write itself, so any number of processes may
run. A failed condition is an answer, all else `StoreUnavailable`.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from fotograma_contracts.users import Locale
from fotograma_kit.aws import AwsClient, AwsRefused
from fotograma_kit.cursors import decode_cursor, encode_cursor
from pydantic import ConfigDict, StringConstraints, TypeAdapter

from fotograma_notify.contents import Content, LinkContent
from fotograma_notify.domain import (
    SOURCES,
    Change,
    Delivery,
    DeliveryKey,
    Preferences,
    Recipient,
    Status,
    SuppressionReason,
    Tombstone,
    address_digest,
    lives_until,
)
from fotograma_notify.dynamodb.shape import BY_TIME_INDEX, BY_TIME_SORT_KEY
from fotograma_notify.dynamodb.table import (
    CONDITION_FAILED,
    Condition,
    DynamoTable,
    Item,
    milliseconds,
    plain,
    typed,
)
from fotograma_notify.errors import (
    InvalidCursor,
    RecipientGone,
    RecipientUnknown,
    StoreUnavailable,
)
from fotograma_notify.ports import Page

_RECIPIENT, _PREFERENCES, _DELIVERY = "RECIPIENT", "PREFERENCES", "DELIVERY#"
_MESSAGE, _SUPPRESSED, _UNCERTAIN = "MESSAGE", "SUPPRESSED", "UNCERTAIN"

_NEWER = "attribute_not_exists(pk) OR (#revision < :revision AND attribute_not_exists(deleted))"
"""A deleted user does not come back: an event that comes later was sent before."""
_content: TypeAdapter[Content] = TypeAdapter(Content, config=ConfigDict(hide_input_in_errors=True))
"""An error is logged, and what it would repeat may be a link's token."""
_CURSOR = TypeAdapter(
    tuple[
        Annotated[str, StringConstraints(pattern=f"^{_DELIVERY}[0-9a-f-]{{36}}$")],
        Annotated[str, StringConstraints(pattern="^[0-9T:.+-]{20,40}#[0-9a-f-]{36}$")],
    ]
)


class DynamoRepository(DynamoTable):
    """Implements every store of `ports.py`."""

    def __init__(self, client: AwsClient, table: str, retention: timedelta) -> None:
        super().__init__(client, table)
        self._retention = retention

    # Recipients

    async def recipient(self, user_id: UUID) -> Recipient | Tombstone | None:
        item = await self._get(_user(user_id), _RECIPIENT)
        return _to_recipient(user_id, item) if item else None

    async def put_recipient(self, recipient: Recipient) -> bool:
        values = {
            "revision": recipient.revision,
            "email": recipient.email,
            "locale": recipient.locale.value,
            "verified": recipient.verified,
        }
        said = {name: value for name, value in values.items() if value is not None}
        return await self._update(
            _user(recipient.user_id),
            _RECIPIENT,
            said,
            Condition(_NEWER, {}),
        )

    async def bury(self, tombstone: Tombstone) -> bool:
        return await self._put(
            {
                "pk": _user(tombstone.user_id),
                "sk": _RECIPIENT,
                "revision": tombstone.revision,
                "deleted": True,
            },
            Condition(
                "attribute_not_exists(pk) OR revision < :revision "
                "OR (revision = :revision AND attribute_exists(deleted))",
                {":revision": tombstone.revision},
            ),
        )

    async def erase(self, user_id: UUID) -> None:
        async for item in self._query(_user(user_id)):
            if item["sk"] == _RECIPIENT:
                continue
            if "message_id" in item:
                await self._delete(_message(item["message_id"]), _MESSAGE)
            if item.get("status") == Status.UNCERTAIN:
                await self._delete(_UNCERTAIN, _marker(_to_delivery(item).key))
            await self._delete(item["pk"], item["sk"])

    async def preferences(self, user_id: UUID) -> Preferences:
        item = await self._get(_user(user_id), _PREFERENCES)
        return _to_preferences(item) if item else Preferences()

    async def put_preferences(self, user_id: UUID, preferences: Preferences) -> None:
        item = {
            "pk": _user(user_id),
            "sk": _PREFERENCES,
            "email_on_processed": preferences.email_on_processed,
            "email_on_failed": preferences.email_on_failed,
            "email_on_expiring": preferences.email_on_expiring,
            "locale": preferences.locale.value if preferences.locale else None,
        }
        alive = self._check(_user(user_id), _RECIPIENT, "attribute_not_exists(deleted)")
        if not await self._transact(alive, self._put_action(item)):
            raise RecipientGone

    # Deliveries

    async def add(self, delivery: Delivery) -> Delivery:
        key = delivery.key
        known = self._check(_user(key.user_id), _RECIPIENT, "attribute_exists(email)")
        put = self._put_action(
            {**_from_delivery(delivery), "expires_at": self._end_of(delivery)},
            Condition("attribute_not_exists(pk)", {}),
        )
        if await self._transact(known, put):
            return delivery
        existing = await self.delivery(key)
        if existing is not None:
            return existing
        if isinstance(await self.recipient(key.user_id), Tombstone):
            raise RecipientGone
        raise RecipientUnknown

    async def delivery(self, key: DeliveryKey) -> Delivery | None:
        item = await self._get(_user(key.user_id), _delivery(key))
        return _to_delivery(item) if item else None

    async def deliveries(self, user_id: UUID, limit: int, cursor: str | None) -> Page:
        parameters: dict[str, Any] = {
            "IndexName": BY_TIME_INDEX,
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": typed({":pk": _user(user_id)}),
            "ScanIndexForward": False,
            "Limit": limit,
        }
        if cursor is not None:
            parameters["ExclusiveStartKey"] = typed({"pk": _user(user_id), **_from_cursor(cursor)})
        answer = await self._call("query", **parameters)
        last = answer.get("LastEvaluatedKey")
        return Page(
            deliveries=[_to_delivery(plain(item)) for item in answer["Items"]],
            next_cursor=_to_cursor(plain(last)) if last else None,
        )

    async def claim(
        self, key: DeliveryKey, claim: str, *, now: datetime, until: datetime
    ) -> Delivery | None:
        change = Change(Status.CLAIMED, now, lease_until=until)
        free = Condition(
            "#status = :pending OR (#status = :claimed AND lease_until < :now)",
            {
                ":pending": Status.PENDING.value,
                ":claimed": Status.CLAIMED.value,
                ":now": milliseconds(now),
            },
        )
        action = self._update_action(key, change, free, claim=claim)["Update"]
        try:
            answer = await self._call("update_item", **action, ReturnValues="ALL_NEW")
        except AwsRefused as error:
            if error.code == CONDITION_FAILED:
                return None
            raise StoreUnavailable(str(error)) from error
        return _to_delivery(plain(answer["Attributes"]))

    async def move(self, key: DeliveryKey, claim: str, change: Change) -> bool:
        held = Condition("claim = :claim", {":claim": claim})
        return await self._step(key, change, held)

    async def flag_abandoned(self, key: DeliveryKey, change: Change) -> bool:
        passed = Condition("lease_until < :now", {":now": milliseconds(change.at)})
        return await self._step(key, change, passed)

    async def record_feedback(self, key: DeliveryKey, change: Change) -> bool:
        return await self._step(key, change, Condition("attribute_exists(pk)", {}))

    async def key_of_message(self, message_id: str) -> DeliveryKey | None:
        item = await self._get(_message(message_id), _MESSAGE)
        return DeliveryKey(UUID(item["user_id"]), UUID(item["delivery_id"])) if item else None

    async def uncertain(self) -> Sequence[DeliveryKey]:
        return [_from_marker(item["sk"]) async for item in self._query(_UNCERTAIN)]

    # Suppression list

    async def suppress(self, address: str, reason: SuppressionReason, at: datetime) -> None:
        await self._put(
            {
                "pk": _suppressed(address),
                "sk": _SUPPRESSED,
                "reason": reason.value,
                "at": at.isoformat(),
            }
        )

    async def suppression(self, address: str) -> SuppressionReason | None:
        item = await self._get(_suppressed(address), _SUPPRESSED)
        return SuppressionReason(item["reason"]) if item else None

    async def unsuppress(self, address: str) -> None:
        await self._delete(_suppressed(address), _SUPPRESSED)

    # Steps

    async def _step(self, key: DeliveryKey, change: Change, guard: Condition) -> bool:
        """Move the delivery, with what points at it, in one transaction."""
        sources = {f":from{n}": s.value for n, s in enumerate(sorted(SOURCES[change.to]))}
        condition = Condition(
            f"{guard.expression} AND #status IN ({', '.join(sources)})",
            {**guard.values, **sources},
        )
        actions = [
            self._update_action(key, change, condition),
            *self._pointer_actions(key, change),
        ]
        return await self._transact(*actions)

    def _pointer_actions(self, key: DeliveryKey, change: Change) -> Iterable[Item]:
        marker = {"pk": _UNCERTAIN, "sk": _marker(key)}
        if change.to is Status.UNCERTAIN:
            yield self._put_action({**marker, "expires_at": self._expiry_after(change)})
        elif Status.UNCERTAIN in SOURCES[change.to]:
            yield {"Delete": {"TableName": self._table, "Key": typed(marker)}}
        if change.message_id is not None:
            yield self._put_action(
                {
                    "pk": _message(change.message_id),
                    "sk": _MESSAGE,
                    "user_id": str(key.user_id),
                    "delivery_id": str(key.delivery_id),
                    "expires_at": self._expiry(change.at),
                }
            )

    def _update_action(
        self, key: DeliveryKey, change: Change, condition: Condition, claim: str | None = None
    ) -> Item:
        values = {
            "claim": claim,
            "reason": change.reason,
            "lease_until": milliseconds(change.lease_until) if change.lease_until else None,
            "message_id": change.message_id,
            "sent_at": change.at.isoformat() if change.to is Status.SENT else None,
            "content": _content.dump_json(change.content).decode() if change.content else None,
        }
        named = {name: value for name, value in values.items() if value is not None}
        assignments = ", ".join(["#status = :status", *(f"{n} = :set_{n}" for n in named)])
        forgotten = "" if change.reason else " REMOVE reason"
        return {
            "Update": {
                "TableName": self._table,
                "Key": typed({"pk": _user(key.user_id), "sk": _delivery(key)}),
                "UpdateExpression": f"SET {assignments}{forgotten}",
                "ConditionExpression": condition.expression,
                "ExpressionAttributeNames": {"#status": "status"},
                "ExpressionAttributeValues": typed(
                    {
                        ":status": change.to.value,
                        **{f":set_{name}": value for name, value in named.items()},
                        **condition.values,
                    }
                ),
            }
        }

    # Expiry

    def _end_of(self, delivery: Delivery) -> int:
        return int(lives_until(delivery, self._retention).timestamp())

    def _expiry_after(self, change: Change) -> int:
        """When the mark of a delivery ends: with the delivery."""
        if isinstance(change.content, LinkContent):
            return int(change.content.expires_at.timestamp())
        return self._expiry(change.at)

    def _expiry(self, start: datetime) -> int:
        return int((start + self._retention).timestamp())


def _user(user_id: UUID) -> str:
    return f"USER#{user_id}"


def _delivery(key: DeliveryKey) -> str:
    return f"{_DELIVERY}{key.delivery_id}"


def _message(message_id: str) -> str:
    return f"MESSAGE#{message_id}"


def _suppressed(address: str) -> str:
    return f"SUPPRESSED#{address_digest(address)}"


def _marker(key: DeliveryKey) -> str:
    return f"{key.user_id}#{key.delivery_id}"


def _from_marker(marker: str) -> DeliveryKey:
    user_id, _, delivery_id = marker.partition("#")
    return DeliveryKey(UUID(user_id), UUID(delivery_id))


def _to_recipient(user_id: UUID, item: Item) -> Recipient | Tombstone:
    revision = int(item["revision"])
    if item.get("deleted"):
        return Tombstone(user_id, revision)
    return Recipient(user_id, revision, item["email"], Locale(item["locale"]), item.get("verified"))


def _to_preferences(item: Item) -> Preferences:
    return Preferences(
        email_on_processed=item["email_on_processed"],
        email_on_failed=item["email_on_failed"],
        email_on_expiring=item.get("email_on_expiring", True),
        locale=Locale(item["locale"]) if "locale" in item else None,
    )


def _from_delivery(delivery: Delivery) -> dict[str, Any]:
    created_at = delivery.created_at.astimezone(UTC).isoformat(timespec="microseconds")
    return {
        "pk": _user(delivery.key.user_id),
        "sk": _delivery(delivery.key),
        BY_TIME_SORT_KEY: f"{created_at}#{delivery.key.delivery_id}",
        "content": _content.dump_json(delivery.content).decode(),
        "created_at": created_at,
        "status": delivery.status.value,
    }


def _to_delivery(item: Item) -> Delivery:
    lease = item.get("lease_until")
    sent_at = item.get("sent_at")
    return Delivery(
        key=DeliveryKey(
            UUID(item["pk"].removeprefix("USER#")), UUID(item["sk"].removeprefix(_DELIVERY))
        ),
        content=_content.validate_json(item["content"]),
        created_at=datetime.fromisoformat(item["created_at"]),
        status=Status(item["status"]),
        reason=item.get("reason"),
        lease_until=None if lease is None else datetime.fromtimestamp(int(lease) / 1000, UTC),
        message_id=item.get("message_id"),
        sent_at=datetime.fromisoformat(sent_at) if sent_at else None,
    )


def _to_cursor(last: Item) -> str:
    return encode_cursor(last["sk"], last[BY_TIME_SORT_KEY])


def _from_cursor(cursor: str) -> Item:
    try:
        sk, listed_at = decode_cursor(cursor, _CURSOR)
    except ValueError as error:
        raise InvalidCursor from error
    return {"sk": sk, BY_TIME_SORT_KEY: listed_at}
