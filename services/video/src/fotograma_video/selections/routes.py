"""Some of an archive's frames as a ZIP of their own."""

from http import HTTPStatus
from pathlib import PurePath
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Request, Response
from fastapi.responses import StreamingResponse
from fotograma_kit.body_limit import SmallBodyRoute
from fotograma_kit.problems import InvalidRequest, problem_responses
from fotograma_kit.web import part

from fotograma_video import errors
from fotograma_video.frames.dependencies import OwnArchive, SeenArchive
from fotograma_video.frames.streaming import begun
from fotograma_video.http.conditional import is_known, wanted_range
from fotograma_video.http.dependencies import ReaderId, SignerPart
from fotograma_video.http.responses import EVERYWHERE, FRAMES, SIGNED
from fotograma_video.naming import content_disposition
from fotograma_video.selections.schemas import NewSelectionBody, SelectionBody
from fotograma_video.selections.service import Selections

MEDIA_TYPE = "application/zip"
_CONTENT = {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}}
_ZIP: dict[str, Any] = {
    "response_class": Response,
    "responses": {
        HTTPStatus.OK: {"description": "The ZIP.", "content": _CONTENT},
        HTTPStatus.PARTIAL_CONTENT: {"description": "The range of it.", "content": _CONTENT},
        HTTPStatus.NOT_MODIFIED: {"description": "`If-None-Match` names what you have."},
        **problem_responses(
            *FRAMES, *SIGNED, errors.SelectionNotFound, errors.RangeNotSatisfiable, InvalidRequest
        ),
    },
}

router = APIRouter(
    **{**EVERYWHERE, "prefix": "/video/{video_id}/extractions/{extraction_id}"},
    route_class=SmallBodyRoute,
)

SelectionsPart = Annotated[Selections, Depends(part(Selections))]


@router.post(
    "/selection",
    status_code=HTTPStatus.CREATED,
    responses=problem_responses(
        *FRAMES,
        errors.EmptySelection,
        errors.SelectionTooLarge,
        errors.UnknownFrames,
        InvalidRequest,
    ),
)
async def select_frames(
    body: NewSelectionBody,
    response: Response,
    user_id: ReaderId,
    archive: OwnArchive,
    selections: SelectionsPart,
    signer: SignerPart,
) -> SelectionBody:
    """Choose frames, and get an address to download a ZIP of just those from."""
    selection = await selections.create(user_id, archive, body.selection())
    made = SelectionBody.of(archive, selection, signer)
    response.headers["Location"] = made.url.partition("?")[0]
    return made


@router.head("/selection/{selection_id}", **_ZIP)
@router.get("/selection/{selection_id}", **_ZIP)
async def download_selection(
    request: Request,
    selection_id: UUID,
    archive: SeenArchive,
    selections: SelectionsPart,
    range_header: Annotated[str | None, Header(alias="Range")] = None,
    if_range: Annotated[str | None, Header()] = None,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """The ZIP of the chosen frames, or the range of it that is still missing."""
    selection = await selections.find(archive, selection_id)
    etag = f'"{selection_id.hex}"'
    headers = {
        "Accept-Ranges": "bytes",
        "Cache-Control": "private",
        "Content-Disposition": content_disposition(
            f"{PurePath(archive.video_name).stem}-selection.zip"
        ),
        "ETag": etag,
    }
    if is_known(if_none_match, etag):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    headers["Content-Length"] = str(selection.size)
    if request.method == "HEAD":  # which has no ranges
        return Response(headers=headers, media_type=MEDIA_TYPE)
    part = wanted_range(range_header, if_range, etag, selection.size)
    status = HTTPStatus.OK
    if part is not None:
        status = HTTPStatus.PARTIAL_CONTENT
        headers["Content-Length"] = str(len(part))
        headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{selection.size}"
    begin, end = (part.start, part.stop) if part is not None else (0, selection.size)
    chunks = await begun(selections.read(archive, selection, begin, end))
    return StreamingResponse(chunks, status, headers, media_type=MEDIA_TYPE)
