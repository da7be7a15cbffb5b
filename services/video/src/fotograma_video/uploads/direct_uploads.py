"""Direct uploads: the client sends its parts to S3 itself, and may pause, resume or start over.

The API never sees the bytes. What S3 has is what counts: it is asked which parts there are, and
when the client completes the upload, whether each is there and has its size. Where one is not, the
answer names it, and nothing is lost: only its owner or its expiry ends an upload.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID, uuid4

import structlog
from fotograma_contracts.recipe import Recipe
from fotograma_kit.database import Database
from fotograma_kit.field_errors import FieldErrorCode
from fotograma_kit.s3 import MAX_PARTS, PartsChanged, StoredObject, StoredPart

from fotograma_video.errors import (
    BadPartNumber,
    PartsMissing,
    StorageUnavailable,
    UploadNotFound,
    UploadStalled,
)
from fotograma_video.idempotency import Claim, Idempotency
from fotograma_video.metrics import UPLOADS
from fotograma_video.models import Upload
from fotograma_video.object_keys import new_source_key
from fotograma_video.settings import VideoSettings
from fotograma_video.storage import Storage
from fotograma_video.sweeps import SweepRepository
from fotograma_video.uploads.intake import Intake, StoredSource, UploadOptions
from fotograma_video.uploads.repository import UploadRepository
from fotograma_video.users.quotas import Quotas
from fotograma_video.videos.repository import VideoRepository

log = structlog.get_logger(__name__)

ROUTE = "POST /video/uploads"
MAX_LISTED = 100
"""Unfinished uploads that one answer lists; the storage is asked about each."""
PARTS_AT_ONCE = 1_000
"""How many parts one request signs, and how many of each kind an answer names at most: the numbers
of all the parts that S3 takes would be 60 kB."""
_JOIN_ATTEMPTS = 3
"""Attempts at joining parts that change meanwhile."""
_MIB = 1024**2


@dataclass(frozen=True, slots=True)
class UploadProgress:
    """An upload, and the parts of it that S3 has."""

    upload: Upload
    parts: Sequence[StoredPart]

    @property
    def part_count(self) -> int:
        """How many parts the upload needs."""
        return part_count(self.upload.reserved_bytes, self.upload.part_bytes or 1)

    @property
    def arrived_bytes(self) -> int:
        """Bytes that need not be sent again."""
        sizes = part_sizes(self.upload)
        return sum(p.size_bytes for p in self.parts if sizes.get(p.number) == p.size_bytes)


@dataclass(frozen=True, slots=True)
class FileToSend:
    """The file of a new upload, as its client describes it."""

    name: str
    size_bytes: int
    fingerprint: str | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """What its user chose while the upload was sent; None: as it was said at its beginning."""

    name: str | None = None
    recipes: tuple[Recipe, ...] | None = None


@dataclass(frozen=True, slots=True)
class Gaps:
    """The numbers of parts that have to be sent (again), in order."""

    missing: Sequence[int]
    wrong_size: Sequence[int]

    def check(self, part_count: int) -> None:
        """Raises `PartsMissing` where there are any."""
        if not self.missing and not self.wrong_size:
            return
        raise PartsMissing(
            f"Of {part_count} parts {len(self.missing)} have not arrived, and "
            f"{len(self.wrong_size)} have another size. Send those again, each takes the place of "
            "the one before, and complete the upload then. What has arrived is kept.",
            missing=self.missing[:PARTS_AT_ONCE],
            missing_count=len(self.missing),
            wrong_size=self.wrong_size[:PARTS_AT_ONCE],
            wrong_size_count=len(self.wrong_size),
        )


@dataclass(frozen=True, slots=True)
class SignedParts:
    """Where parts can be sent, without a token, until `expires_at`."""

    urls: Mapping[int, str]
    expires_at: datetime


class DirectUploads:
    """Uploads from a client straight to S3."""

    def __init__(
        self,
        database: Database,
        storage: Storage,
        intake: Intake,
        idempotency: Idempotency,
        quotas: Quotas,
        settings: VideoSettings,
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._storage = storage
        self._intake = intake
        self._idempotency = idempotency
        self._quotas = quotas
        self._settings = settings
        self._now = now

    async def create(
        self, owner_id: UUID, file: FileToSend, options: UploadOptions, key: str | None
    ) -> UUID:
        """Reserve storage and open the upload; returns its id, which its video will have.

        Raises what the user's quotas do not allow, before any byte travels.
        """
        if key is None:
            return await self._create(owner_id, file, options, None)
        claim = await self._idempotency.claim(owner_id, ROUTE, key, self._now())
        if (earlier := claim.earlier(_fingerprint(file, options))) is not None:
            return earlier
        async with self._idempotency.held(claim):
            return await self._create(owner_id, file, options, claim)

    async def in_progress(self, owner_id: UUID) -> list[UploadProgress]:
        """The user's unfinished uploads, the last used first. Raises `StorageUnavailable`.

        One that ends meanwhile is left out.
        """
        async with self._database.transaction() as session:
            uploads = await UploadRepository(session).direct_of(owner_id, MAX_LISTED)
        found = await asyncio.gather(*(self._unless_ended(upload) for upload in uploads))
        return [progress for progress in found if progress is not None]

    async def get(self, owner_id: UUID, upload_id: UUID) -> UploadProgress:
        """Which parts S3 has. Raises `UploadNotFound` or `StorageUnavailable`."""
        return await self._progress(await self._find(owner_id, upload_id))

    async def _unless_ended(self, upload: Upload) -> UploadProgress | None:
        try:
            return await self._progress(upload)
        except UploadNotFound:
            return None

    async def _progress(self, upload: Upload) -> UploadProgress:
        arrived = await self._arrived(upload)
        if isinstance(arrived, StoredObject):
            return UploadProgress(upload, _parts_of(upload, arrived))
        return UploadProgress(upload, arrived)

    async def sign(self, owner_id: UUID, upload_id: UUID, numbers: Sequence[int]) -> SignedParts:
        """URLs for parts, as often as they are asked for. Raises `UploadNotFound`."""
        upload = await self._find(owner_id, upload_id)
        count = UploadProgress(upload, ()).part_count
        check_part_numbers(numbers, count)
        now = self._now()
        async with self._database.transaction() as session:
            await UploadRepository(session).keep_until(upload_id, self._expiry(now))
        sizes = part_sizes(upload)
        wanted = {number: sizes[number] for number in numbers}
        urls = await self._storage.part_urls(upload.key, _opened(upload), wanted)
        seconds = self._settings.video_upload_url_seconds
        return SignedParts(urls, now + timedelta(seconds=seconds))

    async def complete(self, owner_id: UUID, upload_id: UUID, choice: Choice) -> UUID:
        """Make the parts one object and a video; returns the video's id.

        Once it is a video, completing it again changes nothing. Raises `UploadNotFound`,
        `StorageUnavailable`, `PartsMissing`, or `TooManyAtOnce` for too many recipes; the upload
        stays, whatever is raised.
        """
        try:
            await self._complete(owner_id, upload_id, choice)
        except (UploadNotFound, UploadStalled):
            # It may be a video already: the request is repeated, or another one was faster.
            if not await self._is_video(owner_id, upload_id):
                raise UploadNotFound from None
        return upload_id

    async def abort(self, owner_id: UUID, upload_id: UUID) -> None:
        """Abort the upload and delete its parts. Raises `UploadNotFound`."""
        upload = await self._find(owner_id, upload_id)
        now = self._now()
        async with self._database.transaction() as session:
            if not await UploadRepository(session).remove(upload_id):
                # Another request has made it a video meanwhile, which keeps the object.
                raise UploadNotFound
            # And again later: an object that is being joined right now would be left behind.
            again = now + timedelta(seconds=self._settings.sweep_again_seconds)
            SweepRepository(session).add(upload.key, now, again)
        UPLOADS.labels("cancelled").inc()

    async def _create(
        self,
        owner_id: UUID,
        file: FileToSend,
        options: UploadOptions,
        claim: Claim | None,
    ) -> UUID:
        now = self._now()
        upload_id = uuid4()
        upload = Upload(
            id=upload_id,
            owner_id=owner_id,
            key=new_source_key(upload_id),
            reserved_bytes=file.size_bytes,
            expires_at=self._expiry(now),
            name=file.name,
            part_bytes=part_size(file.size_bytes, self._settings.video_upload_part_bytes),
            recipe=options.recipes[0],
            retention_days=options.retention_days,
            fingerprint=file.fingerprint,
        )
        async with self._database.transaction() as session:
            allowance = await self._quotas.for_upload(session, owner_id, file.size_bytes)
            allowance.limits.check_retention(options.retention_days)
            UploadRepository(session).add(upload)
        # The row is there first: whatever S3 opens, the janitor knows where to look for it.
        s3_upload_id = await self._storage.open_upload(upload.key)
        async with self._database.transaction() as session:
            await UploadRepository(session).opened(upload_id, s3_upload_id)
            if claim is not None:
                fingerprint = _fingerprint(file, options)
                await self._idempotency.complete(session, claim, fingerprint, upload_id)
        return upload_id

    async def _complete(self, owner_id: UUID, upload_id: UUID, choice: Choice) -> None:
        upload = await self._find(owner_id, upload_id)
        source = await self._assemble(upload, choice.name)
        recipes = choice.recipes or (upload.recipe or Recipe(),)
        async with self._database.transaction() as session:
            options = UploadOptions(recipes, upload.retention_days)
            await self._intake.create_video(session, upload, source, options)
        UPLOADS.labels("accepted").inc()

    async def _is_video(self, owner_id: UUID, upload_id: UUID) -> bool:
        async with self._database.transaction() as session:
            return await VideoRepository(session).find(owner_id, upload_id) is not None

    async def _find(self, owner_id: UUID, upload_id: UUID) -> Upload:
        async with self._database.transaction() as session:
            upload = await UploadRepository(session).find_direct(owner_id, upload_id)
        if upload is None:
            raise UploadNotFound
        return upload

    async def _assemble(self, upload: Upload, name: str | None) -> StoredSource:
        file_name = upload.name or "video"
        for _ in range(_JOIN_ATTEMPTS):
            try:
                stored = await self._join(upload)
            except PartsChanged:
                continue
            size = upload.reserved_bytes
            return StoredSource(name or file_name, file_name, size, None, stored)
        raise StorageUnavailable("Parts keep changing. Complete the upload when they are sent.")

    async def _join(self, upload: Upload) -> StoredObject:
        arrived = await self._arrived(upload)
        if isinstance(arrived, StoredObject):
            return arrived
        wanted = part_sizes(upload)
        gaps_between(wanted, arrived).check(len(wanted))
        parts = [part for part in arrived if part.number in wanted]
        return await self._storage.complete_upload(upload.key, _opened(upload), parts)

    async def _arrived(self, upload: Upload) -> StoredObject | Sequence[StoredPart]:
        """What S3 has: the parts; or the object, where they were joined and no video came of it."""
        parts = await self._storage.parts(upload.key, _opened(upload))
        if parts:
            return current_parts(part_sizes(upload), parts)
        stored = await self._storage.stored_object(upload.key)
        if stored is not None:
            return stored
        if parts is None:
            await self._reopen(upload)
        return []

    async def _reopen(self, upload: Upload) -> None:
        """Open the upload anew where S3 has aborted it, as buckets may after some days."""
        earlier = _opened(upload)
        s3_upload_id = await self._storage.open_upload(upload.key)
        async with self._database.transaction() as session:
            taken = await UploadRepository(session).reopened(upload.id, earlier, s3_upload_id)
        if taken:
            log.warning("upload opened anew", upload_id=str(upload.id))
            return
        await self._storage.abort_upload(upload.key, s3_upload_id)
        # Another request has opened it anew meanwhile; or it has ended, and this raises.
        await self._find(upload.owner_id, upload.id)

    def _expiry(self, now: datetime) -> datetime:
        return now + timedelta(seconds=self._settings.video_direct_upload_seconds)


def part_size(size_bytes: int, smallest: int) -> int:
    """The size of all parts but the last: whole MiB, and never more parts than S3 takes."""
    needed = -(-size_bytes // MAX_PARTS)
    return max(smallest, -(-needed // _MIB) * _MIB)


def part_count(size_bytes: int, part_bytes: int) -> int:
    """How many parts a file is sent in."""
    return max(1, -(-size_bytes // part_bytes))


def check_part_numbers(numbers: Sequence[int], count: int) -> None:
    """Raises `BadPartNumber` for the first number that no part of so many has."""
    for index, number in enumerate(numbers):
        if not 1 <= number <= count:
            is_large = number > count
            raise BadPartNumber(
                f"This upload has the parts 1 to {count}; {number} is not one.",
                field=f"{BadPartNumber.field}.{index}",
                field_code=FieldErrorCode.TOO_LARGE if is_large else FieldErrorCode.TOO_SMALL,
                field_limit=count if is_large else 1,
            )


def part_sizes(upload: Upload) -> dict[int, int]:
    """The size in bytes that each part must have, by its number."""
    part_bytes = upload.part_bytes or 1
    count = part_count(upload.reserved_bytes, part_bytes)
    last = upload.reserved_bytes - (count - 1) * part_bytes
    return dict.fromkeys(range(1, count), part_bytes) | {count: last}


def current_parts(wanted: Mapping[int, int], parts: Sequence[StoredPart]) -> list[StoredPart]:
    """One part for each number: the last one that has its size, or else the last one."""
    by_fit = sorted(parts, key=lambda part: part.size_bytes == wanted.get(part.number))
    chosen = {part.number: part for part in by_fit}
    return [chosen[number] for number in sorted(chosen)]


def gaps_between(wanted: Mapping[int, int], parts: Sequence[StoredPart]) -> Gaps:
    """The parts that are missing or of a wrong size; S3 itself accepts parts of other sizes."""
    arrived = {part.number: part.size_bytes for part in parts}
    return Gaps(
        missing=[number for number in wanted if number not in arrived],
        wrong_size=[number for number, size in wanted.items() if arrived.get(number, size) != size],
    )


def _parts_of(upload: Upload, stored: StoredObject) -> list[StoredPart]:
    """The parts that were joined: all, with the object's ETag, since their own are gone."""
    sizes = part_sizes(upload)
    return [StoredPart(number, size, stored.etag) for number, size in sizes.items()]


def _opened(upload: Upload) -> str:
    if upload.s3_upload_id is None:
        raise UploadNotFound
    return upload.s3_upload_id


def _fingerprint(file: FileToSend, options: UploadOptions) -> str:
    """The request's fingerprint for its Idempotency-Key. What recognises the file is no part of
    it: the release before does not know that.
    """
    asked = f"{file.name}\n{file.size_bytes}\n{options.text}"
    return sha256(asked.encode()).hexdigest()
