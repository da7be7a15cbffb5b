"""Ends a process's work before its server: `/metrics` is answered until the last of it was seen.

A server that is asked to end takes no more requests at once. A worker whose work takes minutes to
end would count as down meanwhile, and what it counted last would be lost.
"""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

from fotograma_kit.exposition import SCRAPES
from fotograma_kit.tasks import Task, running

LAST_SCRAPE_SECONDS = 20.0
"""Longer than Prometheus lets pass between two scrapes."""


@asynccontextmanager
async def draining(*tasks: Task, seconds: float) -> AsyncIterator[None]:
    """Run `tasks` until the block ends, as `running` does, or until SIGTERM.

    Then they are cancelled, and have their clean-up; where the process is scraped, it waits to be
    scraped once more within what is left of `seconds`; and then its server is told of the signal.
    """
    async with running(*tasks) as stop:

        async def drain() -> None:
            loop = asyncio.get_running_loop()
            ends_at = loop.time() + seconds
            await stop()
            await SCRAPES.next(min(LAST_SCRAPE_SECONDS, ends_at - loop.time()))

        with _before_the_server(drain):
            yield


@contextmanager
def _before_the_server(drain: Callable[[], Awaitable[None]]) -> Iterator[None]:
    """Drain at SIGTERM, and only then let the server that runs us have it."""
    server = signal.getsignal(signal.SIGTERM)
    if not callable(server):  # nobody serves: a test has the application alone
        yield
        return
    loop = asyncio.get_running_loop()
    begun: list[asyncio.Task[None]] = []

    async def end() -> None:
        try:
            await drain()
        finally:
            server(signal.SIGTERM, None)

    def begin() -> None:
        if not begun:
            begun.append(loop.create_task(end()))

    loop.add_signal_handler(signal.SIGTERM, begin)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGTERM)
        signal.signal(signal.SIGTERM, server)
