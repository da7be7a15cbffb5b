"""Reads that several streams of one user need: each is made once, and its result shared."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

T = TypeVar("T")

FRESH_SECONDS = 1.0
"""How long a result is shared: a slower stream reads anew."""


@dataclass(eq=False, slots=True)
class _Read:
    """One read, under way or done, and how many wait for it."""

    task: asyncio.Task[Any]
    waiting: int = 0


class SharedReads:
    """The reads of one user's streams."""

    def __init__(self, at_once: asyncio.Semaphore) -> None:
        self._at_once = at_once
        self._reads: dict[Hashable, _Read] = {}

    async def get(self, key: Hashable, read: Callable[[], Awaitable[T]]) -> T:
        """The result of `read`, or that of one under the same key that is not outdated."""
        shared = self._reads.get(key)
        if shared is None:
            shared = self._reads[key] = _Read(asyncio.create_task(self._limited(read)))
            shared.task.add_done_callback(partial(self._settle, key, shared))
        shared.waiting += 1
        try:
            result: T = await asyncio.shield(shared.task)
        finally:
            shared.waiting -= 1
            if not shared.waiting and not shared.task.done():
                self._drop(key, shared)
                shared.task.cancel()
        return result

    def outdate(self, *keys: Hashable) -> None:
        """Read anew from now on: something has changed."""
        for key in keys:
            self._reads.pop(key, None)

    async def _limited(self, read: Callable[[], Awaitable[T]]) -> T:
        async with self._at_once:
            return await read()

    def _settle(self, key: Hashable, shared: _Read, task: asyncio.Task[Any]) -> None:
        if task.cancelled() or task.exception() is not None:
            self._drop(key, shared)
        else:
            task.get_loop().call_later(FRESH_SECONDS, self._drop, key, shared)

    def _drop(self, key: Hashable, shared: _Read) -> None:
        if self._reads.get(key) is shared:
            del self._reads[key]
