"""Receiving a video: from a form on the wire to an object in S3 and an extraction under way."""

import asyncio
import hashlib
import re
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never
from uuid import UUID, uuid4

import structlog
from fotograma_contracts.recipe import Recipe
from fotograma_kit.database import Database, DatabaseUnavailable
from fotograma_kit.field_errors import FieldError, FieldErrorCode, field_errors, sentences
from fotograma_kit.object_writer import ObjectWriter
from fotograma_kit.problems import FieldProblem, by_field
from fotograma_kit.s3 import StoredObject
from pydantic import ValidationError

from fotograma_video.errors import BadForm, BadRecipe, BadRetention, EmptyFile
from fotograma_video.idempotency import Claim, Idempotency
from fotograma_video.metrics import UPLOADS
from fotograma_video.models import Upload
from fotograma_video.naming import clean_name
from fotograma_video.object_keys import new_source_key
from fotograma_video.settings import VideoSettings
from fotograma_video.storage import Storage
from fotograma_video.sweeps import SweepRepository
from fotograma_video.uploads.form_parser import FormEvent, PartData, PartEnd, PartStart
from fotograma_video.uploads.intake import Intake, StoredSource, UploadOptions
from fotograma_video.uploads.repository import UploadRepository
from fotograma_video.users.quotas import Allowance, Quotas
from fotograma_video.videos.repository import VideoRepository

log = structlog.get_logger(__name__)

FORM_OVERHEAD_BYTES = 512 * 1024
"""What a form may have beside its file: boundaries, headers and the recipe."""
MAX_RECIPE_BYTES = 256 * 1024
MAX_FIELD_NAME = 50
"""How much of an unknown field's name is told."""
HEARTBEAT_SECONDS = 10.0
"""How often a running upload extends its expiry."""
ROUTE = "POST /video"
_TEXT_FIELDS: Mapping[str, tuple[int, type[FieldProblem]]] = {
    "recipe": (MAX_RECIPE_BYTES, BadRecipe),
    "retention_days": (32, BadRetention),
}
"""How many bytes a field may have, and the problem that answers a longer one."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """A form that was received whole."""

    name: str
    size_bytes: int
    sha256: str
    options: UploadOptions
    stored: StoredObject | None
    """None where the bytes were only compared with an earlier upload's."""

    @property
    def fingerprint(self) -> str:
        """The request's fingerprint for its Idempotency-Key."""
        asked = f"{self.sha256}\n{self.name}\n{self.options.text}"
        return hashlib.sha256(asked.encode()).hexdigest()


class FormUploads:
    """Receives uploads as forms through the API."""

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
        self.idle_seconds = settings.video_upload_idle_seconds
        """How long nothing may arrive."""
        self._abandoned_after = timedelta(seconds=settings.video_upload_abandoned_seconds)
        self._now = now

    async def receive(
        self,
        owner_id: UUID,
        form: AsyncIterator[FormEvent],
        declared_bytes: int,
        idempotency_key: str | None,
    ) -> UUID:
        """Store the form's file and start its extraction; returns the video's id.

        `declared_bytes` is the size that the request declares at most, 0 if it declares none.
        """
        claim = None
        if idempotency_key is not None:
            claim = await self._idempotency.claim(owner_id, ROUTE, idempotency_key, self._now())
            if claim.earlier_result is not None:
                return await self._compare(claim, form)
        try:
            async with self._idempotency.held(claim):
                video_id = await self._store(owner_id, form, declared_bytes, claim)
        except BaseException:
            UPLOADS.labels("refused").inc()
            raise
        UPLOADS.labels("accepted").inc()
        return video_id

    async def _compare(self, claim: Claim, form: AsyncIterator[FormEvent]) -> UUID:
        async with self._database.transaction() as session:
            limits = await self._quotas.limits(session, claim.record.owner_id)
        # What is compared takes no room: only the size of one upload is limited.
        arrived = await self._arrive(form, None, Allowance(limits, limits.upload_bytes))
        earlier = claim.earlier(arrived.fingerprint)
        assert earlier is not None  # noqa: S101 - the caller has checked
        return earlier

    async def _store(
        self,
        owner_id: UUID,
        form: AsyncIterator[FormEvent],
        declared_bytes: int,
        claim: Claim | None,
    ) -> UUID:
        async with self._reserved(owner_id, declared_bytes) as (upload, allowance):
            async with self._storage.upload(upload.key) as target:
                form = self._with_heartbeats(upload, claim, form)
                arrived = await self._arrive(form, target, allowance)
            await self._accept(upload, arrived, claim)
        return upload.id

    @asynccontextmanager
    async def _reserved(
        self, owner_id: UUID, declared_bytes: int
    ) -> AsyncIterator[tuple[Upload, Allowance]]:
        """An upload's row while the block runs. If the block fails, nothing of it is left."""
        video_id = uuid4()
        upload = Upload(
            id=video_id,
            owner_id=owner_id,
            key=new_source_key(video_id),
            reserved_bytes=declared_bytes,
            expires_at=self._expiry(),
        )
        async with self._database.transaction() as session:
            allowance = await self._quotas.for_upload(
                session, owner_id, declared_bytes, beside_bytes=FORM_OVERHEAD_BYTES
            )
            UploadRepository(session).add(upload)
        try:
            yield upload, allowance
        except BaseException:
            await asyncio.shield(self._discard(upload))
            raise

    async def _discard(self, upload: Upload) -> None:
        try:
            async with self._database.transaction() as session:
                await UploadRepository(session).remove(upload.id)
                # It is a video where only the answer to the last commit was lost.
                if not await VideoRepository(session).exists(upload.id):
                    SweepRepository(session).add(upload.key, self._now())
        except DatabaseUnavailable:
            return  # the row stays until it expires, and the janitor removes it then

    async def _with_heartbeats(
        self, upload: Upload, claim: Claim | None, form: AsyncIterator[FormEvent]
    ) -> AsyncIterator[FormEvent]:
        """The same events; extends the upload's expiry every `HEARTBEAT_SECONDS`."""
        last = time.monotonic()
        async for event in form:
            yield event
            if time.monotonic() - last > HEARTBEAT_SECONDS:
                last = time.monotonic()
                await self._send_heartbeat(upload, claim)

    async def _send_heartbeat(self, upload: Upload, claim: Claim | None) -> None:
        try:
            async with self._database.transaction() as session:
                await UploadRepository(session).keep_until(upload.id, self._expiry())
                if claim is not None:
                    await self._idempotency.heartbeat(session, claim, self._now())
        except DatabaseUnavailable as error:
            # The bytes go to S3 meanwhile; the database is needed only when they are there.
            log.warning("upload goes on without the database", error=str(error))

    def _expiry(self) -> datetime:
        return self._now() + self._abandoned_after

    async def _arrive(
        self, form: AsyncIterator[FormEvent], target: ObjectWriter | None, allowance: Allowance
    ) -> Arrived:
        receiver = _Receiver(target, allowance)
        async for event in form:
            await receiver.take(event)
        return await receiver.finish()

    async def _accept(self, upload: Upload, arrived: Arrived, claim: Claim | None) -> None:
        assert arrived.stored is not None  # noqa: S101 - it had a target
        source = StoredSource(
            arrived.name, arrived.name, arrived.size_bytes, arrived.sha256, arrived.stored
        )
        async with self._database.transaction() as session:
            await self._intake.create_video(session, upload, source, arrived.options)
            if claim is not None:
                await self._idempotency.complete(session, claim, arrived.fingerprint, upload.id)


