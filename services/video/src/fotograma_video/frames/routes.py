"""The frames of an archive, one by one, and their thumbnails."""

import hashlib
from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import StreamingResponse
from fotograma_contracts.extractions import LIVE_SHEET_NAME
from fotograma_contracts.recipe import ImageFormat
from fotograma_kit.body_limit import SmallBodyRoute
from fotograma_kit.problems import InvalidRequest, Problem, problem_responses
from fotograma_kit.web import part

from fotograma_video import errors
from fotograma_video.frames.cursor import decode_position
from fotograma_video.frames.dependencies import OwnArchive, SeenArchive, ViewerDep
from fotograma_video.frames.schemas import MAX_SECONDS, CompactPageBody, FramePageBody, microseconds
from fotograma_video.frames.service import Frames
from fotograma_video.frames.streaming import begun
from fotograma_video.http.conditional import is_known
from fotograma_video.http.dependencies import SignerPart
from fotograma_video.http.responses import EVERYWHERE, FRAMES, SIGNED, VIDEO

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

MAX_ITEMS, MAX_COMPACT = 1_000, 20_000
"""Frames of a page."""

router = APIRouter(
    **{**EVERYWHERE, "prefix": "/video/{video_id}/extractions/{extraction_id}"},
    route_class=SmallBodyRoute,
)

FramesPart = Annotated[Frames, Depends(part(Frames))]


def _image(
    missing: type[Problem], *media_types: str, problems: Sequence[type[Problem]] = FRAMES
) -> dict[int | str, dict[str, Any]]:
    binary = {"schema": {"type": "string", "format": "binary"}}
    return {
        HTTPStatus.OK: {
            "description": "The image.",
            "content": dict.fromkeys(media_types, binary),
        },
        HTTPStatus.NOT_MODIFIED: {"description": "`If-None-Match` names what you have."},
        **problem_responses(missing, *problems, *SIGNED, InvalidRequest),
    }


async def _first(
    archive: OwnArchive,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
    first: Annotated[
        int | None, Query(ge=0, le=2**31, description="The position of the first frame.")
    ] = None,
    start: Annotated[
        float, Query(ge=0, le=MAX_SECONDS, description="Of the first page, in seconds.")
    ] = 0.0,
) -> int:
    """The position that a page begins at: by a cursor, or else a position, or else a time."""
    if cursor:
        return decode_position(cursor)
    if first is not None:
        return min(first, archive.frames.count)
    return await archive.frames.position_at(microseconds(start))


@router.get("/frames", responses=problem_responses(*FRAMES, errors.BadCursor, InvalidRequest))
async def list_frames(
    archive: OwnArchive,
    frames: FramesPart,
    signer: SignerPart,
    first: Annotated[int, Depends(_first)],
    limit: Annotated[
        int, Query(ge=1, le=MAX_COMPACT, description="1,000 at most unless compact.")
    ] = 100,
    fields: Annotated[
        Literal["compact"] | None, Query(description="Columns in the place of items.")
    ] = None,
) -> FramePageBody | CompactPageBody:
    """The frames in time order, page by page, with addresses for `<img>`."""
    if fields is not None:
        return CompactPageBody.of(await frames.page(archive, first, limit), signer)
    if limit > MAX_ITEMS:
        wrong = {"type": "less_than_equal", "loc": ("query", "limit"), "ctx": {"le": MAX_ITEMS}}
        raise RequestValidationError([wrong])
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
    headers = _caching(f"{archive.key} {number}")
    if number < archive.sprite_sheets and is_known(if_none_match, headers["ETag"]):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    sheet = await frames.sprite_sheet(archive, number)
    return Response(sheet, headers=headers, media_type="image/jpeg")


@router.get(
    "/poster", response_class=Response, responses=_image(errors.PosterNotFound, "image/jpeg")
)
async def get_poster(
    archive: SeenArchive,
    frames: FramesPart,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """One thumbnail that stands for the video: that with most contrast, from the middle of it."""
    headers = _caching(f"{archive.key} poster")
    if archive.has_poster and is_known(if_none_match, headers["ETag"]):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    poster = await frames.poster(archive)
    return Response(poster, headers=headers, media_type="image/jpeg")


_LIVE = (*VIDEO, errors.ExtractionNotFound, errors.StorageUnavailable)


@router.get(
    "/live/{sheet}",
    response_class=Response,
    responses=_image(errors.SpriteSheetNotFound, "image/jpeg", problems=_LIVE),
)
async def get_live_sheet(
    video_id: UUID,
    extraction_id: UUID,
    sheet: Annotated[str, Path(pattern=LIVE_SHEET_NAME)],
    viewer: ViewerDep,
    frames: FramesPart,
) -> Response:
    """A sheet of thumbnails of what is still being extracted, row by row.

    Its address comes with `progress` events. Once the archive is complete there are its sheets
    instead.
    """
    data = await frames.live_sheet(viewer, video_id, extraction_id, sheet)
    return Response(data, headers=_caching(sheet), media_type="image/jpeg")


def _caching(version: str) -> dict[str, str]:
    """The headers of what never changes, and is told from others by `version`."""
    return {**CACHING, "ETag": f'"{hashlib.sha256(version.encode()).hexdigest()}"'}
