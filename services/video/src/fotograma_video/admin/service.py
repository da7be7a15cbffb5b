"""What administrators see and decide: users' limits, where extractions are, and what died."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from fotograma_kit.database import Database
from sqlalchemy.ext.asyncio import AsyncSession

from fotograma_video.dead_commands import DeadCommandRepository, OwnedDeadCommand
from fotograma_video.domain import ExtractionStatus
from fotograma_video.errors import UserNotFound
from fotograma_video.extractions.repository import ExtractionRepository
from fotograma_video.models import Extraction
from fotograma_video.settings import VideoSettings
from fotograma_video.upkeep.retention_repository import RetentionRepository
from fotograma_video.users.limits import OwnLimits
from fotograma_video.users.quotas import Account, Quotas
from fotograma_video.users.repository import UserRepository

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class UserAccount:
    """A user's own limits, what they come to, and what the user has."""

    user_id: UUID
    own: OwnLimits
    account: Account


class Administration:
    """For administrators and operators."""

    def __init__(
        self,
        database: Database,
        quotas: Quotas,
        settings: VideoSettings,
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._quotas = quotas
        self._notice = timedelta(days=settings.video_retention_notice_days)
        self._now = now

    async def user_account(self, user_id: UUID) -> UserAccount:
        """A user's limits and usage. An unknown user has the service's limits and uses nothing.

        Raises `UserNotFound` for a deleted user.
        """
        async with self._database.transaction() as session:
            return await self._user_account(session, user_id)

    async def limit_user(self, admin_id: UUID, user_id: UUID, own: OwnLimits) -> UserAccount:
        """Replace a user's own limits.

        What the user has already stays, also beyond a smaller limit; but videos are kept for as
        long as is said now, and for another `VIDEO_RETENTION_NOTICE_DAYS` at least. Raises
        `UserNotFound` for a deleted user.
        """
        async with self._database.transaction() as session:
            await UserRepository(session).lock(user_id)
            before = await self._user_account(session, user_id)
            changed = {"changed_at": self._now(), "changed_by": admin_id}
            await UserRepository(session).put_quota(user_id, {**asdict(own), **changed})
            after = await self._user_account(session, user_id)
            if after.own.retention_days != before.own.retention_days:
                await self._redate(session, after)
        log.info("user limited", user_id=str(user_id), admin_id=str(admin_id), **asdict(own))
        return after

    async def extractions(
        self,
        *,
        status: ExtractionStatus | None,
        owner_id: UUID | None,
        after: UUID | None,
        limit: int,
    ) -> Sequence[Extraction]:
        """All users' extractions, newest first."""
        async with self._database.transaction() as session:
            return await ExtractionRepository(session).page(
                status=status, owner_id=owner_id, after=after, limit=limit
            )

    async def dead_commands(self, *, after: UUID | None, limit: int) -> Sequence[OwnedDeadCommand]:
        """The commands that the workers gave up, those that died last first."""
        async with self._database.transaction() as session:
            return await DeadCommandRepository(session).page(after=after, limit=limit)

    async def _redate(self, session: AsyncSession, user: UserAccount) -> None:
        await RetentionRepository(session).redate(
            user.user_id, user.account.limits.retention_days, self._now() + self._notice
        )

    async def _user_account(self, session: AsyncSession, user_id: UUID) -> UserAccount:
        if await UserRepository(session).is_erased(user_id):
            raise UserNotFound
        own = OwnLimits.of(await UserRepository(session).quota(user_id))
        return UserAccount(user_id, own, await self._quotas.account(session, user_id))
