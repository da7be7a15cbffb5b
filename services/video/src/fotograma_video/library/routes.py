"""A user's videos."""

from dataclasses import replace
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import RedirectResponse
from fotograma_kit.body_limit import SmallBodyRoute
from fotograma_kit.problems import problem_responses
from fotograma_kit.tokens import Scope
from fotograma_kit.web import part

from fotograma_video import errors
from fotograma_video.domain import VideoStatus
from fotograma_video.http.answers import json_answer
from fotograma_video.http.dependencies import DeleterId, ReaderId, SignerPart, Uploader
from fotograma_video.http.responses import ARCHIVE, EVERYWHERE, VIDEO
from fotograma_video.library.schemas import (
    ChangeBody,
    DownloadBody,
    SourceBody,
    VideoBody,
    VideoPage,
    video_body,
)
from fotograma_video.library.service import Library
from fotograma_video.settings import ApiSettings
from fotograma_video.users.schemas import LimitsBody
from fotograma_video.videos.cursor import decode_cursor, encode_cursor
from fotograma_video.videos.repository import Page, SortKey

router = APIRouter(**EVERYWHERE, route_class=SmallBodyRoute)

LibraryPart = Annotated[Library, Depends(part(Library))]
SettingsPart = Annotated[ApiSettings, Depends(part(ApiSettings))]


async def _wanted_page(
    status: VideoStatus | None = None,
    q: Annotated[
        str | None,
        Query(max_length=255, pattern=r"^[^\x00]*$", description="Part of the name."),
    ] = None,
    sort: Annotated[
        str,
        Query(
            pattern="^-?(created_at|name|size_bytes)$",
            description="`created_at`, `name` or `size_bytes`; `-` in front for descending.",
        ),
    ] = "-created_at",
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: Annotated[str | None, Query(max_length=2_000)] = None,
) -> Page:
    key = SortKey(sort.removeprefix("-"))
    return Page(
        limit=limit,
        sort=key,
        descending=sort.startswith("-"),
        status=status,
        search=q,
        after=decode_cursor(cursor, key) if cursor else None,
    )


@router.get("", response_model=VideoPage, responses=problem_responses(errors.BadCursor))
async def list_videos(
    user_id: ReaderId,
    library: LibraryPart,
    signer: SignerPart,
    page: Annotated[Page, Depends(_wanted_page)],
) -> Response:
    """Your videos, page by page."""
    entries = await library.page(user_id, replace(page, limit=page.limit + 1))
    more = len(entries) > page.limit
    shown = entries[: page.limit]
    return json_answer(
        {
            "items": [video_body(entry, signer) for entry in shown],
            "next": encode_cursor(shown[-1].video, page.sort) if more else None,
        }
    )


@router.get("/limits")
async def get_limits(user_id: ReaderId, settings: SettingsPart, library: LibraryPart) -> LimitsBody:
    """What may be uploaded, and what you have of it."""
    return LimitsBody.of_account(settings, await library.account(user_id))


@router.get("/{video_id}", response_model=VideoBody, responses=problem_responses(*VIDEO))
async def get_video(
    video_id: UUID, user_id: ReaderId, library: LibraryPart, signer: SignerPart
) -> Response:
    """One video with its extractions."""
    return json_answer(video_body(await library.get(user_id, video_id), signer))


@router.patch(
    "/{video_id}",
    response_model=VideoBody,
    responses=problem_responses(*VIDEO, errors.BadRetention),
)
async def change_video(
    video_id: UUID,
    body: ChangeBody,
    principal: Uploader,
    library: LibraryPart,
    signer: SignerPart,
) -> Response:
    """Give a video another name, or another time for which it is kept.

    An API key needs the scope `videos:delete`, too, to say when the video is deleted.
    """
    changes = body.changes()
    if "retention_days" in changes:
        principal.require(Scope.DELETE)
    changed = await library.change(principal.user_id, video_id, changes)
    return json_answer(video_body(changed, signer))


@router.delete(
    "/{video_id}",
    status_code=HTTPStatus.NO_CONTENT,
    responses=problem_responses(*VIDEO),
)
async def delete_video(video_id: UUID, user_id: DeleterId, library: LibraryPart) -> None:
    """Delete a video, its archives and whatever is still being made from it."""
    await library.delete(user_id, video_id)


@router.get("/{video_id}/source", responses=problem_responses(*VIDEO))
async def get_source(
    video_id: UUID, user_id: ReaderId, library: LibraryPart, response: Response
) -> SourceBody:
    """What was uploaded, to be played in a browser: an address that takes ranges."""
    response.headers["Cache-Control"] = "no-store"
    return SourceBody.of(await library.source(user_id, video_id))


@router.get(
    "/{video_id}/download",
    status_code=HTTPStatus.SEE_OTHER,
    response_class=RedirectResponse,
    responses={
        HTTPStatus.OK: {"model": DownloadBody, "description": "Where `Accept` asks for JSON."},
        **problem_responses(*ARCHIVE),
    },
)
async def download(
    request: Request,
    video_id: UUID,
    user_id: ReaderId,
    library: LibraryPart,
    extraction: UUID | None = None,
) -> Response:
    """The archive of an extraction, by default of the newest complete one.

    Where there is none, the answer 409 says why, with the `extraction_status`: `not_ready` while it
    is worth asking again, `extraction_failed` with the `reason`, or `extraction_cancelled`. Where
    none is complete it is about the newest that still runs, or else about the newest.
    """
    found = await library.download(user_id, video_id, extraction)
    if "application/json" in request.headers.get("accept", ""):
        body = DownloadBody.of(found).model_dump_json()
        return Response(body, media_type="application/json")
    return RedirectResponse(found.url, HTTPStatus.SEE_OTHER)
