"""Tables. The truth about videos, uploads, extractions and segments."""

from datetime import datetime
from typing import Any, ClassVar, Generic, TypeVar
from uuid import UUID

from fotograma_contracts.extractions import Piece, Probe
from fotograma_contracts.reasons import ExtractionWarning
from fotograma_contracts.recipe import Recipe
from fotograma_contracts.samples import SegmentSamples
from fotograma_kit.causes import Cause
from fotograma_kit.database import named_metadata
from fotograma_kit.inbox import InboxMixin
from fotograma_kit.outbox import OutboxMixin
from fotograma_kit.rate_table import RateBucketMixin
from pydantic import TypeAdapter
from sqlalchemy import (
    BigInteger,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Text,
    TypeDecorator,
    false,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from fotograma_video.domain import ExtractionStatus, Lane, Run, SegmentStatus, VideoStatus

T = TypeVar("T")


class _Json(TypeDecorator[T], Generic[T]):
    """A contract value as JSONB."""

    impl = JSONB
    cache_ok = True

    def __init__(self, kind: Any) -> None:
        super().__init__()
        self._adapter: TypeAdapter[T] = TypeAdapter(kind)

    def process_bind_param(self, value: T | None, _dialect: Dialect) -> Any:
        return None if value is None else self._adapter.dump_python(value, mode="json")

    def process_result_value(self, value: Any, _dialect: Dialect) -> T | None:
        return None if value is None else self._adapter.validate_python(value)


class _Status(TypeDecorator[T], Generic[T]):
    """A `StrEnum` as text."""

    impl = Text
    cache_ok = True

    def __init__(self, kind: type[T]) -> None:
        super().__init__()
        self._kind: Any = kind

    def process_bind_param(self, value: T | None, _dialect: Dialect) -> Any:
        return None if value is None else str(value)

    def process_result_value(self, value: Any, _dialect: Dialect) -> T | None:
        return None if value is None else self._kind(value)


class Base(DeclarativeBase):
    """The service's tables."""

    metadata = named_metadata()
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: DateTime(timezone=True),
        str: Text,
    }


