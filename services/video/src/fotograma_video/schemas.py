"""Request and response bodies."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from fotograma_contracts.extractions import Probe
from fotograma_contracts.reasons import ExtractionWarning
from fotograma_contracts.recipe import Recipe
from fotograma_kit.frame_index import Frame, Tile
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from fotograma_video.administration import MAX_BYTES, MAX_COUNT, OwnLimits, UserAccount
from fotograma_video.cursor import encode_position
from fotograma_video.direct import Progress as UploadProgress
from fotograma_video.domain import COMPLETED, ExtractionStatus, SegmentStatus, VideoStatus
from fotograma_video.frames import Archive, FramePage
from fotograma_video.intake import Order
from fotograma_video.library import Changes, Download, Entry
from fotograma_video.live import Changed, Deleted, LiveEvent, Progressed, Snapshot
from fotograma_video.models import Extraction, Segment, Selection
from fotograma_video.progress import Progress, segment_work
from fotograma_video.quotas import Account, UserLimits
from fotograma_video.repository import Usage
from fotograma_video.selection_zip import SelectionZip
from fotograma_video.selections import Wish
from fotograma_video.settings import MAX_RETENTION_DAYS, VideoSettings
from fotograma_video.signing import UrlSigner
from fotograma_video.uploads import MAX_NAME_LENGTH, clean_name

MAX_SECONDS = 1e9
"""Beyond any video."""
MAX_POSITION = 2**31


class SourceInfo(BaseModel):
    """What the demuxer found in the file."""

    container: str
    codec: str
    width: int
    height: int
    duration_seconds: float
    frame_rate: float | None

    @classmethod
    def of(cls, probe: Probe | None) -> Self | None:
        """None until the file has been looked at."""
        if probe is None:
            return None
        return cls(
            container=probe.container,
            codec=probe.codec,
            width=probe.width,
            height=probe.height,
            duration_seconds=float(probe.duration),
            frame_rate=float(probe.frame_rate) if probe.frame_rate else None,
        )


class ProgressBody(BaseModel):
    """How far an extraction is."""

    frames: int
    frames_at_most: int | None
    """None until the plan is known. A lower number may turn out enough."""
    segments_done: int
    segments: int
    percent: float


class ExtractionBody(BaseModel):
    """An extraction."""

    id: UUID
    video_id: UUID
    status: ExtractionStatus
    recipe: Recipe
    source: SourceInfo | None
    frames: int | None
    """Frames in the archive, once there is one."""
    archive_bytes: int | None
    frames_url: str | None
    """Where the frames are listed; None while there are none, and for archives without a list."""
    sheets: int
    """Of thumbnails, each a JPEG at `sheets/{number}` beside `frames_url`, counted from 0."""
    warnings: tuple[ExtractionWarning, ...]
    reason: str | None
    """A stable code, where it failed."""
    detail: str | None
    """The reason in plain words."""
    seconds_left: float | None
    """An estimate of how long it will still take. Null where nothing is known, or it has ended."""
    created_at: datetime
    finished_at: datetime | None

    @classmethod
    def of(cls, extraction: Extraction, seconds_left: float | None) -> Self:
        """The body for a row and what is expected of it."""
        return cls(
            id=extraction.id,
            video_id=extraction.video_id,
            status=extraction.status,
            recipe=extraction.recipe,
            source=SourceInfo.of(extraction.probe),
            frames=extraction.frames,
            archive_bytes=extraction.archive_bytes,
            frames_url=_frames_url(extraction),
            sheets=extraction.sheets,
            warnings=extraction.warnings,
            reason=extraction.reason,
            detail=extraction.detail,
            seconds_left=seconds_left,
            created_at=extraction.created_at,
            finished_at=extraction.finished_at,
        )


def _frames_url(extraction: Extraction) -> str | None:
    if extraction.frame_index_key is None:
        return None
    return f"{_address(extraction.video_id, extraction.id)}/frames"


def _address(video_id: UUID, extraction_id: UUID) -> str:
    return f"/video/{video_id}/extractions/{extraction_id}"


class ExtractionDetail(ExtractionBody):
    """An extraction with its progress."""

    progress: ProgressBody

    @classmethod
    def with_progress(
        cls, extraction: Extraction, segments: list[Segment], progress: Progress
    ) -> Self:
        """The body for a row, its segments and what was heard of the running ones."""
        expected = _expected(extraction, segments, progress)
        return cls(
            **ExtractionBody.of(extraction, expected).model_dump(),
            progress=_progress(extraction, segments, progress),
        )


def _expected(extraction: Extraction, segments: list[Segment], progress: Progress) -> float | None:
    return progress.seconds_left(extraction, [segment_work(segment) for segment in segments])


def _progress(extraction: Extraction, segments: list[Segment], progress: Progress) -> ProgressBody:
    done = [s for s in segments if s.status is SegmentStatus.EXTRACTED]
    frames = sum(s.piece.frames for s in done if s.piece) + sum(
        progress.frames(extraction.id, s.index)
        for s in segments
        if s.status is not SegmentStatus.EXTRACTED
    )
    if extraction.status in COMPLETED:
        percent = 100.0
    else:
        # Until the archive is assembled nothing is complete.
        percent = min(99.0, 100.0 * frames / max(extraction.frames_at_most or 0, frames, 1))
    return ProgressBody(
        frames=extraction.frames if extraction.frames is not None else frames,
        frames_at_most=extraction.frames_at_most,
        segments_done=len(done),
        segments=len(segments),
        percent=round(percent, 1),
    )


class VideoBody(BaseModel):
    """A video with its extractions, newest first."""

    id: UUID
    name: str
    status: VideoStatus
    size_bytes: int
    sha256: str | None
    """Where the file came through the API; S3 keeps checksums of its own for the others."""
    created_at: datetime
    retention_days: int | None
    """For how long it is to be kept after its upload. Null: for as long as possible."""
    expires_at: datetime
    """When it is deleted."""
    extractions: list[ExtractionBody]

    @classmethod
    def of(cls, entry: Entry) -> Self:
        """The body for a library entry."""
        video = entry.video
        return cls(
            id=video.id,
            name=video.name,
            status=video.status,
            size_bytes=video.size_bytes,
            sha256=video.source_sha256,
            created_at=video.created_at,
            retention_days=video.retention_days,
            expires_at=video.expires_at,
            extractions=[
                ExtractionBody.of(extraction, entry.seconds_left.get(extraction.id))
                for extraction in entry.extractions
            ],
        )


class ProgressEvent(BaseModel):
    """An extraction has more frames."""

    video_id: UUID
    extraction_id: UUID
    progress: ProgressBody
    seconds_left: float | None
    """An estimate of how long it will still take."""


class DeletedEvent(BaseModel):
    """A video is gone."""

    id: UUID


class SnapshotEvent(BaseModel):
    """The newest videos."""

    videos: list[VideoBody]


def live_event(event: LiveEvent, progress: Progress) -> tuple[str, BaseModel]:
    """An event's name and body."""
    match event:
        case Snapshot(entries):
            return "snapshot", SnapshotEvent(videos=[VideoBody.of(entry) for entry in entries])
        case Changed(entry):
            return "video", VideoBody.of(entry)
        case Deleted(video_id):
            return "deleted", DeletedEvent(id=video_id)
        case Progressed(extraction, segments):
            return "progress", ProgressEvent(
                video_id=extraction.video_id,
                extraction_id=extraction.id,
                progress=_progress(extraction, segments, progress),
                seconds_left=_expected(extraction, segments, progress),
            )


