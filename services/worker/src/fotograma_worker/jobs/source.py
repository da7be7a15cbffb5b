"""Read a stored source by ranges, ahead of its reader."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

from fotograma_contracts.reasons import Reason
from fotograma_kit.s3 import ObjectMissing

from fotograma_worker.errors import Failure

BLOCK_BYTES = 128 << 10
CACHED_BLOCKS = 128
MAX_BLOCKS_AT_ONCE = 16
"""2 MiB a request: of larger ones none was faster."""
_GAP_BLOCKS = 1
"""That may be left out by a reader who reads on: other streams lie between. One who leaves out more
reads here and there."""
_LONG_RUN_BLOCKS = 12
"""A group of pictures of two seconds is shorter: who reads further reads the file through."""
_NOWHERE = -1_000
"""No block, nor one that another follows."""


class RangeReader(Protocol):
    """Reads a part of a stored object."""

    async def read_range(
        self, key: str, offset: int, length: int, etag: str | None = None
    ) -> bytes: ...


class SourceReader:
    """One version of one object as bytes. Memory: `CACHED_BLOCKS` blocks.

    What a reader asks for after a jump is fetched alone. As it reads on, half as much is fetched
    ahead as it has read since, and in a long run as much as one request brings: few bytes of a file
    of which a little is read in many places, and with few requests one that is read through.
    """

    def __init__(self, store: RangeReader, key: str, etag: str, size: int) -> None:
        self._store = store
        self._key = key
        self._etag = etag
        self.size = size
        self._end = -(-size // BLOCK_BYTES)
        self._blocks: dict[int, _Fetch] = {}
        self._recent: OrderedDict[_Fetch, None] = OrderedDict()
        """What the blocks came with. It is kept and forgotten whole, as its bytes are."""
        self._last = _NOWHERE
        """The block that was read last."""
        self._begun = 0
        """The block that the run began with which is being read."""
        self._fetched_to = -1
        """The block behind those of the run that were asked for."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        for fetch in self._recent:
            fetch.task.cancel()
        await asyncio.gather(*(fetch.task for fetch in self._recent), return_exceptions=True)

    async def read(self, offset: int, length: int) -> bytes:
        """Read exactly this range, cut off at the end of the object.

        Raises `Failure` when the object is gone, and `StoreUnavailable`.
        """
        end = min(offset + length, self.size)
        if offset >= end:
            return b""
        first, last = offset // BLOCK_BYTES, (end - 1) // BLOCK_BYTES
        self._ask_for(first, last)
        blocks = b"".join([await self._block(index) for index in range(first, last + 1)])
        begin = offset - first * BLOCK_BYTES
        return blocks[begin : begin + end - offset]

    def _ask_for(self, first: int, last: int) -> None:
        """Begin to fetch these blocks, and those that a reader who goes on will want."""
        if not self._last <= first <= self._last + 1 + _GAP_BLOCKS:
            self._begun = first
            if not self._last <= first <= self._fetched_to:
                self._fetched_to = first
        self._last = last
        run = first - self._begun
        ahead = (run + 1) // 2 if run < _LONG_RUN_BLOCKS else MAX_BLOCKS_AT_ONCE
        if self._fetched_to < last + 1 + ahead:
            begin = self._fetched_to
            self._fetched_to = min(max(last + 1, begin) + ahead, self._end)
            self._fetch(begin, self._fetched_to)
        self._forget_oldest()

    async def _block(self, index: int) -> bytes:
        if index not in self._blocks:
            self._fetch(index, index + 1)
        fetch = self._blocks[index]
        self._recent.move_to_end(fetch)
        try:
            data = await asyncio.shield(fetch.task)
        except Exception:
            self._forget(fetch)
            raise
        begin = (index - fetch.first) * BLOCK_BYTES
        return data[begin : begin + BLOCK_BYTES]

    def _fetch(self, first: int, end: int) -> None:
        """Begin to fetch the blocks `[first, end)`, but for those at their ends that are here."""
        while first < end and first in self._blocks:
            first += 1
        while first < end and end - 1 in self._blocks:
            end -= 1
        if first == end:
            return
        offset = first * BLOCK_BYTES
        length = min(end * BLOCK_BYTES, self.size) - offset
        task = asyncio.create_task(self._read_range(offset, length))
        task.add_done_callback(_retrieve)
        fetch = _Fetch(first, end, task)
        self._recent[fetch] = None
        for index in range(first, end):
            self._blocks[index] = fetch

    async def _read_range(self, offset: int, length: int) -> bytes:
        try:
            data = await self._store.read_range(self._key, offset, length, self._etag)
        except ObjectMissing as error:
            raise _source_missing() from error
        if len(data) != length:
            raise _source_missing()
        return data

    def _forget_oldest(self) -> None:
        while sum(fetch.end - fetch.first for fetch in self._recent) > CACHED_BLOCKS:
            self._forget(next(iter(self._recent)))

    def _forget(self, fetch: "_Fetch") -> None:
        fetch.task.cancel()
        self._recent.pop(fetch, None)
        for index in range(fetch.first, fetch.end):
            if self._blocks.get(index) is fetch:
                del self._blocks[index]


@dataclass(frozen=True, eq=False, slots=True)
class _Fetch:
    """The blocks `[first, end)`, which come together."""

    first: int
    end: int
    task: asyncio.Task[bytes]


def _source_missing() -> Failure:
    return Failure(Reason.SOURCE_MISSING, "The uploaded file is no longer there.")


def _retrieve(task: "asyncio.Task[bytes]") -> None:
    """Retrieve the error of a failed read-ahead: it matters only if the block is read."""
    if not task.cancelled():
        task.exception()
