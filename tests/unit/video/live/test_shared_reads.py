"""What several streams read is read once, and nobody waits for another's end."""

import asyncio

import pytest
from fixtures.deadlines import until
from fotograma_video.live import shared_reads
from fotograma_video.live.shared_reads import SharedReads


class Library:
    """Something to read, one release at a time."""

    def __init__(self) -> None:
        self.begun = 0
        self.ended = 0
        self.cancelled = 0
        self.is_open = asyncio.Event()

    async def read(self) -> int:
        self.begun += 1
        number = self.begun
        try:
            await self.is_open.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        self.ended += 1
        return number


@pytest.fixture
def library() -> Library:
    return Library()


@pytest.fixture
def reads() -> SharedReads:
    return SharedReads(asyncio.Semaphore(2))


async def test_those_who_wait_get_the_result_of_one_read(
    library: Library, reads: SharedReads
) -> None:
    waiting = [asyncio.create_task(reads.get("a", library.read)) for _ in range(5)]
    await until(lambda: library.begun > 0)
    library.is_open.set()
    assert await asyncio.gather(*waiting) == [1] * 5
    assert await reads.get("a", library.read) == 1, "and who comes a moment later, too"


async def test_what_has_changed_is_read_anew_also_during_the_read(
    library: Library, reads: SharedReads
) -> None:
    before = asyncio.create_task(reads.get("a", library.read))
    await until(lambda: library.begun == 1)
    reads.outdate("a")
    after = asyncio.create_task(reads.get("a", library.read))
    await until(lambda: library.begun == 2)
    library.is_open.set()
    assert (await before, await after) == (1, 2)
    reads.outdate("a", "never read")
    assert await reads.get("a", library.read) == 3


async def test_result_is_not_kept_for_long(
    library: Library, reads: SharedReads, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_reads, "FRESH_SECONDS", 0)
    library.is_open.set()
    assert await reads.get("a", library.read) == 1
    await until(lambda: not reads._reads)
    assert await reads.get("a", library.read) == 2


async def test_failure_reaches_all_who_wait_and_is_not_kept(reads: SharedReads) -> None:
    async def fail() -> int:
        raise LookupError

    async def succeed() -> int:
        return 7

    found = await asyncio.gather(*(reads.get("a", fail) for _ in range(3)), return_exceptions=True)
    assert [type(each) for each in found] == [LookupError] * 3
    assert await reads.get("a", succeed) == 7


async def test_who_leaves_takes_nothing_from_the_others(
    library: Library, reads: SharedReads
) -> None:
    first, second = (asyncio.create_task(reads.get("a", library.read)) for _ in range(2))
    await until(lambda: library.begun == 1)
    first.cancel()
    await asyncio.wait([first])
    library.is_open.set()
    assert await second == 1


async def test_read_that_nobody_waits_for_is_given_up(library: Library, reads: SharedReads) -> None:
    waiting = [asyncio.create_task(reads.get("a", library.read)) for _ in range(2)]
    await until(lambda: library.begun == 1)
    for task in waiting:
        task.cancel()
    await asyncio.wait(waiting)
    await until(lambda: library.cancelled == 1)
    library.is_open.set()
    assert await reads.get("a", library.read) == 2


async def test_only_so_many_reads_are_under_way(library: Library, reads: SharedReads) -> None:
    waiting = [asyncio.create_task(reads.get(key, library.read)) for key in "abcd"]
    await until(lambda: library.begun == 2)
    library.is_open.set()
    assert await asyncio.gather(*waiting) == [1, 2, 3, 4]
