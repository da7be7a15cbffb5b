"""Cancelled extractions: drop their commands, and end their running work."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

import structlog
from fotograma_contracts.extractions import ArchiveAssemble, ExtractionCancelled, ExtractionPlan
from fotograma_kit.broker import Done, Outcome

from fotograma_worker.jobs.piece_writer import SegmentCommand

log = structlog.get_logger(__name__)

MAX_REMEMBERED = 10_000
"""Cancellations remembered; the video service ignores the results of a forgotten one."""

C = TypeVar("C", ExtractionPlan, SegmentCommand, ArchiveAssemble)
_Command = ExtractionPlan | SegmentCommand | ArchiveAssemble


class Cancellations:
    """The cancelled extractions, and the commands that run in this worker."""

    def __init__(self) -> None:
        self._cancelled_at: OrderedDict[UUID, datetime] = OrderedDict()
        self._running: dict[asyncio.Task[Outcome], _Command] = {}

    def cancel(self, event: ExtractionCancelled) -> None:
        """End the extraction's running work, which kills its decoding children."""
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
        """Wrap a handler: acknowledge the command of a cancelled extraction without running it."""

        async def guarded(command: C) -> Outcome:
            if self._is_cancelled(command):
                return Done()
            task = asyncio.ensure_future(handle(command))
            self._running[task] = command
            try:
                return await task
            except asyncio.CancelledError:
                # Otherwise this consumer is being stopped.
                if self._is_cancelled(command):
                    return Done()
                raise
            finally:
                del self._running[task]

        return guarded

    def _is_cancelled(self, command: _Command) -> bool:
        """Whether the command is older than the cancellation; a later one belongs to a retry."""
        cancelled_at = self._cancelled_at.get(command.extraction_id)
        return cancelled_at is not None and command.occurred_at <= cancelled_at
