"""Background tasks that live as long as their process."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog

log = structlog.get_logger(__name__)

Task = Callable[[], Awaitable[None]]


def _terminate() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


@asynccontextmanager
async def running(*tasks: Task, on_failure: Callable[[], None] = _terminate) -> AsyncIterator[Task]:
    """Run `tasks` until the block ends, then cancel them and wait for their clean-up.

    Gives what does so before that. A task handles the failures it expects. One that ends by itself
    is a defect: the process is asked to terminate, so that whatever supervises it starts it afresh.
    """
    running_tasks = [asyncio.create_task(_watched(task, on_failure)) for task in tasks]

    async def stop() -> None:
        for running_task in running_tasks:
            running_task.cancel()
        await asyncio.gather(*running_tasks, return_exceptions=True)

    try:
        yield stop
    finally:
        await stop()


async def _watched(task: Task, on_failure: Callable[[], None]) -> None:
    try:
        await task()
    except Exception:
        log.exception("background task failed", task=getattr(task, "__qualname__", repr(task)))
    else:
        log.error("background task ended", task=getattr(task, "__qualname__", repr(task)))
    on_failure()


async def periodically(seconds: float, action: Task, *, first_after: float = 0.0) -> None:
    """Do `action` every `seconds`, for ever, at first after `first_after` seconds.

    A failure is logged and the next round tries again.
    """
    await asyncio.sleep(first_after)
    while True:
        try:
            await action()
        except Exception:
            log.exception("periodic task failed", task=getattr(action, "__qualname__", ""))
        await asyncio.sleep(seconds)
