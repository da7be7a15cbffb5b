"""Videos."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field

from fotograma_video.domain import VideoStatus
from fotograma_video.extractions.progress import Expectation
from fotograma_video.extractions.schemas import ExtractionBody, extraction_body
from fotograma_video.http.addresses import poster_address
from fotograma_video.http.signing import UrlSigner
from fotograma_video.library.service import Changes, Download, Entry, PlayableSource
from fotograma_video.naming import MAX_NAME_LENGTH, clean_name
from fotograma_video.rows import Json
from fotograma_video.users.limits import RetentionDays

_NOTHING = Expectation()


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
    poster_url: str | None
    """A small JPEG that stands for the video. It needs no token and opens for an hour at least."""
    extractions: list[ExtractionBody]


def video_body(entry: Entry, signer: UrlSigner) -> Json:
    """A `VideoBody`, of a library entry."""
    video = entry.video
    poster = next((poster_address(e) for e in entry.extractions if e.poster), None)
    return {
        "id": video.id,
        "name": video.name,
        "status": video.status,
        "size_bytes": video.size_bytes,
        "sha256": video.source_sha256,
        "created_at": video.created_at,
        "retention_days": video.retention_days,
        "expires_at": video.expires_at,
        "poster_url": None if poster is None else signer.sign(poster),
        "extractions": [
            extraction_body(extraction, entry.expected.get(extraction.id, _NOTHING))
            for extraction in entry.extractions
        ],
    }


class VideoPage(BaseModel):
    """One page of videos. `next` is the cursor of the following one, if there is one."""

    items: list[VideoBody]
    next: str | None


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


class SourceBody(BaseModel):
    """Where a browser can play what was uploaded, without a token, until `expires_at`."""

    url: str
    media_type: str
    """What the address answers with; `application/octet-stream` for what few browsers play."""
    size_bytes: int
    expires_at: datetime

    @classmethod
    def of(cls, source: PlayableSource) -> Self:
        """The body for a source."""
        return cls(
            url=source.url,
            media_type=source.media_type,
            size_bytes=source.size_bytes,
            expires_at=source.expires_at,
        )
