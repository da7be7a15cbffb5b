"""The one DynamoDB table: its calls, and items as Python has them.

Errors are translated here: a failed condition is an answer, all else `StoreUnavailable`.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from fotograma_kit.aws import AwsClient, AwsError, AwsRefused

from fotograma_notify.errors import StoreUnavailable

CONDITION_FAILED = "ConditionalCheckFailedException"
_TRANSACTION_CANCELLED = "TransactionCanceledException"

Item = Mapping[str, Any]
_serialize = TypeSerializer().serialize
_deserialize = TypeDeserializer().deserialize


@dataclass(frozen=True, slots=True)
class Condition:
    """A DynamoDB condition and the values it names."""

    expression: str
    values: Mapping[str, Any]


class DynamoTable:
    """Calls to the table, for the classes that store something in it."""

    def __init__(self, client: AwsClient, table: str) -> None:
        self._client = client
        self._table = table

    async def ping(self) -> str:
        """A readiness check: the table answers a read."""
        await self._get("PING", "PING")
        return "ok"

    def _put_action(self, item: Item, condition: Condition | None = None) -> Item:
        return {"Put": {"TableName": self._table, "Item": typed(item), **conditional(condition)}}

    def _check(self, pk: str, sk: str, expression: str) -> Item:
        return {
            "ConditionCheck": {
                "TableName": self._table,
                "Key": typed({"pk": pk, "sk": sk}),
                "ConditionExpression": expression,
            }
        }

    async def _get(self, pk: str, sk: str) -> Item | None:
        answer = await self._call("get_item", Key=typed({"pk": pk, "sk": sk}), ConsistentRead=True)
        item = answer.get("Item")
        return plain(item) if item else None

    async def _put(self, item: Item, condition: Condition | None = None) -> bool:
        """False when the condition does not hold."""
        try:
            await self._call("put_item", Item=typed(item), **conditional(condition))
        except AwsRefused as error:
            if error.code == CONDITION_FAILED:
                return False
            raise StoreUnavailable(str(error)) from error
        return True

    async def _update(
        self, pk: str, sk: str, values: Mapping[str, Any], condition: Condition
    ) -> bool:
        """Set these attributes and leave others. False when the condition does not hold."""
        try:
            await self._call(
                "update_item",
                Key=typed({"pk": pk, "sk": sk}),
                UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in values),
                ConditionExpression=condition.expression,
                ExpressionAttributeNames={f"#{name}": name for name in values},
                ExpressionAttributeValues=typed(
                    {**{f":{name}": value for name, value in values.items()}, **condition.values}
                ),
            )
        except AwsRefused as error:
            if error.code == CONDITION_FAILED:
                return False
            raise StoreUnavailable(str(error)) from error
        return True

    async def _delete(self, pk: str, sk: str) -> None:
        await self._call("delete_item", Key=typed({"pk": pk, "sk": sk}))

    async def _query(self, pk: str) -> AsyncIterator[Item]:
        start: dict[str, Any] = {}
        while True:
            answer = await self._call(
                "query",
                KeyConditionExpression="pk = :pk",
                ExpressionAttributeValues=typed({":pk": pk}),
                ConsistentRead=True,
                **start,
            )
            for item in answer["Items"]:
                yield plain(item)
            if not answer.get("LastEvaluatedKey"):
                return
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    async def _transact(self, *actions: Item) -> bool:
        """False when one of the conditions does not hold."""
        try:
            await self._client.call("transact_write_items", TransactItems=list(actions))
        except AwsRefused as error:
            # The message lists each action's reason; another one is TransactionConflict.
            if error.code == _TRANSACTION_CANCELLED and "ConditionalCheckFailed" in str(error):
                return False
            raise StoreUnavailable(str(error)) from error
        except AwsError as error:
            raise StoreUnavailable(str(error)) from error
        return True

    async def _call(self, method: str, **parameters: Any) -> Any:
        try:
            return await self._client.call(method, **{"TableName": self._table, **parameters})
        except AwsRefused as error:
            if error.code == CONDITION_FAILED:
                raise
            raise StoreUnavailable(str(error)) from error
        except AwsError as error:
            raise StoreUnavailable(str(error)) from error


def milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def typed(item: Item) -> dict[str, Any]:
    """A plain item in DynamoDB's typed JSON; None is left out."""
    return {name: _serialize(value) for name, value in item.items() if value is not None}


def plain(item: Item) -> dict[str, Any]:
    return {name: _deserialize(value) for name, value in item.items()}


def conditional(condition: Condition | None) -> dict[str, Any]:
    if condition is None:
        return {}
    values = {"ExpressionAttributeValues": typed(condition.values)} if condition.values else {}
    return {"ConditionExpression": condition.expression, **values}
