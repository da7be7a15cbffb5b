"""Read a stored source by ranges, ahead of its reader."""

import asyncio
from collections import OrderedDict
from types import TracebackType
from typing import Protocol, Self

from fotograma_contracts.reasons import Reason
from fotograma_kit.s3 import ObjectMissing

from fotograma_worker.errors import Failure

BLOCK_BYTES = 2 << 20
CACHED_BLOCKS = 8
READ_AHEAD_BLOCKS = 2


class RangeReader(Protocol):
    """Reads a part of a stored object."""

    async def read_range(
        self, key: str, offset: int, length: int, etag: str | None = None
    ) -> bytes: ...


class SourceReader:
    """One version of one object as bytes. Memory: `CACHED_BLOCKS` blocks.

    A reader that goes from one block to the next has the following blocks fetched meanwhile.
    """

    def __init__(self, store: RangeReader, key: str, etag: str, size: int) -> None:
        self._store = store
        self._key = key
        self._etag = etag
        self.size = size
        self._blocks: OrderedDict[int, asyncio.Task[bytes]] = OrderedDict()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        for task in self._blocks.values():
            task.cancel()
        await asyncio.gather(*self._blocks.values(), return_exceptions=True)

    async def read(self, offset: int, length: int) -> bytes:
        """Read exactly this range, cut off at the end of the object.

        Raises `Failure` when the object is gone, and `StoreUnavailable`.
        """
        end = min(offset + length, self.size)
        parts = []
        while offset < end:
            index, begin = divmod(offset, BLOCK_BYTES)
            block = await self._block(index)
            part = block[begin : begin + end - offset]
            parts.append(part)
            offset += len(part)
        return b"".join(parts)

    async def _block(self, index: int) -> bytes:
        task = self._fetched(index)
        if index - 1 in self._blocks:
            for ahead in range(index + 1, index + 1 + READ_AHEAD_BLOCKS):
                if ahead * BLOCK_BYTES < self.size:
                    self._fetched(ahead)
        self._forget_oldest()
        try:
            return await asyncio.shield(task)
        except Exception:
            self._blocks.pop(index, None)
            raise

    def _fetched(self, index: int) -> asyncio.Task[bytes]:
        if index not in self._blocks:
            offset = index * BLOCK_BYTES
            length = min(BLOCK_BYTES, self.size - offset)
            task = asyncio.create_task(self._fetch(offset, length))
            task.add_done_callback(_retrieve)
            self._blocks[index] = task
        self._blocks.move_to_end(index)
        return self._blocks[index]

    async def _fetch(self, offset: int, length: int) -> bytes:
        try:
            data = await self._store.read_range(self._key, offset, length, self._etag)
        except ObjectMissing as error:
            raise _source_missing() from error
        if len(data) != length:
            raise _source_missing()
        return data

    def _forget_oldest(self) -> None:
        while len(self._blocks) > CACHED_BLOCKS:
            _, task = self._blocks.popitem(last=False)
            task.cancel()


def _source_missing() -> Failure:
    return Failure(Reason.SOURCE_MISSING, "The uploaded file is no longer there.")


def _retrieve(task: "asyncio.Task[bytes]") -> None:
    """Retrieve the error of a failed read-ahead: it matters only if the block is read."""
    if not task.cancelled():
        task.exception()
