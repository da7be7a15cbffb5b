"""Users' limits, checked under a lock: one transaction at a time takes from a user's quota."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from fotograma_kit.problems import Unauthenticated
from sqlalchemy.ext.asyncio import AsyncSession

from fotograma_video.errors import FileTooLarge, QuotaExceeded, TooManyAtOnce
from fotograma_video.models import Upload
from fotograma_video.settings import VideoSettings
from fotograma_video.users.limits import UserLimits
from fotograma_video.users.repository import Usage, UserRepository

DAY = timedelta(days=1)
"""The daily limit is on what was uploaded within the last 24 hours."""
_RETRY_AFTER = {"Retry-After": "10"}


@dataclass(frozen=True, slots=True)
class Account:
    """What a user may have, and has."""

    limits: UserLimits
    usage: Usage


@dataclass(frozen=True, slots=True)
class Allowance:
    """How large an upload may become."""

    limits: UserLimits
    left_bytes: int
    """What storage and day still take."""
    is_storage_short: bool = True
    """Whether it is storage that takes no more, rather than the day."""

    def check(self, size_bytes: int) -> None:
        """Raises `FileTooLarge`, or `QuotaExceeded` where other videos leave too little room."""
        _check_file(self.limits, size_bytes, "body.file")
        if size_bytes > self.left_bytes:
            raise QuotaExceeded(
                f"Your account takes only {self.left_bytes} more bytes now. Delete some videos, "
                "or come back tomorrow.",
                limit=self.left_bytes,
                which="storage_bytes" if self.is_storage_short else "daily_upload_bytes",
            )


class Quotas:
    """Reads and enforces users' limits."""

    def __init__(self, settings: VideoSettings, now: Callable[[], datetime]) -> None:
        self._settings = settings
        self._now = now

    async def limits(self, session: AsyncSession, owner_id: UUID) -> UserLimits:
        """What the user may have."""
        quota = await UserRepository(session).quota(owner_id)
        return UserLimits.of(self._settings, quota)

    async def account(self, session: AsyncSession, owner_id: UUID) -> Account:
        """What the user may have, and has now."""
        usage = await UserRepository(session).usage(owner_id, since=self._now() - DAY)
        return Account(await self.limits(session, owner_id), usage)

    async def for_upload(
        self, session: AsyncSession, owner_id: UUID, declared_bytes: int, beside_bytes: int = 0
    ) -> Allowance:
        """How large the upload may become. Raises what it exceeds already.

        Of the declared bytes `beside_bytes` may be other things than the file.
        """
        account = await self._locked_account(session, owner_id)
        limits, usage = account.limits, account.usage
        is_form = beside_bytes > 0
        field = "body.file" if is_form else FileTooLarge.field
        _check_file(limits, declared_bytes - beside_bytes, field)
        if usage.uploads_in_progress >= limits.uploads_in_progress:
            raise TooManyAtOnce(
                f"At most {limits.uploads_in_progress} uploads may be in progress.",
                headers=_RETRY_AFTER,
                limit=limits.uploads_in_progress,
                which="uploads_in_progress",
            )
        if usage.videos + usage.uploads_in_progress >= limits.videos:
            raise QuotaExceeded(
                f"You may keep at most {limits.videos} videos. Delete some first.",
                limit=limits.videos,
                which="videos",
            )
        _check_running(account)
        _check_bytes(account, declared_bytes)
        storage, daily = _storage_left(account), _daily_left(account)
        return Allowance(limits, min(storage, daily), is_storage_short=storage <= daily)

    async def for_arrived(
        self, session: AsyncSession, upload: Upload, size_bytes: int, extractions: int
    ) -> None:
        """Correct what was reserved: the upload, which is no longer in progress, has this size,
        and this many extractions begin.

        Raises `QuotaExceeded` where more has come than was declared and there is no room for it,
        or `TooManyAtOnce` where more than one extraction begins and not all of them may.
        """
        if size_bytes <= upload.reserved_bytes and extractions <= 1:
            return
        account = await self._locked_account(session, upload.owner_id)
        if size_bytes > upload.reserved_bytes:
            _check_bytes(account, size_bytes)
        if extractions > 1:
            _check_running(account, extractions)

    async def for_extraction(self, session: AsyncSession, owner_id: UUID) -> None:
        """Raises what another extraction would exceed."""
        account = await self._locked_account(session, owner_id)
        _check_running(account)
        if _storage_left(account) <= 0:
            raise QuotaExceeded(
                f"Your storage of {account.limits.storage_bytes} bytes is full. "
                "Delete some videos first.",
                limit=account.limits.storage_bytes,
                which="storage_bytes",
            )

    async def holds(self, session: AsyncSession, owner_id: UUID) -> bool:
        """Whether the user's storage holds all the user has, and what is under way at most.

        What this transaction has changed counts, and nothing is taken until it ends.
        """
        await session.flush()
        await UserRepository(session).lock(owner_id)
        return _storage_left(await self.account(session, owner_id)) >= 0

    async def for_resumed(self, session: AsyncSession, owner_id: UUID) -> None:
        """Raises `QuotaExceeded` where an extraction that goes on has no room any more."""
        if not await self.holds(session, owner_id):
            limits = await self.limits(session, owner_id)
            raise QuotaExceeded(
                f"Your storage of {limits.storage_bytes} bytes does not hold its frames. "
                "Delete some videos first.",
                limit=limits.storage_bytes,
                which="storage_bytes",
            )

    async def _locked_account(self, session: AsyncSession, owner_id: UUID) -> Account:
        await UserRepository(session).lock(owner_id)
        if await UserRepository(session).is_erased(owner_id):
            raise Unauthenticated("The account no longer exists.")
        return await self.account(session, owner_id)


def _check_file(limits: UserLimits, size_bytes: int, field: str) -> None:
    """Raises `FileTooLarge`, which this field of the request is to blame for."""
    if size_bytes > limits.upload_bytes:
        raise FileTooLarge(
            f"A video may have at most {limits.upload_bytes} bytes.",
            field=field,
            field_limit=limits.upload_bytes,
            limit=limits.upload_bytes,
            which="upload_bytes",
        )


def _check_running(account: Account, more: int = 1) -> None:
    limit = account.limits.running_extractions
    if account.usage.running_extractions + account.usage.uploads_in_progress + more > limit:
        raise TooManyAtOnce(
            f"At most {limit} extractions may be under way. Wait for one to end.",
            headers=_RETRY_AFTER,
            limit=limit,
            which="running_extractions",
        )


def _check_bytes(account: Account, size_bytes: int) -> None:
    """Raises `QuotaExceeded` where that many more bytes, at least one, find no room."""
    limits, needed = account.limits, max(size_bytes, 1)
    if (left := _storage_left(account)) < needed:
        raise QuotaExceeded(
            f"Your storage holds {limits.storage_bytes} bytes, of which {max(left, 0)} are free. "
            "Delete some videos first.",
            limit=limits.storage_bytes,
            which="storage_bytes",
        )
    if (left := _daily_left(account)) < needed:
        raise QuotaExceeded(
            f"You may upload {limits.daily_upload_bytes} bytes within 24 hours, of which "
            f"{max(left, 0)} are left. Come back later.",
            limit=limits.daily_upload_bytes,
            which="daily_upload_bytes",
        )


def _storage_left(account: Account) -> int:
    return account.limits.storage_bytes - account.usage.storage_bytes


def _daily_left(account: Account) -> int:
    return account.limits.daily_upload_bytes - account.usage.daily_upload_bytes
