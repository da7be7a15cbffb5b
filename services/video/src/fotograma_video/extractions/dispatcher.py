"""Dispatches waiting segments to the queues: users in turn, and never far ahead of the workers.

A queue is first in, first out; what is in it can no longer be reordered. So only a few commands
per consumer are under way, and the rest waits here, where fairness can still be decided.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from uuid import UUID

import structlog
from fotograma_contracts.base import Message
from fotograma_contracts.topology import SEGMENT_QUEUE, SHORT_SEGMENT_QUEUE
from fotograma_kit.broker import Broker, BrokerUnavailable
from fotograma_kit.causes import Cause
from fotograma_kit.database import Database, DatabaseUnavailable, Wakeup
from fotograma_kit.outbox import Outbox
from sqlalchemy.ext.asyncio import AsyncSession

from fotograma_video.domain import Lane
from fotograma_video.extractions.commands import Commands
from fotograma_video.extractions.dispatch_repository import DispatchRepository
from fotograma_video.metrics import BACKLOG, BACKLOG_AGE
from fotograma_video.models import Extraction, OutboxMessage, Segment, Video
from fotograma_video.settings import VideoSettings

log = structlog.get_logger(__name__)

POLL_SECONDS = 1.0
GATHER_SECONDS = 0.1
"""It dispatches no more often than this, however often it is woken."""
_QUEUES = {Lane.SHORT: SHORT_SEGMENT_QUEUE, Lane.LONG: SEGMENT_QUEUE}


class Dispatcher:
    """One runs at a time, whatever the number of replicas."""

    def __init__(
        self,
        database: Database,
        broker: Broker,
        wakeup: Wakeup,
        commands: Commands,
        settings: VideoSettings,
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._broker = broker
        self._wakeup = wakeup
        self._commands = commands
        self._settings = settings
        self._now = now
        self._outbox = Outbox(OutboxMessage)

    async def run(self) -> None:
        """Dispatch until cancelled."""
        while True:
            try:
                await self.dispatch()
            except (BrokerUnavailable, DatabaseUnavailable) as error:
                log.warning("nothing dispatched", error=str(error))
            except Exception:  # a row that this release cannot read must not end the relay as well
                log.exception("dispatching failed")
            # Many reports come at once: the first has woken it, and it serves the others too.
            await asyncio.sleep(GATHER_SECONDS)
            await self._wakeup.wait(POLL_SECONDS)

    async def dispatch(self) -> int:
        """Fill the lanes once; returns how many segments were handed out.

        The short lane takes short segments only. The long one takes any, so that it is not idle
        while short ones wait. Raises `BrokerUnavailable` or `DatabaseUnavailable`.
        """
        consumers = {
            lane: await self._broker.consumers_of(queue) for lane, queue in _QUEUES.items()
        }
        async with self._database.transaction() as session:
            dispatch = DispatchRepository(session)
            if not await dispatch.try_lock():
                return 0
            if not await self._measure(dispatch):
                return 0
            under_way, depth = await dispatch.under_way(), self._settings.dispatch_depth
            room = {lane: consumers[lane] * depth - under_way[lane] for lane in Lane}
            return sum(
                [
                    await self._fill(session, Lane.SHORT, room[Lane.SHORT]),
                    await self._fill(session, Lane.LONG, room[Lane.LONG]),
                ]
            )

    async def _fill(self, session: AsyncSession, lane: Lane, room: int) -> int:
        if room <= 0:
            return 0
        dispatch = DispatchRepository(session)
        shorter_than = self._settings.segment_short_seconds if lane is Lane.SHORT else None
        chosen = await dispatch.next_segments(room, shorter_than)
        of = await dispatch.with_videos({segment.extraction_id for segment in chosen})
        for extraction_id in of:
            indexes = [each.index for each in chosen if each.extraction_id == extraction_id]
            await dispatch.hand_out(extraction_id, indexes, lane, self._now())
        await self._outbox.add_each(session, self._extract(chosen, of, lane))
        return len(chosen)

    def _extract(
        self,
        chosen: Iterable[Segment],
        of: Mapping[UUID, tuple[Extraction, Video]],
        lane: Lane,
    ) -> Iterator[tuple[Message, Cause]]:
        for segment in chosen:
            extraction, video = of[segment.extraction_id]
            command = self._commands.extract(segment, extraction, video, lane)
            yield command, extraction.cause

    async def _measure(self, dispatch: DispatchRepository) -> int:
        """Tell the metrics how much waits and runs; returns how many segments wait."""
        backlog = await dispatch.backlog()
        BACKLOG.labels("waiting").set(backlog.waiting)
        BACKLOG.labels("running").set(backlog.dispatched)
        age = (self._now() - backlog.oldest).total_seconds() if backlog.oldest else 0.0
        BACKLOG_AGE.set(age)
        return backlog.waiting
