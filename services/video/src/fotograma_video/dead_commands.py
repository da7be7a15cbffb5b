"""Commands that the workers gave up, as administrators see them: what, where, when and how often.

The messages themselves lie in the graveyard, with all that they name. A row outlives the replay of
its command: it is what happened, not what lies there now.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

import structlog
from fotograma_contracts.base import Value
from fotograma_kit.broker import DeadLetter
from fotograma_kit.database import Database
from pydantic import Field, ValidationError
from sqlalchemy import delete, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from fotograma_video.models import DeadCommand, Extraction
from fotograma_video.redaction import redacted

log = structlog.get_logger(__name__)

_MAX_INTEGER = 2**31 - 1
"""PostgreSQL's."""


class _Named(Value):
    """What a command is about, of all that it says."""

    extraction_id: UUID | None = None
    index: Annotated[int, Field(ge=0, le=_MAX_INTEGER)] | None = None


@dataclass(frozen=True, slots=True)
class OwnedDeadCommand:
    """A dead command and whose it was; None where the extraction is deleted, or not known."""

    command: DeadCommand
    video_id: UUID | None
    owner_id: UUID | None


class DeadCommandRecorder:
    """Remembers dead commands."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    async def record(self, letter: DeadLetter) -> None:
        """Store what may be shown of it. The same death is stored once, however often it comes."""
        message_id = _id_of(letter)
        if message_id is None:
            log.warning("dead command without an id", routing_key=letter.routing_key)
            return
        named, died_at = _named_in(letter.body), letter.died_at or self._now()
        command = DeadCommand(
            message_id=message_id,
            routing_key=_storable(letter.routing_key),
            origin=None if letter.origin is None else _storable(letter.origin),
            reason=None if letter.reason is None else redacted(letter.reason),
            attempts=max(0, min(letter.attempts, _MAX_INTEGER)),
            deaths=1,
            extraction_id=named.extraction_id,
            segment=named.index,
            first_died_at=died_at,
            died_at=died_at,
        )
        async with self._database.transaction() as session:
            await DeadCommandRepository(session).add(command)


class DeadCommandRepository:
    """Rows of dead commands."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, command: DeadCommand) -> None:
        """Add the command; where it is there, and this death is a later one, count it."""
        values = {column.key: getattr(command, column.key) for column in DeadCommand.__table__.c}
        newer = ("origin", "reason", "attempts", "died_at")
        statement = insert(DeadCommand).values(values)
        await self._session.execute(
            statement.on_conflict_do_update(
                index_elements=[DeadCommand.message_id],
                set_={
                    "deaths": DeadCommand.deaths + 1,
                    **{name: statement.excluded[name] for name in newer},
                },
                where=DeadCommand.died_at < statement.excluded.died_at,
            )
        )

    async def page(self, *, after: UUID | None, limit: int) -> Sequence[OwnedDeadCommand]:
        """Those that died last first, from the one that follows `after` on."""
        query = select(DeadCommand, Extraction.video_id, Extraction.owner_id).outerjoin(
            Extraction, Extraction.id == DeadCommand.extraction_id
        )
        place = (DeadCommand.died_at, DeadCommand.message_id)
        if after is not None:
            last = select(*place).where(DeadCommand.message_id == after)
            query = query.where(tuple_(*place) < last.scalar_subquery())
        order = (column.desc() for column in place)
        rows = await self._session.execute(query.order_by(*order).limit(limit))
        return [OwnedDeadCommand(*row) for row in rows]

    async def delete_before(self, since: datetime) -> None:
        """Delete those that died last before `since`."""
        await self._session.execute(delete(DeadCommand).where(DeadCommand.died_at < since))


def _id_of(letter: DeadLetter) -> UUID | None:
    try:
        return UUID(letter.message_id)
    except (TypeError, ValueError):  # none of ours
        return None


def _storable(text: str) -> str:
    """Without the one character that PostgreSQL's text does not take."""
    return text.replace("\0", "")


def _named_in(body: bytes) -> _Named:
    try:
        return _Named.model_validate_json(body)
    except ValidationError:
        return _Named()