class VideoPage(BaseModel):
    """One page of videos. `next` is the cursor of the following one, if there is one."""

    items: list[VideoBody]
    next: str | None


RetentionDays = Annotated[int, Field(ge=1, le=MAX_RETENTION_DAYS)]


class NewUploadBody(BaseModel):
    """What is going to be uploaded."""

    name: Annotated[
        str, Field(min_length=1, max_length=MAX_NAME_LENGTH), AfterValidator(clean_name)
    ]
    size_bytes: Annotated[int, Field(ge=1, le=2**50)]
    recipe: Recipe = Recipe()
    retention_days: RetentionDays | None = None
    """After how many days the video is deleted. Null: when everybody's, or yours, are."""

    def order(self) -> Order:
        """What is wanted of the upload."""
        return Order(self.recipe, self.retention_days)


class PartBody(BaseModel):
    """A part that S3 has."""

    number: int
    size_bytes: int
    etag: str


class UploadBody(BaseModel):
    """An upload in progress, and what S3 has of it."""

    id: UUID
    name: str
    size_bytes: int
    part_bytes: int
    """Of every part but the last."""
    part_count: int
    parts: list[PartBody]
    expires_at: datetime
    """When the upload is given up, unless parts are signed before."""

    @classmethod
    def of(cls, progress: UploadProgress) -> Self:
        """The body for an upload."""
        upload = progress.upload
        return cls(
            id=upload.id,
            name=upload.name or "",
            size_bytes=upload.reserved_bytes,
            part_bytes=upload.part_bytes or 0,
            part_count=progress.part_count,
            parts=[
                PartBody(number=part.number, size_bytes=part.size_bytes, etag=part.etag)
                for part in progress.parts
            ],
            expires_at=upload.expires_at,
        )


