"""Extractions as users ask for them. What becomes of them is `processing`'s."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from uuid import UUID, uuid4

from fotograma_contracts.recipe import Recipe
from fotograma_kit.database import Database
from fotograma_kit.outbox import Outbox
from fotograma_kit.telemetry import current_traceparent
from sqlalchemy.ext.asyncio import AsyncSession

from fotograma_video.commands import Commands
from fotograma_video.domain import ExtractionStatus, video_status
from fotograma_video.errors import ExtractionNotFound, VideoNotFound
from fotograma_video.idempotency import Claim, Idempotency
from fotograma_video.models import Extraction, OutboxMessage, Segment, Video
from fotograma_video.quotas import Quotas
from fotograma_video.repository import ExtractionRepository, VideoRepository

ROUTE = "POST /video/{id}/extractions"


class Extractions:
    """Starting and reading extractions."""

    def __init__(
        self,
        database: Database,
        commands: Commands,
        idempotency: Idempotency,
        quotas: Quotas,
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._commands = commands
        self._idempotency = idempotency
        self._quotas = quotas
        self._now = now
        self._outbox = Outbox(OutboxMessage)

    async def begin(self, session: AsyncSession, video: Video, recipe: Recipe) -> Extraction:
        """Create an extraction and ask for its plan, in the caller's transaction."""
        now = self._now()
        extraction = Extraction(
            id=uuid4(),
            video_id=video.id,
            owner_id=video.owner_id,
            recipe=recipe,
            status=ExtractionStatus.PLANNING,
            attempt=1,
            issued_at=now,
            traceparent=current_traceparent(),
            created_at=now,
        )
        extractions = ExtractionRepository(session)
        extractions.add(extraction)
        await session.flush()
        video.status = video_status(await extractions.statuses(video.id))
        await self._outbox.add(session, self._commands.plan(extraction, video))
        return extraction

    async def start(
        self, owner_id: UUID, video_id: UUID, recipe: Recipe, idempotency_key: str | None
    ) -> UUID:
        """Another recipe on the same source; returns the extraction's id.

        Raises `VideoNotFound`, or what the user's quotas do not allow.
        """
        if idempotency_key is None:
            return await self._start(owner_id, video_id, recipe, None)
        route = ROUTE.format(id=video_id)
        claim = await self._idempotency.claim(owner_id, route, idempotency_key, self._now())
        if (earlier := claim.earlier(_fingerprint(recipe))) is not None:
            return earlier
        try:
            return await self._start(owner_id, video_id, recipe, claim)
        except BaseException:
            await asyncio.shield(self._idempotency.release(claim))
            raise

    async def _start(
        self, owner_id: UUID, video_id: UUID, recipe: Recipe, claim: Claim | None
    ) -> UUID:
        async with self._database.transaction() as session:
            video = await VideoRepository(session).find(owner_id, video_id, lock=True)
            if video is None:
                raise VideoNotFound
            await self._quotas.for_extraction(session, owner_id)
            extraction = await self.begin(session, video, recipe)
            if claim is not None:
                await self._idempotency.complete(
                    session, claim, _fingerprint(recipe), extraction.id
                )
            return extraction.id

    async def get(
        self, owner_id: UUID, video_id: UUID, extraction_id: UUID
    ) -> tuple[Extraction, list[Segment]]:
        """An extraction with its segments. Raises `VideoNotFound` or `ExtractionNotFound`."""
        async with self._database.transaction() as session:
            if await VideoRepository(session).find(owner_id, video_id) is None:
                raise VideoNotFound
            extractions = ExtractionRepository(session)
            extraction = await extractions.find(video_id, extraction_id)
            if extraction is None:
                raise ExtractionNotFound
            return extraction, list(await extractions.segments(extraction_id))


def _fingerprint(recipe: Recipe) -> str:
    """What the request asks for, for its Idempotency-Key."""
    return sha256(recipe.model_dump_json().encode()).hexdigest()
