"""The list of an archive's frames, read from S3 block by block."""

from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable

from fotograma_archive.frame_index import RECORD_BYTES, Frame, unpack_frame
from fotograma_archive.names import frame_time_us

ReadObject = Callable[[str, int, int], Awaitable[bytes]]
"""Reads the bytes `[begin, end)` of the object with a key."""
BLOCK_FRAMES = 512
_BLOCKS_KEPT = 128
"""6.5 MB; a list of 200,000 frames has 391 blocks."""


class FrameBlocks:
    """Blocks of lists, the last used ones kept: what lies under a list's key never changes."""

    def __init__(self, read: ReadObject) -> None:
        self._read = read
        self._kept: OrderedDict[tuple[str, int], bytes] = OrderedDict()

    async def get(self, key: str, number: int, frames: int) -> bytes:
        """The records of a block of the list of `frames` at `key`. Raises what reading raises."""
        place = (key, number)
        block = self._kept.get(place)
        if block is None:
            begin, end = number * BLOCK_FRAMES, min((number + 1) * BLOCK_FRAMES, frames)
            block = await self._read(key, begin * RECORD_BYTES, end * RECORD_BYTES)
            self._kept[place] = block
        self._kept.move_to_end(place)
        if len(self._kept) > _BLOCKS_KEPT:
            self._kept.popitem(last=False)
        return block


class FrameList:
    """The frames of one archive, by position, time or name, in time order."""

    def __init__(self, blocks: FrameBlocks, key: str, count: int) -> None:
        self._blocks = blocks
        self._key = key
        self.count = count

    async def at(self, position: int) -> Frame:
        """The frame at a position, counted from 0."""
        number, place = divmod(position, BLOCK_FRAMES)
        block = await self._blocks.get(self._key, number, self.count)
        return unpack_frame(block, place * RECORD_BYTES)

    async def between(self, first: int, last: int) -> AsyncIterator[Frame]:
        """The frames at the positions `[first, last)`."""
        for position in range(first, last):
            yield await self.at(position)

    async def first_where(self, test: Callable[[Frame], bool], first: int, last: int) -> int:
        """The first position in `[first, last)` of a frame that passes `test`; `last` if none does.

        Every frame behind one that passes must pass, too.
        """
        while first < last:
            middle = (first + last) // 2
            if test(await self.at(middle)):
                last = middle
            else:
                first = middle + 1
        return first

    async def position_at(self, time_us: int) -> int:
        """The position of the first frame that is not shown before a time, in microseconds."""
        return await self.first_where(lambda frame: frame.time_us >= time_us, 0, self.count)

    async def find(self, name: str) -> int | None:
        """The position of the frame with this name."""
        try:
            position = await self.position_at(frame_time_us(name))
        except ValueError:
            return None
        found = position < self.count and (await self.at(position)).name == name
        return position if found else None