class SignBody(BaseModel):
    """The parts to send next."""

    numbers: Annotated[list[int], Field(min_length=1, max_length=1_000)]


class SignedPartsBody(BaseModel):
    """Where each part is sent with PUT, without a token."""

    urls: dict[int, str]
    expires_at: datetime


class ThumbnailBody(BaseModel):
    """Where a frame's thumbnail is: on which sheet, and the place on it in pixels."""

    sheet: int
    x: int
    y: int
    width: int
    height: int

    @classmethod
    def of(cls, tile: Tile) -> Self:
        """The body for a place."""
        return cls(sheet=tile.sheet, x=tile.x, y=tile.y, width=tile.width, height=tile.height)


class FrameBody(BaseModel):
    """A frame. `url` needs no token and opens for an hour at least."""

    name: str
    position: int
    """Counted from 0, in time order."""
    time_seconds: float
    """When it is shown, rounded down to the microsecond."""
    size_bytes: int
    url: str
    thumbnail: ThumbnailBody | None

    @classmethod
    def of(cls, archive: Archive, position: int, frame: Frame, signer: UrlSigner) -> Self:
        """The body for a frame."""
        address = _address(archive.video_id, archive.extraction_id)
        return cls(
            name=frame.name,
            position=position,
            time_seconds=frame.time_us / 1_000_000,
            size_bytes=frame.size,
            url=signer.sign(f"{address}/frames/{frame.name}"),
            thumbnail=ThumbnailBody.of(frame.tile) if frame.tile else None,
        )


class SheetBody(BaseModel):
    """A sheet of thumbnails. `url` needs no token and opens for an hour at least."""

    number: int
    url: str

    @classmethod
    def of(cls, archive: Archive, number: int, signer: UrlSigner) -> Self:
        """The body for a sheet."""
        address = _address(archive.video_id, archive.extraction_id)
        return cls(number=number, url=signer.sign(f"{address}/sheets/{number}"))


class FramePageBody(BaseModel):
    """One page of an archive's frames. `next` is the cursor of the following one, if there is one.

    Addresses are relative to that of the API.
    """

    total: int
    """Frames in the archive."""
    items: list[FrameBody]
    sheets: list[SheetBody]
    """Those that show the page's frames."""
    next: str | None

    @classmethod
    def of(cls, page: FramePage, signer: UrlSigner) -> Self:
        """The body for a page."""
        shown = sorted({frame.tile.sheet for frame in page.frames if frame.tile})
        return cls(
            total=page.archive.frames.count,
            items=[
                FrameBody.of(page.archive, position, frame, signer)
                for position, frame in enumerate(page.frames, page.first)
            ],
            sheets=[SheetBody.of(page.archive, number, signer) for number in shown],
            next=None if page.next is None else encode_position(page.next),
        )