class _Receiver:
    """Takes a form's events: one file, one recipe at most, in either order."""

    def __init__(self, target: ObjectWriter | None, allowance: Allowance) -> None:
        self._target = target
        self._allowance = allowance
        self._field: str | None = None
        self._name: str | None = None
        self._size = 0
        self._sha256 = hashlib.sha256()
        self._texts: dict[str, bytearray] = {}

    async def take(self, event: FormEvent) -> None:
        match event:
            case PartStart(name, file_name):
                self._start(name, file_name)
            case PartData(data):
                await self._data(data)
            case PartEnd():
                self._end()
            case _:
                assert_never(event)

    async def finish(self) -> Arrived:
        if self._name is None:
            raise _bad_field("file", FieldErrorCode.REQUIRED, "The form has no field named 'file'.")
        if self._size == 0:
            raise EmptyFile("The file has no content.", field_limit=1)
        return Arrived(
            name=self._name,
            size_bytes=self._size,
            sha256=self._sha256.hexdigest(),
            options=self._options(),
            stored=await self._target.close() if self._target else None,
        )

    def _start(self, name: str, file_name: str | None) -> None:
        self._field = name
        if name == "file":
            if self._name is not None:
                detail = "The form has more than one file. Send one file per request."
                raise _bad_field("file", FieldErrorCode.INVALID, detail)
            self._name = clean_name(file_name or "")
        elif name not in _TEXT_FIELDS:
            raise _bad_field(
                name,
                FieldErrorCode.UNKNOWN_FIELD,
                f"The form has an unknown field {name[:MAX_FIELD_NAME]!r}; 'file', 'recipe' and "
                "'retention_days' are known.",
            )
        elif name in self._texts:
            detail = f"The form has the field {name!r} more than once."
            raise _bad_field(name, FieldErrorCode.INVALID, detail)
        else:
            self._texts[name] = bytearray()

    async def _data(self, data: bytes) -> None:
        if self._field == "file":
            self._size += len(data)
            self._allowance.check(self._size)
            self._sha256.update(data)
            if self._target is not None:
                await self._target.write(data)
        elif self._field is not None:
            text = self._texts[self._field]
            text += data
            max_bytes, problem = _TEXT_FIELDS[self._field]
            if len(text) > max_bytes:
                detail = f"The field {self._field!r} may have at most {max_bytes} bytes."
                raise problem(detail, field_code=FieldErrorCode.TOO_LONG, field_limit=max_bytes)

    def _end(self) -> None:
        # Refuse bad options before the file travels, where they come first.
        if self._field in _TEXT_FIELDS:
            self._options()
        self._field = None

    def _options(self) -> UploadOptions:
        recipe = parse_recipe(bytes(self._texts.get("recipe", b"")) or b"{}")
        retention = self._texts.get("retention_days")
        days = parse_retention(bytes(retention)) if retention else None
        self._allowance.limits.check_retention(days)
        return UploadOptions((recipe,), days)


def parse_retention(body: bytes) -> int:
    """Days, from 1 on. Raises `BadRetention`."""
    if not re.fullmatch(rb"[1-9][0-9]{0,8}", body.strip()):
        raise BadRetention(
            "Say for how many days to keep the video, as a whole number from 1 on.",
            field_code=FieldErrorCode.NOT_A_NUMBER,
        )
    return int(body)


def parse_recipe(body: bytes) -> Recipe:
    """Raises `BadRecipe`, saying which field is wrong and why."""
    try:
        return Recipe.model_validate_json(body)
    except ValidationError as error:
        wrong = field_errors(error.errors(include_input=False))
        raise BadRecipe(sentences(wrong), errors=wrong) from error


def _bad_field(name: str, code: FieldErrorCode, detail: str) -> BadForm:
    error = FieldError(field=f"body.{name[:MAX_FIELD_NAME]}", code=code, detail=detail)
    return BadForm(detail, **by_field([error]))
