"""Reading a source ahead of whoever reads it."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from fixtures.deadlines import until
from fotograma_contracts.reasons import Reason
from fotograma_kit.s3 import ObjectMissing, StoreUnavailable
from fotograma_worker.errors import Failure
from fotograma_worker.jobs.source import BLOCK_BYTES, CACHED_BLOCKS, SourceReader
from hypothesis import given
from hypothesis import strategies as st

SIZE = 10 * BLOCK_BYTES + 1234
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

    def reader(self) -> SourceReader:
        return SourceReader(self, "key", "etag", SIZE)


@given(st.lists(st.tuples(st.integers(0, SIZE + 10), st.integers(0, 3 * BLOCK_BYTES)), max_size=8))
async def test_source_reader_gives_the_objects_bytes(reads: list[tuple[int, int]]) -> None:
    async with Store().reader() as reader:
        for offset, length in reads:
            assert await reader.read(offset, length) == DATA[:SIZE][offset : offset + length]


async def test_source_reader_fetches_each_block_once_and_ahead() -> None:
    store = Store()
    async with store.reader() as reader:
        await reader.read(0, 10)
        assert store.ranges == [(0, BLOCK_BYTES)]
        await reader.read(BLOCK_BYTES, 10)
        await until(lambda: len(store.ranges) == 4)  # two blocks ahead
        for offset in range(0, SIZE, 100_000):
            await reader.read(offset, 100_000)
    assert sorted(store.ranges) == [
        (block * BLOCK_BYTES, min(BLOCK_BYTES, SIZE - block * BLOCK_BYTES)) for block in range(11)
    ]


async def test_source_reader_keeps_few_blocks_when_seeking() -> None:
    store = Store()
    async with store.reader() as reader:
        for block in (9, 0, 5, 7):
            await reader.read(block * BLOCK_BYTES, 10)
        assert len(store.ranges) == 4
        for block in range(11):
            await reader.read(block * BLOCK_BYTES, 10)
        assert len(reader._blocks) <= CACHED_BLOCKS + 2


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