class TimeRange(BaseModel):
    """The frames whose times, as their names tell them, are in `[start, end)`; in seconds."""

    start: Annotated[float, Field(ge=0, le=MAX_SECONDS, allow_inf_nan=False)]
    end: Annotated[float, Field(ge=0, le=MAX_SECONDS, allow_inf_nan=False)]


class PositionRange(BaseModel):
    """The frames at the positions `[start, end)`."""

    start: Annotated[int, Field(ge=0, le=MAX_POSITION)]
    end: Annotated[int, Field(ge=0, le=MAX_POSITION)]


class NewSelectionBody(BaseModel):
    """Which frames: all that are named, and all in one of the ranges."""

    names: list[Annotated[str, Field(max_length=64)]] = []
    times: list[TimeRange] = []
    positions: list[PositionRange] = []

    def wish(self) -> Wish:
        """What the selection is to have; times in microseconds."""
        return Wish(
            names=self.names,
            times_us=[(microseconds(r.start), microseconds(r.end)) for r in self.times],
            positions=[(r.start, r.end) for r in self.positions],
        )


def microseconds(seconds: float) -> int:
    """A time as frames' names tell it."""
    return round(seconds * 1_000_000)


class SelectionBody(BaseModel):
    """A ZIP of selected frames: `url` needs no token, and takes ranges to go on where a download
    broke off, until `expires_at`. The address is relative to that of the API.
    """

    id: UUID
    url: str
    frames: int
    size_bytes: int
    expires_at: datetime

    @classmethod
    def of(cls, archive: Archive, selection: Selection, signer: UrlSigner) -> Self:
        """The body for a selection."""
        address = _address(archive.video_id, archive.extraction_id)
        zipped = SelectionZip(selection.runs)
        return cls(
            id=selection.id,
            url=signer.sign(f"{address}/selection/{selection.id}", selection.expires_at),
            frames=zipped.frames,
            size_bytes=zipped.size,
            expires_at=selection.expires_at,
        )


class ChangeBody(BaseModel):
    """What is to change of a video; what is left out stays."""

    name: (
        Annotated[str, Field(min_length=1, max_length=MAX_NAME_LENGTH), AfterValidator(clean_name)]
        | None
    ) = None
    """Null: as it is."""
    retention_days: RetentionDays | None = None
    """After how many days from its upload on it is deleted. Null: as late as possible."""

    def changes(self) -> Changes:
        """The changes that were asked for."""
        changes = Changes()
        if self.name is not None:
            changes["name"] = self.name
        if "retention_days" in self.model_fields_set:
            changes["retention_days"] = self.retention_days
        return changes


class DownloadBody(BaseModel):
    """Where the archive can be fetched, without a token, until `expires_at`."""

    url: str
    expires_at: datetime

    @classmethod
    def of(cls, download: Download) -> Self:
        """The body for a download."""
        return cls(url=download.url, expires_at=download.expires_at)


class UsageBody(BaseModel):
    """What the user has now."""

    videos: int
    storage_bytes: int
    daily_upload_bytes: int
    """Uploaded within the last 24 hours; deleted videos count, failed uploads do not."""
    uploads_in_progress: int
    running_extractions: int

    @classmethod
    def of(cls, usage: Usage) -> Self:
        """The body for a user's usage."""
        return cls(
            videos=usage.videos,
            storage_bytes=usage.storage_bytes,
            daily_upload_bytes=usage.daily_upload_bytes,
            uploads_in_progress=usage.uploads_in_progress,
            running_extractions=usage.running_extractions,
        )


