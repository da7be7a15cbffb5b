"""Consume messages: parse, call one use case, name the outcome."""

from typing import Any

from fotograma_contracts.base import Message
from fotograma_contracts.extractions import (
    ArchiveAssemble,
    ArchiveAssembled,
    ExtractionPlan,
    ExtractionPlanned,
    ExtractionRejected,
    SegmentExtract,
    SegmentExtracted,
    SegmentFailed,
    ShortSegmentExtract,
)
from fotograma_contracts.topology import DEAD_COMMANDS, VIDEO_EVENTS
from fotograma_contracts.users import UserDeleted
from fotograma_kit.broker import Broker, Consumer, Done, Handler, Outcome, Parked

from fotograma_video.dead_commands import DeadCommandRecorder
from fotograma_video.extractions.process_manager import ProcessManager
from fotograma_video.upkeep.erasure import Erasure

EVENT_SLOTS = 8
DEAD_SLOTS = 1

WorkerCommand = ExtractionPlan | SegmentExtract | ShortSegmentExtract | ArchiveAssemble


def event_consumer(broker: Broker, processing: ProcessManager, erasure: Erasure) -> Consumer:
    """Consume the workers' reports and the deletions of users."""

    async def planned(event: ExtractionPlanned) -> Outcome:
        await processing.planned(event)
        return Done()

    async def rejected(event: ExtractionRejected) -> Outcome:
        await processing.rejected(event)
        return Done()

    async def extracted(event: SegmentExtracted) -> Outcome:
        await processing.segment_extracted(event)
        return Done()

    async def failed(event: SegmentFailed) -> Outcome:
        await processing.segment_failed(event)
        return Done()

    async def assembled(event: ArchiveAssembled) -> Outcome:
        await processing.archive_assembled(event)
        return Done()

    async def user_deleted(event: UserDeleted) -> Outcome:
        await erasure.erase_user(event.user_id)
        return Done()

    handlers: dict[type[Message], Handler[Any]] = {
        ExtractionPlanned: planned,
        ExtractionRejected: rejected,
        SegmentExtracted: extracted,
        SegmentFailed: failed,
        ArchiveAssembled: assembled,
        UserDeleted: user_deleted,
    }
    return Consumer(broker, VIDEO_EVENTS, handlers, slots=EVENT_SLOTS)


def dead_command_consumer(
    broker: Broker, processing: ProcessManager, recorder: DeadCommandRecorder
) -> Consumer:
    """Consume dead-lettered commands: record them for administrators, fail their extraction, and
    park them in the graveyard.
    """

    async def dead(command: WorkerCommand) -> Outcome:
        await processing.dead_lettered(command, command.extraction_id)
        return Parked("given up by the workers")

    handlers: dict[type[Message], Handler[Any]] = dict.fromkeys(DEAD_COMMANDS.messages, dead)
    return Consumer(broker, DEAD_COMMANDS, handlers, slots=DEAD_SLOTS, record=recorder.record)
