"""Extractions that nobody wants any more: their commands are dropped, their work is ended."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

import structlog
from fotograma_contracts.extractions import ArchiveAssemble, ExtractionCancelled, ExtractionPlan
from fotograma_kit.broker import Done, Outcome

from fotograma_worker.jobs.extraction import SegmentWork

log = structlog.get_logger(__name__)

MAX_REMEMBERED = 10_000
"""Cancellations remembered; the video service ignores what comes of a forgotten one."""

C = TypeVar("C", ExtractionPlan, SegmentWork, ArchiveAssemble)
_Command = ExtractionPlan | SegmentWork | ArchiveAssemble


class Cancellations:
    """What was cancelled, and what of it runs here."""

    def __init__(self) -> None:
        self._cancelled_at: OrderedDict[UUID, datetime] = OrderedDict()
        self._running: dict[asyncio.Task[Outcome], _Command] = {}

    def hear(self, event: ExtractionCancelled) -> None:
        """End the extraction's running work. Its decoding children are killed with it."""
        self._cancelled_at[event.extraction_id] = event.occurred_at
        if len(self._cancelled_at) > MAX_REMEMBERED:
            self._cancelled_at.popitem(last=False)
        for task, command in self._running.items():
            if self._is_cancelled(command):
                log.info("work cancelled", extraction_id=str(command.extraction_id))
                task.cancel()

    def guard(
        self, handle: Callable[[C], Awaitable[Outcome]]
    ) -> Callable[[C], Coroutine[Any, Any, Outcome]]:
        """The same handler, done at once with a command of a cancelled extraction."""

        async def guarded(command: C) -> Outcome:
            if self._is_cancelled(command):
                return Done()
            task = asyncio.ensure_future(handle(command))
            self._running[task] = command
            try:
                return await task
            except asyncio.CancelledError:
                # Else it is this consumer that is being stopped.
                if self._is_cancelled(command):
                    return Done()
                raise
            finally:
                del self._running[task]

        return guarded

    def _is_cancelled(self, command: _Command) -> bool:
        """A command that was issued later belongs to a retry."""
        cancelled_at = self._cancelled_at.get(command.extraction_id)
        return cancelled_at is not None and command.occurred_at <= cancelled_at
