"""What routes ask for. The app's lifespan puts it on the app's state."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Header, Query, Request
from fastapi.security import APIKeyQuery
from fotograma_kit.logs import SIGNATURE
from fotograma_kit.problems import Forbidden, Unauthenticated
from fotograma_kit.tokens import (
    CurrentPrincipal,
    OptionalPrincipal,
    Principal,
    Role,
    Scope,
    user_id_with,
)

from fotograma_video.admin.service import Administration
from fotograma_video.errors import BadSignature
from fotograma_video.extractions.progress import Progress
from fotograma_video.extractions.service import Extractions
from fotograma_video.frames.service import Archive, Frames, Viewer
from fotograma_video.http.signing import UrlSigner
from fotograma_video.library.service import Library
from fotograma_video.live.service import Live
from fotograma_video.selections.service import Selections
from fotograma_video.settings import VideoSettings
from fotograma_video.uploads.direct_uploads import DirectUploads
from fotograma_video.uploads.form_uploads import Uploads

MAX_KEY_LENGTH = 255


def _settings(request: Request) -> VideoSettings:
    settings: VideoSettings = request.app.state.settings
    return settings


def _administration(request: Request) -> Administration:
    administration: Administration = request.app.state.administration
    return administration


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


def _frames(request: Request) -> Frames:
    frames: Frames = request.app.state.frames
    return frames


def _selections(request: Request) -> Selections:
    selections: Selections = request.app.state.selections
    return selections


def _signer(request: Request) -> UrlSigner:
    signer: UrlSigner = request.app.state.signer
    return signer


def _reader(principal: CurrentPrincipal) -> Principal:
    principal.require(Scope.READ)
    return principal


ReaderId = Annotated[UUID, Depends(user_id_with(Scope.READ))]
"""The user's id; an API key needs the scope `videos:read`."""
UploaderId = Annotated[UUID, Depends(user_id_with(Scope.UPLOAD))]
"""The user's id; an API key needs the scope `videos:upload`."""
DeleterId = Annotated[UUID, Depends(user_id_with(Scope.DELETE))]
"""The user's id; an API key needs the scope `videos:delete`."""


def _uploader(principal: CurrentPrincipal) -> Principal:
    principal.require(Scope.UPLOAD)
    return principal


_signature = APIKeyQuery(
    name=SIGNATURE,
    scheme_name="SignedUrl",
    description="Stands in URLs that an answer of this API gives, with `expires` before it.",
    auto_error=False,
)


def _viewer(
    request: Request,
    principal: OptionalPrincipal,
    signature: Annotated[str | None, Depends(_signature)],
    expires: Annotated[
        int | None, Query(ge=0, le=2**40, description="Of a signed URL: the Unix time it ends at.")
    ] = None,
) -> Viewer:
    """A bearer token counts before a signature. Raises what is wrong with either."""
    if principal is not None:
        principal.require(Scope.READ)
        return principal.user_id
    if signature is None:
        raise Unauthenticated
    if expires is None:
        raise BadSignature
    signer: UrlSigner = request.app.state.signer
    signer.check(request.scope["path"], expires, signature)
    return None


async def _seen_archive(
    video_id: UUID,
    extraction_id: UUID,
    viewer: Annotated[Viewer, Depends(_viewer)],
    frames: Annotated[Frames, Depends(_frames)],
) -> Archive:
    return await frames.archive(viewer, video_id, extraction_id)


async def _own_archive(
    video_id: UUID,
    extraction_id: UUID,
    user_id: ReaderId,
    frames: Annotated[Frames, Depends(_frames)],
) -> Archive:
    return await frames.archive(user_id, video_id, extraction_id)


def _admin_id(principal: CurrentPrincipal) -> UUID:
    principal.require_all()
    if principal.role is not Role.ADMIN:
        raise Forbidden("This address is for administrators.")
    return principal.user_id


AdminId = Annotated[UUID, Depends(_admin_id)]
"""The id of the administrator who sends the request."""
AdministrationDep = Annotated[Administration, Depends(_administration)]
SettingsDep = Annotated[VideoSettings, Depends(_settings)]
LibraryDep = Annotated[Library, Depends(_library)]
UploadsDep = Annotated[Uploads, Depends(_uploads)]
DirectUploadsDep = Annotated[DirectUploads, Depends(_direct_uploads)]
ExtractionsDep = Annotated[Extractions, Depends(_extractions)]
LiveDep = Annotated[Live, Depends(_live)]
ProgressDep = Annotated[Progress, Depends(_progress)]
FramesDep = Annotated[Frames, Depends(_frames)]
SelectionsDep = Annotated[Selections, Depends(_selections)]
SignerDep = Annotated[UrlSigner, Depends(_signer)]
OwnArchive = Annotated[Archive, Depends(_own_archive)]
"""The archive of the extraction in the address, if it is the user's."""
SeenArchive = Annotated[Archive, Depends(_seen_archive)]
"""The same, also for whoever has a signed URL of this address."""
IdempotencyKeyHeader = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=MAX_KEY_LENGTH,
        description="A request repeated with the same key within a day is carried out once.",
    ),
]
Uploader = Annotated[Principal, Depends(_uploader)]
"""The request's bearer; an API key needs the scope `videos:upload`."""
Reader = Annotated[Principal, Depends(_reader)]
"""The request's bearer; an API key needs the scope `videos:read`."""
