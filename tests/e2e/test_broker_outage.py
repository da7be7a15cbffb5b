"""Six minutes without the broker, under load: somebody is told once, what it cost, and its end.

The product, Prometheus and Alertmanager are real, with the rules and routes that ship. At size long
an outage of six minutes takes six minutes; at middle size everybody waits for a third of the time,
in rules, routes and the ages that rules compare with.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from fixtures.alerting import AlertmanagerServer, Played
from fixtures.clips import make_clip
from fixtures.deadlines import eventually
from fixtures.load import Job, Load
from fixtures.product import WORKERS, Product
from fixtures.scraping import Receiver, Scraping, scraped, show_metrics_of_rabbitmq
from fixtures.sizes import by_size
from fotograma_local.ports import free_ports

pytestmark = [pytest.mark.middle, pytest.mark.timeout(1800)]

FASTER = by_size(3, 3, 1)
OUTAGE_SECONDS = 360 / FASTER
UPLOAD_SECONDS = 20 / FASTER
"""From one round of uploads to the next."""
GROUP_SECONDS = 300 / FASTER
"""Alertmanager's `group_interval`: when it tells the end at the latest."""

SLOW = {("ErrorBudgetBurns", "latency"), ("SlowResponses", "")}
"""Alerts, and their objectives, of how fast this machine answers."""


@pytest.fixture(scope="module")
async def product(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Product]:
    """A stack of this module's own."""
    async with Product.run(tmp_path_factory.mktemp("outage")) as product:
        yield product


@pytest.fixture
def told() -> Played:
    """Who is told."""
    return Played()


@pytest.fixture
def receiver(told: Played, tmp_path: Path) -> Iterator[Receiver]:
    """Alertmanager, which tells them."""
    (port,) = free_ports(1)
    with told.served() as hook:
        server = AlertmanagerServer(tmp_path, hook, port, FASTER)
        server.start()
        try:
            yield Receiver(port, FASTER)
        finally:
            server.kill()


@pytest.fixture
async def scraping(product: Product, receiver: Receiver, tmp_path: Path) -> AsyncIterator[Scraping]:
    """Prometheus, which has seen that all is well."""
    async with scraped(product.stack, WORKERS, tmp_path, receiver) as scraping:

        async def is_well() -> bool:
            seen = await firing(scraping) - {alert for alert, _ in SLOW}
            return seen == {"Watchdog"} and not await scraping.ask("up == 0")

        await eventually(is_well, 60)
        yield scraping


async def firing(scraping: Scraping) -> set[str]:
    found = await scraping.ask('ALERTS{alertstate="firing"}')
    return {each["metric"]["alertname"] for each in found}


def told_of(message: dict[str, Any]) -> set[tuple[str, str]]:
    """The alerts of a message and their objectives, but for those of this machine."""
    labels = [alert["labels"] for alert in message["alerts"] if alert["status"] == "firing"]
    found = {(each["alertname"], each.get("slo", "")) for each in labels}
    return found - SLOW


async def upload_for(load: Load, seconds: float) -> None:
    """A video of each user, again and again."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        load.upload()
        await asyncio.sleep(UPLOAD_SECONDS)


async def test_broker_away_for_six_minutes_under_load_is_at_most_two_pages_and_an_end(
    product: Product, scraping: Scraping, told: Played, tmp_path: Path
) -> None:
    clip = make_clip(tmp_path / "clip.mp4", seconds=2)
    jobs = [Job(clip, {"sampling": {"mode": "all"}, "output": {"format": "jpg"}}, range(50))]
    load = await Load.prepare(product, jobs)
    load.upload()
    await product.stack.stop("rabbitmq")
    await upload_for(load, OUTAGE_SECONDS)
    seen = await firing(scraping)
    await product.stack.start("rabbitmq")
    await show_metrics_of_rabbitmq(product.stack, scraping.broker)
    await load.assert_all_well(300)

    async def is_over() -> bool:
        ends = [each for each in told.told if each["status"] == "resolved"]
        return any(each["groupLabels"]["service"] == "rabbitmq" for each in ends)

    await eventually(is_over, 2 * GROUP_SECONDS + 60)
    # Without inhibition each of these would have been told of.
    assert seen >= {"BrokerDown", "ConsumerDeaf", "OutboxStuck"}
    first, *others = [found for each in told.told if (found := told_of(each))]
    assert first == {("BrokerDown", "")}
    # That frames were late is true, and said once the broker is back; not that it is still away.
    assert len(others) <= 1
    assert all(found == {("ErrorBudgetBurns", "ready")} for found in others)
