"""The archive that a request's address names, if the request may see it."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request
from fastapi.security import APIKeyQuery
from fotograma_kit.logs import SIGNATURE
from fotograma_kit.problems import Unauthenticated
from fotograma_kit.tokens import OptionalPrincipal, Scope
from fotograma_kit.web import part

from fotograma_video.errors import BadSignature
from fotograma_video.frames.service import Archive, Frames, Viewer
from fotograma_video.http.dependencies import ReaderId
from fotograma_video.http.signing import UrlSigner

_signature = APIKeyQuery(
    name=SIGNATURE,
    scheme_name="SignedUrl",
    description="Stands in URLs that an answer of this API gives, with `expires` before it.",
    auto_error=False,
)


async def _viewer(
    request: Request,
    principal: OptionalPrincipal,
    signer: Annotated[UrlSigner, Depends(part(UrlSigner))],
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
    signer.check(request.scope["path"], expires, signature)
    return None


async def _seen_archive(
    video_id: UUID,
    extraction_id: UUID,
    viewer: Annotated[Viewer, Depends(_viewer)],
    frames: Annotated[Frames, Depends(part(Frames))],
) -> Archive:
    return await frames.archive(viewer, video_id, extraction_id)


async def _own_archive(
    video_id: UUID,
    extraction_id: UUID,
    user_id: ReaderId,
    frames: Annotated[Frames, Depends(part(Frames))],
) -> Archive:
    return await frames.archive(user_id, video_id, extraction_id)


ViewerDep = Annotated[Viewer, Depends(_viewer)]
"""Who looks, by a bearer token or by a signed URL of this address."""
OwnArchive = Annotated[Archive, Depends(_own_archive)]
"""The archive of the extraction in the address, if it is the user's."""
SeenArchive = Annotated[Archive, Depends(_seen_archive)]
"""The same, also for a request with a signed URL of this address."""
