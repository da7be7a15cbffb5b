"""What routes ask for. The app's lifespan puts it on the app's state."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Header, Request
from fotograma_kit.tokens import CurrentPrincipal, Principal, Scope, user_id_with

from fotograma_video.direct import DirectUploads
from fotograma_video.extractions import Extractions
from fotograma_video.idempotency import MAX_KEY_LENGTH
from fotograma_video.library import Library
from fotograma_video.live import Live
from fotograma_video.progress import Progress
from fotograma_video.settings import VideoSettings
from fotograma_video.uploads import Uploads


def _settings(request: Request) -> VideoSettings:
    settings: VideoSettings = request.app.state.settings
    return settings


def _library(request: Request) -> Library:
    library: Library = request.app.state.library
    return library


def _uploads(request: Request) -> Uploads:
    uploads: Uploads = request.app.state.uploads
    return uploads


def _direct_uploads(request: Request) -> DirectUploads:
    direct_uploads: DirectUploads = request.app.state.direct_uploads
    return direct_uploads


def _extractions(request: Request) -> Extractions:
    extractions: Extractions = request.app.state.extractions
    return extractions


def _live(request: Request) -> Live:
    live: Live = request.app.state.live
    return live


def _progress(request: Request) -> Progress:
    progress: Progress = request.app.state.progress
    return progress


def _reader(principal: CurrentPrincipal) -> Principal:
    principal.require(Scope.READ)
    return principal


SettingsDep = Annotated[VideoSettings, Depends(_settings)]
LibraryDep = Annotated[Library, Depends(_library)]
UploadsDep = Annotated[Uploads, Depends(_uploads)]
DirectUploadsDep = Annotated[DirectUploads, Depends(_direct_uploads)]
ExtractionsDep = Annotated[Extractions, Depends(_extractions)]
LiveDep = Annotated[Live, Depends(_live)]
ProgressDep = Annotated[Progress, Depends(_progress)]
IdempotencyKeyHeader = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=MAX_KEY_LENGTH,
        description="A request repeated with the same key within a day is carried out once.",
    ),
]
ReaderId = Annotated[UUID, Depends(user_id_with(Scope.READ))]
"""The user's id; an API key needs the scope `videos:read`."""
UploaderId = Annotated[UUID, Depends(user_id_with(Scope.UPLOAD))]
"""The user's id; an API key needs the scope `videos:upload`."""
DeleterId = Annotated[UUID, Depends(user_id_with(Scope.DELETE))]
"""The user's id; an API key needs the scope `videos:delete`."""
Reader = Annotated[Principal, Depends(_reader)]
"""The request's bearer; an API key needs the scope `videos:read`."""
