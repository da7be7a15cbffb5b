"""Reading a source ahead of whoever reads it."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from fixtures.deadlines import until
from fotograma_contracts.reasons import Reason
from fotograma_kit.s3 import ObjectMissing, StoreUnavailable
from fotograma_worker.errors import Failure
from fotograma_worker.jobs.source import (
    BLOCK_BYTES,
    CACHED_BLOCKS,
    MAX_BLOCKS_AT_ONCE,
    SourceReader,
)
from hypothesis import given
from hypothesis import strategies as st

SIZE = 100 * BLOCK_BYTES + 1234
DATA = bytes(range(256)) * (SIZE // 256 + 1)


class Store:
    """Remembers what was asked for."""

    def __init__(self, data: bytes = DATA[:SIZE]) -> None:
        self._data = data
        self.ranges: list[tuple[int, int]] = []
        self.before: Callable[[], Awaitable[None]] | None = None

    async def read_range(
        self, key: str, offset: int, length: int, etag: str | None = None
    ) -> bytes:
        assert (key, etag) == ("key", "etag")
        self.ranges.append((offset, length))
        if self.before is not None:
            await self.before()
        return self._data[offset : offset + length]

    @property
    def covers(self) -> int:
        """Bytes from the beginning on that were asked for without a gap."""
        reached = 0
        for offset, length in sorted(self.ranges):
            if offset <= reached:
                reached = max(reached, offset + length)
        return reached

    def reader(self) -> SourceReader:
        return SourceReader(self, "key", "etag", SIZE)


@given(st.lists(st.tuples(st.integers(0, SIZE + 10), st.integers(0, 9 * BLOCK_BYTES)), max_size=8))
async def test_source_reader_gives_the_objects_bytes(reads: list[tuple[int, int]]) -> None:
    async with Store().reader() as reader:
        for offset, length in reads:
            assert await reader.read(offset, length) == DATA[:SIZE][offset : offset + length]


async def test_what_is_read_through_is_fetched_once_ahead_and_in_large_ranges() -> None:
    store = Store()
    async with store.reader() as reader:
        for offset in range(0, SIZE, 50_000):
            await reader.read(offset, 50_000)
    assert store.covers == SIZE
    assert sum(length for _, length in store.ranges) == SIZE
    assert max(length for _, length in store.ranges) == MAX_BLOCKS_AT_ONCE * BLOCK_BYTES
    assert len(store.ranges) < 16


async def test_reading_on_begins_with_little_and_goes_ahead_of_the_reader() -> None:
    store = Store()
    async with store.reader() as reader:
        ahead = []
        for block in range(40):
            await reader.read(block * BLOCK_BYTES, 10)
            await asyncio.sleep(0)  # what was begun asks the store
            ahead.append(store.covers // BLOCK_BYTES - block - 1)
    assert ahead[0] == 0
    assert all(blocks <= 2 * block for block, blocks in enumerate(ahead))
    assert max(ahead) <= 2 * MAX_BLOCKS_AT_ONCE
    assert ahead[-1] >= MAX_BLOCKS_AT_ONCE


async def test_jumps_fetch_no_more_than_is_asked_for() -> None:
    store = Store()
    async with store.reader() as reader:
        for block in (90, 0, 50, 70):
            await reader.read(block * BLOCK_BYTES, BLOCK_BYTES)
    assert store.ranges == [(block * BLOCK_BYTES, BLOCK_BYTES) for block in (90, 0, 50, 70)]


async def test_short_runs_at_many_places_read_little_more_than_they_need() -> None:
    store = Store()
    async with store.reader() as reader:
        for place in (0, 40, 80, 20, 60):
            for block in range(4):
                await reader.read((place + block) * BLOCK_BYTES, BLOCK_BYTES)
    assert sum(length for _, length in store.ranges) <= 2 * 5 * 4 * BLOCK_BYTES


async def test_source_reader_keeps_few_bytes() -> None:
    store = Store(DATA * 3)
    size = len(DATA * 3)
    async with SourceReader(store, "key", "etag", size) as reader:
        for offset in range(0, size, BLOCK_BYTES):
            await reader.read(offset, 10)
            assert kept(reader) <= CACHED_BLOCKS * BLOCK_BYTES


async def test_source_reader_keeps_few_bytes_when_one_block_of_each_range_is_wanted() -> None:
    """A reader that a hostile file made goes back to one block of each large range."""
    size = 1000 * BLOCK_BYTES
    async with SourceReader(Store(bytes(size)), "key", "etag", size) as reader:
        wanted: list[int] = []
        for block in range(size // BLOCK_BYTES):
            await reader.read(block * BLOCK_BYTES, 10)
            if block % MAX_BLOCKS_AT_ONCE == 0:
                wanted.append(block)
            for again in wanted:
                await reader.read(again * BLOCK_BYTES, 10)
            assert kept(reader) <= CACHED_BLOCKS * BLOCK_BYTES


def kept(reader: SourceReader) -> int:
    """Bytes that are held on to."""
    tasks = {fetch.task for fetch in (*reader._recent, *reader._blocks.values())}
    return sum(len(task.result()) for task in tasks if task.done() and not task.cancelled())


async def test_what_came_with_a_failure_is_read_again() -> None:
    """A range that was fetched ahead and failed must not fail block by block."""
    store = Store()

    async def fail() -> None:
        raise StoreUnavailable("503")

    async with store.reader() as reader:
        for block in range(8):
            await reader.read(block * BLOCK_BYTES, 10)
            await asyncio.sleep(0)  # what was begun asks the store
        store.before, asked = fail, len(store.ranges)
        while len(store.ranges) == asked:
            block += 1
            await reader.read(block * BLOCK_BYTES, 10)
            await asyncio.sleep(0)
        await until(lambda: all(fetch.task.done() for fetch in reader._recent))
        (failed,) = (fetch for fetch in reader._recent if fetch.task.exception())
        store.before = None
        assert failed.end - failed.first > 1
        with pytest.raises(StoreUnavailable):
            await reader.read(failed.first * BLOCK_BYTES, 10)
        for block in range(failed.first, failed.end):
            assert await reader.read(block * BLOCK_BYTES, 10)


async def test_source_reader_reads_again_after_an_outage() -> None:
    store = Store()

    async def fail() -> None:
        raise StoreUnavailable("503")

    store.before = fail
    async with store.reader() as reader:
        with pytest.raises(StoreUnavailable):
            await reader.read(0, 10)
        store.before = None
        assert await reader.read(0, 10) == DATA[:10]


async def test_source_reader_fails_for_a_missing_object() -> None:
    store = Store()

    async def fail() -> None:
        raise ObjectMissing("404")

    store.before = fail
    async with store.reader() as reader:
        with pytest.raises(Failure) as failed:
            await reader.read(0, 10)
    assert failed.value.reason is Reason.SOURCE_MISSING


async def test_source_reader_fails_for_a_shorter_object() -> None:
    async with Store(DATA[:100]).reader() as reader:
        with pytest.raises(Failure) as failed:
            await reader.read(0, 10)
    assert failed.value.reason is Reason.SOURCE_MISSING


async def test_source_reader_closes_without_waiting_for_reads() -> None:
    store = Store()

    async def never() -> None:
        await asyncio.Event().wait()

    store.before = never
    async with store.reader() as reader:
        reading = asyncio.create_task(reader.read(0, 10))
        await until(lambda: bool(store.ranges))
    with pytest.raises(asyncio.CancelledError):
        await reading