class LimitsBody(BaseModel):
    """What may be uploaded, and what the user has of it."""

    max_upload_bytes: int
    max_videos: int
    max_storage_bytes: int
    max_daily_upload_bytes: int
    """Within 24 hours."""
    max_uploads_in_progress: int
    max_running_extractions: int
    max_retention_days: int
    """From a video's upload to its deletion."""
    max_frames: int
    max_pixels: int
    max_archive_bytes: int
    usage: UsageBody

    @classmethod
    def of(cls, settings: VideoSettings, account: Account) -> Self:
        """The body for the service's limits, the user's own, and the user's usage."""
        limits = account.limits
        return cls(
            max_upload_bytes=limits.upload_bytes,
            max_videos=limits.videos,
            max_storage_bytes=limits.storage_bytes,
            max_daily_upload_bytes=limits.daily_upload_bytes,
            max_uploads_in_progress=limits.uploads_in_progress,
            max_running_extractions=limits.running_extractions,
            max_retention_days=limits.retention_days,
            max_frames=settings.video_max_frames,
            max_pixels=settings.video_max_pixels,
            max_archive_bytes=settings.video_max_archive_bytes,
            usage=UsageBody.of(account.usage),
        )


ByteLimit = Annotated[int, Field(ge=0, le=MAX_BYTES)]
CountLimit = Annotated[int, Field(ge=0, le=MAX_COUNT)]


class OwnLimitsBody(BaseModel):
    """What a user has instead of everybody's limits. Null: what everybody has."""

    model_config = ConfigDict(extra="forbid")

    upload_bytes: ByteLimit | None = None
    """Of one upload."""
    videos: CountLimit | None = None
    storage_bytes: ByteLimit | None = None
    daily_upload_bytes: ByteLimit | None = None
    """Within 24 hours."""
    uploads_in_progress: CountLimit | None = None
    running_extractions: CountLimit | None = None
    retention_days: RetentionDays | None = None
    """From a video's upload to its deletion, at most; applies to videos that are there, too."""

    @classmethod
    def of(cls, own: OwnLimits) -> Self:
        """The body for a user's own limits."""
        return cls(**asdict(own))

    def to_domain(self) -> OwnLimits:
        """The limits for the body."""
        return OwnLimits(**self.model_dump())


class UserLimitsBody(BaseModel):
    """What a user may have, all told."""

    upload_bytes: int
    videos: int
    storage_bytes: int
    daily_upload_bytes: int
    uploads_in_progress: int
    running_extractions: int
    retention_days: int

    @classmethod
    def of(cls, limits: UserLimits) -> Self:
        """The body for a user's limits."""
        return cls(**asdict(limits))


class UserQuotasBody(BaseModel):
    """A user's own limits, what they come to with everybody's, and what the user has."""

    user_id: UUID
    own: OwnLimitsBody
    limits: UserLimitsBody
    usage: UsageBody

    @classmethod
    def of(cls, user: UserAccount) -> Self:
        """The body for a user's account."""
        return cls(
            user_id=user.user_id,
            own=OwnLimitsBody.of(user.own),
            limits=UserLimitsBody.of(user.account.limits),
            usage=UsageBody.of(user.account.usage),
        )


class ExtractionForAdmin(BaseModel):
    """An extraction, without what it shows."""

    id: UUID
    video_id: UUID
    owner_id: UUID
    status: ExtractionStatus
    tries: int
    """How often its user asked for it."""
    reason: str | None
    """A stable code, where it failed."""
    detail: str | None
    created_at: datetime
    finished_at: datetime | None

    @classmethod
    def of(cls, extraction: Extraction) -> Self:
        """The body for a row."""
        return cls(
            id=extraction.id,
            video_id=extraction.video_id,
            owner_id=extraction.owner_id,
            status=extraction.status,
            tries=extraction.tries,
            reason=extraction.reason,
            detail=extraction.detail,
            created_at=extraction.created_at,
            finished_at=extraction.finished_at,
        )


class ExtractionPageForAdmin(BaseModel):
    """One page of extractions. `next` is `after` of the following one, if there is one."""

    items: list[ExtractionForAdmin]
    next: UUID | None
