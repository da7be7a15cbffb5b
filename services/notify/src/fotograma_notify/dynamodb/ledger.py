"""The ledger in DynamoDB: which mails an address has had within a day."""

from collections.abc import Mapping
from datetime import UTC, datetime

from fotograma_kit.aws import AwsClient

from fotograma_notify.budgets import DAY, Budgets
from fotograma_notify.contents import Kind
from fotograma_notify.domain import DeliveryKey, address_digest
from fotograma_notify.dynamodb.table import Condition, DynamoTable, Item, milliseconds
from fotograma_notify.errors import StoreUnavailable


class DynamoLedger(DynamoTable):
    """Implements `ports.Ledger`: one item for each address and name, written on a condition."""

    def __init__(self, client: AwsClient, table: str, budgets: Budgets) -> None:
        super().__init__(client, table)
        self._budgets = budgets

    async def spend(
        self, address: str, kind: Kind, key: DeliveryKey, *, is_confirmed: bool, now: datetime
    ) -> bool:
        # A write in between makes the condition fail, and has spent the budget: so the budget
        # itself bounds the number of attempts.
        name, budget = self._budgets.of(kind, is_confirmed=is_confirmed)
        pk, mail = _budget(address), str(key.delivery_id)
        for _ in range(budget.per_day + 1):
            item = await self._get(pk, name) or {}
            mails = _mails_of_the_day(item, now)
            if mail in mails:
                return True
            if not budget.has_room(mails.values(), now):
                return False
            if await self._spent(pk, name, {**mails, mail: now}, int(item.get("version", 0))):
                return True
        raise StoreUnavailable("too many writers count mails to the same address")

    async def _spent(self, pk: str, name: str, mails: Mapping[str, datetime], version: int) -> bool:
        last = max(mails.values())
        values = {
            "mails": {mail: milliseconds(at) for mail, at in mails.items()},
            "version": version + 1,
            "expires_at": int((last + DAY).timestamp()) + 1,
        }
        unchanged = (
            Condition("#version = :seen", {":seen": version})
            if version
            else Condition("attribute_not_exists(pk)", {})
        )
        return await self._update(pk, name, values, unchanged)


def _budget(address: str) -> str:
    return f"BUDGET#{address_digest(address)}"


def _mails_of_the_day(item: Item, now: datetime) -> dict[str, datetime]:
    """What went lately, by its delivery's id. DynamoDB may keep an item beyond its end."""
    mails = {
        mail: datetime.fromtimestamp(int(at) / 1000, UTC)
        for mail, at in item.get("mails", {}).items()
    }
    return {mail: at for mail, at in mails.items() if now - at < DAY}
