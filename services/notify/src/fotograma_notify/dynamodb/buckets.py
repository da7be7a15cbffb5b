"""What all processes have spent of their rates, in DynamoDB."""

import asyncio
import time
from collections.abc import Mapping

from fotograma_kit.aws import AwsClient

from fotograma_notify.dynamodb.table import Condition, DynamoTable

_SORT_KEY = "RATE"
_AT_ONCE = 4
"""Calls that are under way: requests use the same threads."""
_ATTEMPTS = 3
"""At writing a bucket that another process has written just then."""


class DynamoBuckets(DynamoTable):
    """Implements `rate_limits.SharedBuckets`: an item for each bucket, written on a condition."""

    def __init__(self, client: AwsClient, table: str) -> None:
        super().__init__(client, table)
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def spend(self, seconds: Mapping[str, float]) -> Mapping[str, float]:
        """See `rate_limits.SharedBuckets`. Raises `StoreUnavailable`."""
        found = await asyncio.gather(*(self._spend(key, spent) for key, spent in seconds.items()))
        until_full = zip(seconds, found, strict=True)
        return {key: left for key, left in until_full if left is not None}

    async def _spend(self, key: str, seconds: float) -> float | None:
        """Seconds until the bucket is full; None where others were in the way each time."""
        async with self._turns:
            for _ in range(_ATTEMPTS):
                item = await self._get(f"RATE#{key}", _SORT_KEY) or {}
                now, seen = _milliseconds(time.time()), item.get("full_at")
                full_at = max(int(seen or 0), now) + _milliseconds(seconds)
                values = {"full_at": full_at, "expires_at": full_at // 1000 + 1}
                unchanged = (
                    Condition("attribute_not_exists(pk)", {})
                    if seen is None
                    else Condition("full_at = :seen", {":seen": seen})
                )
                if await self._update(f"RATE#{key}", _SORT_KEY, values, unchanged):
                    return (full_at - now) / 1000
        return None


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)
