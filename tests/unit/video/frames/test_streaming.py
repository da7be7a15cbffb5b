"""Reading ahead of what is sent: in order, and not far."""

import asyncio

import pytest
from fotograma_video.frames.streaming import CHUNK_BYTES, READ_AHEAD, begun, read_ahead
from hypothesis import given
from hypothesis import strategies as st

CONTENT = bytes(range(251)) * (5 * CHUNK_BYTES // 251)


class Reads:
    """Reads `CONTENT`, and counts."""

    def __init__(self) -> None:
        self.started = 0

    async def __call__(self, begin: int, end: int) -> bytes:
        self.started += 1
        await asyncio.sleep(0)
        return CONTENT[begin:end]


async def let_others_run() -> None:
    """Give every task that is ready more turns than a read takes."""
    for _ in range(10):
        await asyncio.sleep(0)


@given(st.lists(st.tuples(st.integers(0, len(CONTENT)), st.integers(0, len(CONTENT))), max_size=6))
async def test_read_ahead_yields_all_ranges_in_order(ranges: list[tuple[int, int]]) -> None:
    expected = b"".join(CONTENT[begin:end] for begin, end in ranges)
    chunks = [chunk async for chunk in read_ahead(Reads(), ranges)]
    assert b"".join(chunks) == expected
    assert all(len(chunk) <= CHUNK_BYTES for chunk in chunks)


async def test_read_ahead_reads_no_further_than_its_limit() -> None:
    reads = Reads()
    sent = 0
    async for _ in read_ahead(reads, [(n, n + 1) for n in range(50)]):
        sent += 1
        await let_others_run()
        assert reads.started <= sent + READ_AHEAD
    assert sent == reads.started == 50


async def test_read_ahead_stops_reading_when_it_is_closed() -> None:
    reads = Reads()

    async def first_only(begin: int, end: int) -> bytes:
        data = await reads(begin, end)
        if begin > 0:
            await asyncio.Event().wait()
        return data

    chunks = await begun(read_ahead(first_only, [(n, n + 1) for n in range(50)]))
    assert await anext(chunks) == CONTENT[:1]
    await chunks.aclose()
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert reads.started <= READ_AHEAD + 1


async def test_begun_raises_the_error_of_the_first_chunk() -> None:
    async def fail(begin: int, end: int) -> bytes:
        raise FileNotFoundError(begin, end)

    with pytest.raises(FileNotFoundError):
        await begun(read_ahead(fail, [(0, 1)]))


async def test_begun_yields_nothing_for_no_ranges() -> None:
    assert b"".join([chunk async for chunk in await begun(read_ahead(Reads(), []))]) == b""