class Video(Base):
    """An uploaded source. A deleted one stays as a tombstone."""

    __tablename__ = "videos"
    __table_args__ = (
        Index("ix_videos_owner_created", "owner_id", "created_at", "id"),
        Index("ix_videos_owner_name", "owner_id", "name", "id"),
        Index("ix_videos_owner_size", "owner_id", "size_bytes", "id"),
        Index("ix_videos_expires", "expires_at", postgresql_where=text("deleted_at IS NULL")),
        Index("ix_videos_expired", "deleted_at", postgresql_where=text("expired")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    owner_id: Mapped[UUID]
    name: Mapped[str]
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    source_name: Mapped[str]
    source_key: Mapped[str]
    source_etag: Mapped[str]
    source_crc64nvme: Mapped[str | None]
    source_sha256: Mapped[str | None]
    status: Mapped[VideoStatus] = mapped_column(_Status(VideoStatus))
    created_at: Mapped[datetime]
    retention_days: Mapped[int | None]
    """The retention that its user asked for; None: the longest that the user may have."""
    expires_at: Mapped[datetime]
    warned_of: Mapped[datetime | None]
    """The `expires_at` that the last notice to its user named."""
    deleted_at: Mapped[datetime | None]
    expired: Mapped[bool] = mapped_column(default=False)
    """Whether retention deleted it recently: reads answer 410 instead of 404."""


class Extraction(Base):
    """A recipe applied to a video."""

    __tablename__ = "extractions"
    __table_args__ = (
        Index("ix_extractions_video", "video_id", "created_at"),
        Index("ix_extractions_status", "status", "created_at", "id"),
        Index(
            "ix_extractions_running",
            "owner_id",
            postgresql_where=text("status IN ('planning', 'extracting', 'assembling')"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    video_id: Mapped[UUID] = mapped_column(ForeignKey("videos.id"))
    owner_id: Mapped[UUID]
    recipe: Mapped[Recipe] = mapped_column(_Json(Recipe))
    status: Mapped[ExtractionStatus] = mapped_column(_Status(ExtractionStatus))
    attempt: Mapped[int] = mapped_column(default=1)
    """Of the stage it is in: planning or assembling."""
    issued_at: Mapped[datetime]
    """When the stage's command was last issued; while extracting, since the run began."""
    runs: Mapped[int] = mapped_column("tries", default=1)
    """How often the user started it; each run has all the attempts that the settings allow."""
    probe: Mapped[Probe | None] = mapped_column(_Json(Probe))
    sample_count: Mapped[int | None]
    frames_at_most: Mapped[int | None]
    estimated_archive_bytes: Mapped[int | None] = mapped_column(BigInteger)
    frames: Mapped[int | None]
    archive_key: Mapped[str | None]
    archive_bytes: Mapped[int | None] = mapped_column(BigInteger)
    frame_index_key: Mapped[str | None]
    """The list of the archive's frames; None beside archives from before there was one."""
    sheets: Mapped[int] = mapped_column(default=0, server_default="0")
    """Of thumbnails, beside the archive."""
    poster: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether there is one beside the archive."""
    warnings: Mapped[tuple[ExtractionWarning, ...]] = mapped_column(
        _Json(tuple[ExtractionWarning, ...]), default=()
    )
    reason: Mapped[str | None]
    detail: Mapped[str | None]
    traceparent: Mapped[str | None]
    """The trace of the request that began the run, which everything about it belongs to."""
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    request_id: Mapped[str | None]
    """Of the same request; None where the release before began the run."""

    @property
    def cause(self) -> Cause:
        """The request that began the run."""
        return Cause(self.request_id, self.traceparent)

    @cause.setter
    def cause(self, cause: Cause) -> None:
        self.request_id, self.traceparent = cause.request_id, cause.traceparent


class Segment(Base):
    """A part of an extraction that is one worker's work."""

    __tablename__ = "segments"
    __table_args__ = (
        Index(
            "ix_segments_unfinished",
            "status",
            "extraction_id",
            "index",
            postgresql_where=text("status <> 'extracted'"),
        ),
    )

    extraction_id: Mapped[UUID] = mapped_column(ForeignKey("extractions.id"), primary_key=True)
    index: Mapped[int] = mapped_column(primary_key=True)
    samples: Mapped[SegmentSamples] = mapped_column(_Json(SegmentSamples))
    frames_at_most: Mapped[int]
    work_seconds: Mapped[float]
    status: Mapped[SegmentStatus] = mapped_column(_Status(SegmentStatus))
    attempt: Mapped[int] = mapped_column(default=1)
    lane: Mapped[Lane | None] = mapped_column(_Status(Lane))
    issued_at: Mapped[datetime | None]
    piece: Mapped[Piece | None] = mapped_column(_Json(Piece))
    warnings: Mapped[tuple[ExtractionWarning, ...]] = mapped_column(
        _Json(tuple[ExtractionWarning, ...]), default=()
    )


class Selection(Base):
    """Frames of an archive that a user wants as an archive of their own."""

    __tablename__ = "selections"
    __table_args__ = (Index("ix_selections_owner", "owner_id", "created_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    extraction_id: Mapped[UUID] = mapped_column(ForeignKey("extractions.id"), index=True)
    owner_id: Mapped[UUID]
    runs: Mapped[tuple[Run, ...]] = mapped_column(_Json(tuple[Run, ...]))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class Upload(Base):
    """An upload in progress, under the id its video will have."""

    __tablename__ = "uploads"
    __table_args__ = (
        Index("ix_uploads_owner", "owner_id"),
        Index("ix_uploads_expires", "expires_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    owner_id: Mapped[UUID]
    key: Mapped[str]
    reserved_bytes: Mapped[int] = mapped_column(BigInteger)
    expires_at: Mapped[datetime]
    """When it counts as abandoned, unless a heartbeat extends it."""
    name: Mapped[str | None]
    """This and what follows: only of an upload that the client sends to S3 itself."""
    s3_upload_id: Mapped[str | None]
    part_bytes: Mapped[int | None] = mapped_column(BigInteger)
    recipe: Mapped[Recipe | None] = mapped_column(_Json(Recipe))
    retention_days: Mapped[int | None]
    fingerprint: Mapped[str | None]
    """By which the client recognises its file."""


class IdempotencyKey(Base):
    """A request that must not be carried out twice, and once it is done its answer."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (Index("ix_idempotency_keys_heard", "heard_at"),)

    owner_id: Mapped[UUID] = mapped_column(primary_key=True)
    route: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[str | None]
    """SHA-256 of what the request asks for; None while it is in flight."""
    result_id: Mapped[UUID | None]
    """The video or extraction the request made."""
    heartbeat_at: Mapped[datetime] = mapped_column("heard_at")
    """When the request that holds the key last said that it is still running."""


class DeadCommand(Base):
    """A command that the workers gave up, without what it names. Its extraction may be gone."""

    __tablename__ = "dead_commands"
    __table_args__ = (Index("ix_dead_commands_died", "died_at", "message_id"),)

    message_id: Mapped[UUID] = mapped_column(primary_key=True)
    routing_key: Mapped[str]
    origin: Mapped[str | None]
    """The queue that it died in."""
    reason: Mapped[str | None]
    """Redacted."""
    attempts: Mapped[int]
    """Before it died last."""
    deaths: Mapped[int]
    """More than one where it was replayed, and died again."""
    extraction_id: Mapped[UUID | None]
    """None, as the segment is, where the command does not parse."""
    segment: Mapped[int | None]
    first_died_at: Mapped[datetime]
    died_at: Mapped[datetime]


class Sweep(Base):
    """A deletion of everything below `prefix` in S3, due at `due_at`."""

    __tablename__ = "sweeps"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    prefix: Mapped[str]
    due_at: Mapped[datetime] = mapped_column(index=True)


class ErasedUser(Base):
    """A user whose account was deleted. Access tokens are valid minutes longer, but refused."""

    __tablename__ = "erased_users"

    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    erased_at: Mapped[datetime] = mapped_column(index=True)
    purged: Mapped[bool] = mapped_column(default=False)
    """Whether the tombstones of the user's videos are deleted, too."""


class UserQuota(Base):
    """A user's own limits, set by an administrator. None: the service's."""

    __tablename__ = "user_quotas"

    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    upload_bytes: Mapped[int | None] = mapped_column(BigInteger)
    videos: Mapped[int | None]
    storage_bytes: Mapped[int | None] = mapped_column(BigInteger)
    daily_upload_bytes: Mapped[int | None] = mapped_column(BigInteger)
    uploads_in_progress: Mapped[int | None]
    running_extractions: Mapped[int | None]
    retention_days: Mapped[int | None]
    changed_at: Mapped[datetime]
    changed_by: Mapped[UUID]


class OutboxMessage(OutboxMixin, Base):
    """A message to publish."""


class InboxMessage(InboxMixin, Base):
    """A message whose effect must not repeat."""


class RateBucket(RateBucketMixin, Base):
    """What a user or a network has spent of a rate."""
