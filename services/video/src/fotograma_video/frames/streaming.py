"""Bytes from S3 to a client, in pieces that do not grow with what is sent."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable, Iterator
from contextlib import aclosing
from typing import Any

CHUNK_BYTES = 1024**2
READ_AHEAD = 3
"""Chunks on their way while one is being sent: a download holds four of them."""

ReadRange = Callable[[int, int], Coroutine[Any, Any, bytes]]
"""Reads the bytes `[begin, end)` of something."""


async def read_ahead(
    read: ReadRange, ranges: Iterable[tuple[int, int]]
) -> AsyncGenerator[bytes, None]:
    """The bytes of all ranges, in order.

    Each chunk is a request of its own: a client that takes its time holds no connection to S3.
    """
    remaining = _chunks(ranges)
    reads: deque[asyncio.Task[bytes]] = deque()
    try:
        while True:
            for begin, end in remaining:
                reads.append(asyncio.create_task(read(begin, end)))
                if len(reads) > READ_AHEAD:
                    break
            if not reads:
                return
            yield await reads.popleft()
    finally:
        for unwanted in reads:
            unwanted.cancel()
        await asyncio.gather(*reads, return_exceptions=True)


async def begun(chunks: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    """The same bytes, the first of them read already: what is wrong until then can be answered."""
    first = await anext(chunks, b"")

    async def all_chunks() -> AsyncGenerator[bytes, None]:
        async with aclosing(chunks):
            yield first
            async for chunk in chunks:
                yield chunk

    return all_chunks()


def _chunks(ranges: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    for begin, end in ranges:
        for low in range(begin, end, CHUNK_BYTES):
            yield low, min(low + CHUNK_BYTES, end)
