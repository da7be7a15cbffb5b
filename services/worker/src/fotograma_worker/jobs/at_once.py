"""Several calls at the same time, but not all of them."""

import asyncio
from collections.abc import Awaitable, Iterable
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


async def at_once(limit: int, calls: Iterable[Awaitable[T]]) -> list[T]:
    """Await calls, `limit` at a time, and return their results in order.

    After an error none is under way any more, and those that follow are not begun.
    """
    results: list[T] = []
    remaining = iter(calls)
    while batch := list(islice(remaining, limit)):
        for outcome in await asyncio.gather(*batch, return_exceptions=True):
            if isinstance(outcome, BaseException):
                raise outcome
            results.append(outcome)
    return results
