"""Uploads that the client sends to the object storage itself."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from fotograma_contracts.recipe import Recipe
from fotograma_kit.problems import ProblemBody
from pydantic import AfterValidator, BaseModel, Field

from fotograma_video.naming import MAX_NAME_LENGTH, clean_name
from fotograma_video.uploads.direct_uploads import PARTS_AT_ONCE, UploadProgress
from fotograma_video.uploads.intake import UploadOptions
from fotograma_video.users.limits import RetentionDays


class NewUploadBody(BaseModel):
    """What is going to be uploaded."""

    name: Annotated[
        str, Field(min_length=1, max_length=MAX_NAME_LENGTH), AfterValidator(clean_name)
    ]
    size_bytes: Annotated[int, Field(ge=1, le=2**50)]
    recipe: Recipe = Recipe()
    retention_days: RetentionDays | None = None
    """After how many days the video is deleted. Null: when everybody's, or yours, are."""

    def options(self) -> UploadOptions:
        """What is wanted of the upload."""
        return UploadOptions(self.recipe, self.retention_days)


class PartBody(BaseModel):
    """A part that S3 has."""

    number: int
    size_bytes: int
    etag: str


PartNumbers = Annotated[list[int], Field(max_length=PARTS_AT_ONCE)]


class PartsMissingBody(ProblemBody):
    """Which parts are to be sent (again) before the upload can be completed."""

    missing: PartNumbers
    """Numbers of parts that have not arrived: the first 1,000, as many as can be signed at once."""
    missing_count: int
    """How many have not arrived."""
    wrong_size: PartNumbers
    """Numbers of parts of another size than theirs: the first 1,000."""
    wrong_size_count: int
    """How many have another size."""


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

    numbers: Annotated[list[int], Field(min_length=1, max_length=PARTS_AT_ONCE)]


class SignedPartsBody(BaseModel):
    """Where each part is sent with PUT, without a token."""

    urls: dict[int, str]
    expires_at: datetime
