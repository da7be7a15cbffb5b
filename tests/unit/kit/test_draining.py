"""A process's work ends before its server does, and what it counted last is seen."""

import asyncio
import os
import signal
from collections.abc import Iterator

import pytest
from fixtures.deadlines import until
from fotograma_kit import draining as module
from fotograma_kit.draining import draining
from fotograma_kit.exposition import Scrapes


@pytest.fixture
def told() -> Iterator[list[str]]:
    """What happens, in order. A server serves this process."""
    told: list[str] = []
    before = signal.signal(signal.SIGTERM, lambda *_: told.append("server"))
    yield told
    signal.signal(signal.SIGTERM, before)


@pytest.fixture
def scrapes(monkeypatch: pytest.MonkeyPatch) -> Scrapes:
    """Those of this process: none yet."""
    scrapes = Scrapes()
    monkeypatch.setattr(module, "SCRAPES", scrapes)
    return scrapes


async def test_server_is_told_to_end_once_the_work_has_ended(
    told: list[str], scrapes: Scrapes
) -> None:
    may_end = asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await may_end.wait()
            told.append("work")

    async with draining(work, seconds=10):
        await asyncio.sleep(0)
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGTERM)  # as impatient people do
        await asyncio.sleep(0.05)
        assert told == []
        may_end.set()
        await until(lambda: "server" in told)
    assert told == ["work", "server"]


async def test_process_that_is_scraped_waits_for_the_last_scrape(
    told: list[str], scrapes: Scrapes
) -> None:
    scrapes.add()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            told.append("work")

    async with draining(work, seconds=10):
        await asyncio.sleep(0)
        os.kill(os.getpid(), signal.SIGTERM)
        await until(lambda: told == ["work"])
        await asyncio.sleep(0.05)
        assert told == ["work"]
        scrapes.add()
        await until(lambda: told == ["work", "server"])


@pytest.mark.parametrize("longest", [0.2, 10])
async def test_last_scrape_is_not_waited_for_longer_than_draining_may_take(
    told: list[str], scrapes: Scrapes, monkeypatch: pytest.MonkeyPatch, longest: float
) -> None:
    monkeypatch.setattr(module, "LAST_SCRAPE_SECONDS", longest)
    scrapes.add()
    async with draining(asyncio.Event().wait, seconds=10 if longest < 1 else 0.2):  # type: ignore[arg-type]
        await asyncio.sleep(0)
        os.kill(os.getpid(), signal.SIGTERM)
        await until(lambda: told == ["server"], 5)


async def test_server_has_its_signal_back_afterwards(told: list[str], scrapes: Scrapes) -> None:
    async with draining(seconds=10):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    await until(lambda: told == ["server"])


async def test_nothing_is_done_to_a_process_that_nobody_serves() -> None:
    before = signal.getsignal(signal.SIGTERM)
    async with draining(seconds=10):
        assert signal.getsignal(signal.SIGTERM) is before
