"""Uploads that the client sends to the object storage itself."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from fotograma_contracts.recipe import Recipe
from fotograma_kit.problems import ProblemBody
from pydantic import AfterValidator, BaseModel, Field, model_validator

from fotograma_video.naming import MAX_NAME_LENGTH, clean_name
from fotograma_video.uploads.direct_uploads import (
    PARTS_AT_ONCE,
    Choice,
    FileToSend,
    UploadProgress,
)
from fotograma_video.uploads.intake import UploadOptions
from fotograma_video.users.limits import RetentionDays

MAX_RECIPES = 100
"""Recipes of one upload; a user's `running_extractions` allow fewer as a rule."""

Name = Annotated[str, Field(min_length=1, max_length=MAX_NAME_LENGTH), AfterValidator(clean_name)]
Fingerprint = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class NewUploadBody(BaseModel):
    """What is going to be uploaded."""

    name: Name
    size_bytes: Annotated[int, Field(ge=1, le=2**50)]
    fingerprint: Fingerprint | None = None
    """A SHA-256 in hexadecimal by which you recognise the file when you come back, such as that of
    its first and last 64 KiB. It is stored and given back, nothing else."""
    recipe: Recipe = Recipe()
    retention_days: RetentionDays | None = None
    """After how many days the video is deleted. Null: when everybody's, or yours, are."""

    def options(self) -> UploadOptions:
        """What is wanted of the upload."""
        return UploadOptions((self.recipe,), self.retention_days)

    def file(self) -> FileToSend:
        """The file that is going to be sent."""
        return FileToSend(self.name, self.size_bytes, self.fingerprint)


class CompleteBody(BaseModel):
    """What was chosen while the file was sent; what is left out is as it was said before."""

    name: Name | None = None
    recipe: Recipe | None = None
    recipes: Annotated[list[Recipe], Field(min_length=1, max_length=MAX_RECIPES)] | None = None
    """Several, each an extraction of its own; instead of `recipe`."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.recipe is not None and self.recipes is not None:
            raise ValueError("give either recipe or recipes")
        return self

    def choice(self) -> Choice:
        """What was chosen."""
        recipes = [self.recipe] if self.recipe is not None else self.recipes
        return Choice(self.name, None if recipes is None else tuple(recipes))


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


class UploadSummaryBody(BaseModel):
    """An upload in progress."""

    id: UUID
    name: str
    size_bytes: int
    arrived_bytes: int
    """Of the parts that need not be sent again."""
    part_bytes: int
    """Of every part but the last."""
    part_count: int
    recipe: Recipe
    """What is extracted, unless something else is chosen when the upload is completed."""
    retention_days: int | None
    fingerprint: str | None
    """The one that was given when the upload began."""
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
            arrived_bytes=progress.arrived_bytes,
            part_bytes=upload.part_bytes or 0,
            part_count=progress.part_count,
            recipe=upload.recipe or Recipe(),
            retention_days=upload.retention_days,
            fingerprint=upload.fingerprint,
            expires_at=upload.expires_at,
        )


class UploadBody(UploadSummaryBody):
    """An upload in progress, and what S3 has of it."""

    parts: list[PartBody]

    @classmethod
    def of(cls, progress: UploadProgress) -> Self:
        """The body for an upload."""
        parts = [
            PartBody(number=part.number, size_bytes=part.size_bytes, etag=part.etag)
            for part in progress.parts
        ]
        return cls(**dict(UploadSummaryBody.of(progress)), parts=parts)


class UploadListBody(BaseModel):
    """Uploads in progress, the last used first: 100 at most."""

    items: list[UploadSummaryBody]


class SignBody(BaseModel):
    """The parts to send next."""

    numbers: Annotated[list[int], Field(min_length=1, max_length=PARTS_AT_ONCE)]


class SignedPartsBody(BaseModel):
    """Where each part is sent with PUT, without a token."""

    urls: dict[int, str]
    expires_at: datetime
