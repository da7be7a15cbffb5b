"""What processes have spent of their rates, in DynamoDB."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from fotograma_kit.aws import AwsClient
from fotograma_notify.dynamodb.buckets import DynamoBuckets
from fotograma_notify.errors import StoreUnavailable
from fotograma_notify.settings import NotifySettings


@pytest.fixture
async def buckets(notify_settings: NotifySettings) -> AsyncIterator[DynamoBuckets]:
    async with AwsClient(
        "dynamodb", notify_settings, notify_settings.dynamodb_endpoint_url
    ) as client:
        yield DynamoBuckets(client, notify_settings.notify_table)


async def test_buckets_add_up_what_processes_spend(buckets: DynamoBuckets) -> None:
    first = await buckets.spend({"user:ana": 50.0, "user:eve": 1.0})
    assert first == pytest.approx({"user:ana": 50.0, "user:eve": 1.0}, abs=0.01)
    second = await buckets.spend({"user:ana": 25.0})
    assert 0 <= 75.0 - second["user:ana"] < 20, "but for what has come back meanwhile"


async def test_buckets_that_others_write_at_once_lose_nothing(buckets: DynamoBuckets) -> None:
    tries = await asyncio.gather(*(buckets.spend({"user:ana": 100.0}) for _ in range(6)))
    written = [found for found in tries if found]
    assert written
    total = await buckets.spend({"user:ana": 0.0})
    assert 0 <= 100 * len(written) - total["user:ana"] < 20


async def test_buckets_out_of_reach_are_unavailable(notify_settings: NotifySettings) -> None:
    async with AwsClient("dynamodb", notify_settings, "http://127.0.0.1:9") as client:
        with pytest.raises(StoreUnavailable):
            await DynamoBuckets(client, notify_settings.notify_table).spend({"user:ana": 1.0})
