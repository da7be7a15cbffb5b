"""The frames of an archive, one by one, and their thumbnails."""

import hashlib
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from fastapi.responses import StreamingResponse
from fotograma_contracts.recipe import ImageFormat
from fotograma_kit.body_limit import SmallBodyRoute
from fotograma_kit.problems import InvalidRequest, Problem, problem_responses
from fotograma_kit.web import part

from fotograma_video import errors
from fotograma_video.frames.cursor import decode_position
from fotograma_video.frames.dependencies import OwnArchive, SeenArchive
from fotograma_video.frames.schemas import MAX_SECONDS, FramePageBody, microseconds
from fotograma_video.frames.service import Frames
from fotograma_video.frames.streaming import begun
from fotograma_video.http.conditional import is_known
from fotograma_video.http.responses import EVERYWHERE, FRAMES, SIGNED
from fotograma_video.http.signing import UrlSigner

MEDIA_TYPES = {
    ImageFormat.PNG: "image/png",
    ImageFormat.JPEG: "image/jpeg",
    ImageFormat.WEBP: "image/webp",
}
CACHING = {
    "Cache-Control": "private, max-age=86400, immutable",
    # What one user's token opens is not in the cache for the next user of a browser.
    "Vary": "Authorization",
}
"""What lies under an extraction's addresses never changes; at most it goes."""

router = APIRouter(
    **{**EVERYWHERE, "prefix": "/video/{video_id}/extractions/{extraction_id}"},
    route_class=SmallBodyRoute,
)

FramesPart = Annotated[Frames, Depends(part(Frames))]
SignerPart = Annotated[UrlSigner, Depends(part(UrlSigner))]


def _image(missing: type[Problem], *media_types: str) -> dict[int | str, dict[str, Any]]:
    binary = {"schema": {"type": "string", "format": "binary"}}
    return {
        HTTPStatus.OK: {
            "description": "The image.",
            "content": dict.fromkeys(media_types, binary),
        },
        HTTPStatus.NOT_MODIFIED: {"description": "`If-None-Match` names what you have."},
        **problem_responses(missing, *FRAMES, *SIGNED, InvalidRequest),
    }


@router.get("/frames", responses=problem_responses(*FRAMES, errors.BadCursor, InvalidRequest))
async def list_frames(
    archive: OwnArchive,
    frames: FramesPart,
    signer: SignerPart,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
    start: Annotated[
        float, Query(ge=0, le=MAX_SECONDS, description="Of the first page, in seconds.")
    ] = 0.0,
) -> FramePageBody:
    """The frames in time order, page by page, with addresses for `<img>`."""
    if cursor:
        first = decode_position(cursor)
    else:
        first = await archive.frames.position_at(microseconds(start))
    return FramePageBody.of(await frames.page(archive, first, limit), signer)


_FRAME: dict[str, Any] = {
    "response_class": Response,
    "responses": _image(errors.FrameNotFound, *MEDIA_TYPES.values()),
}


@router.head("/frames/{name}", **_FRAME)
@router.get("/frames/{name}", **_FRAME)
async def get_frame(
    request: Request,
    name: Annotated[str, Path(max_length=64)],
    archive: SeenArchive,
    frames: FramesPart,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """One frame, as it is in the archive."""
    frame = await frames.find(archive, name)
    headers = {**CACHING, "ETag": f'"{frame.sha256.hex()}"'}
    if is_known(if_none_match, headers["ETag"]):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    headers["Content-Length"] = str(frame.size)
    media_type = MEDIA_TYPES[ImageFormat(name.rpartition(".")[2])]
    if request.method == "HEAD":
        return Response(headers=headers, media_type=media_type)
    chunks = await begun(frames.read(archive, frame))
    return StreamingResponse(chunks, headers=headers, media_type=media_type)


@router.get(
    "/sheets/{number}",
    response_class=Response,
    responses=_image(errors.SpriteSheetNotFound, "image/jpeg"),
)
async def get_sheet(
    number: Annotated[int, Path(ge=0, le=2**31)],
    archive: SeenArchive,
    frames: FramesPart,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """A sheet of thumbnails, row by row."""
    etag = hashlib.sha256(f"{archive.key} {number}".encode()).hexdigest()
    headers = {**CACHING, "ETag": f'"{etag}"'}
    if number < archive.sprite_sheets and is_known(if_none_match, headers["ETag"]):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    sheet = await frames.sprite_sheet(archive, number)
    return Response(sheet, headers=headers, media_type="image/jpeg")
