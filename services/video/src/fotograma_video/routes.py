"""HTTP: parse, call one use case, answer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from fastapi.sse import EventSourceResponse, ServerSentEvent
from fotograma_contracts.recipe import Recipe
from fotograma_kit.body_limit import SmallBodyRoute
from fotograma_kit.database import DatabaseUnavailable
from fotograma_kit.problems import Forbidden, Problem, Unauthenticated, problem_responses
from starlette.requests import ClientDisconnect

from fotograma_video import errors
from fotograma_video.cursor import decode_cursor, encode_cursor
from fotograma_video.dependencies import (
    DeleterId,
    DirectUploadsDep,
    ExtractionsDep,
    IdempotencyKeyHeader,
    LibraryDep,
    LiveDep,
    ProgressDep,
    Reader,
    ReaderId,
    SettingsDep,
    UploaderId,
    UploadsDep,
)
from fotograma_video.domain import VideoStatus
from fotograma_video.form import read_form
from fotograma_video.repository import Page, SortKey
from fotograma_video.schemas import (
    DownloadBody,
    ExtractionDetail,
    LimitsBody,
    NewUploadBody,
    RenameBody,
    SignBody,
    SignedPartsBody,
    UploadBody,
    VideoBody,
    VideoPage,
    live_event,
)

FORM_OVERHEAD_BYTES = 512 * 1024
"""What a form may have beside its file: boundaries, headers and the recipe."""

RECONNECT_MS = 1_000
"""How soon a client should come back when its stream has ended."""
LINGER_SECONDS = 2.0
"""How long a refused upload is read on, so that its client sees why."""

_EVERYWHERE: dict[str, Any] = {
    "prefix": "/video",
    "tags": ["video"],
    "responses": problem_responses(Unauthenticated, Forbidden, DatabaseUnavailable),
}
upload_router = APIRouter(**_EVERYWHERE)
router = APIRouter(**_EVERYWHERE, route_class=SmallBodyRoute)
_QUOTAS = (errors.QuotaExceeded, errors.TooManyAtOnce)
_KEYS = (errors.KeyInFlight, errors.KeyReused)
_UPLOAD_FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {"type": "string", "format": "binary"},
                        "recipe": {
                            "type": "string",
                            "contentMediaType": "application/json",
                            "description": "A recipe as JSON; before or after the file.",
                        },
                    },
                }
            }
        },
    }
}


@upload_router.post(
    "",
    status_code=HTTPStatus.CREATED,
    openapi_extra=_UPLOAD_FORM,
    responses=problem_responses(
        errors.BadForm,
        errors.BadRecipe,
        errors.EmptyFile,
        errors.FileTooLarge,
        errors.StorageUnavailable,
        errors.UnsupportedMediaType,
        errors.UploadStalled,
        *_QUOTAS,
        *_KEYS,
    ),
)
async def upload(
    request: Request,
    response: Response,
    user_id: UploaderId,
    settings: SettingsDep,
    uploads: UploadsDep,
    library: LibraryDep,
    idempotency_key: IdempotencyKeyHeader = None,
) -> VideoBody:
    """Upload a video and extract its frames.

    The form is stored while it arrives. Its `recipe` says which frames; without one it is a PNG
    for each second.
    """
    declared_bytes = _declared_bytes(request)
    async with _lingering(request) as body:
        if declared_bytes > settings.video_max_upload_bytes + FORM_OVERHEAD_BYTES:
            limit = settings.video_max_upload_bytes
            raise errors.FileTooLarge(f"A video may have at most {limit} bytes.", limit=limit)
        patient = _patient(body, settings.video_upload_idle_seconds)
        form = read_form(patient, request.headers.get("content-type", ""))
        video_id = await uploads.receive(user_id, form, declared_bytes, idempotency_key)
    response.headers["Location"] = f"/video/{video_id}"
    return VideoBody.of(await library.get(user_id, video_id))


@router.get("", responses=problem_responses(errors.BadCursor))
async def list_videos(
    user_id: ReaderId,
    library: LibraryDep,
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
) -> VideoPage:
    """Your videos, page by page."""
    key = SortKey(sort.removeprefix("-"))
    page = Page(
        limit=limit + 1,
        sort=key,
        descending=sort.startswith("-"),
        status=status,
        search=q,
        after=decode_cursor(cursor, key) if cursor else None,
    )
    entries = await library.page(user_id, page)
    more = len(entries) > limit
    return VideoPage(
        items=[VideoBody.of(entry) for entry in entries[:limit]],
        next=encode_cursor(entries[limit - 1].video, key) if more else None,
    )


@router.get("/limits")
async def get_limits(user_id: ReaderId, settings: SettingsDep, library: LibraryDep) -> LimitsBody:
    """What may be uploaded, and what you have of it."""
    return LimitsBody.of(settings, await library.usage(user_id))


@router.post(
    "/uploads",
    status_code=HTTPStatus.CREATED,
    responses=problem_responses(
        errors.FileTooLarge, errors.StorageUnavailable, *_QUOTAS, *_KEYS, errors.UploadNotFound
    ),
)
async def create_upload(
    body: NewUploadBody,
    response: Response,
    user_id: UploaderId,
    uploads: DirectUploadsDep,
    idempotency_key: IdempotencyKeyHeader = None,
) -> UploadBody:
    """Begin an upload that you send to the object storage yourself, in parts."""
    upload_id = await uploads.create(
        user_id, body.name, body.size_bytes, body.recipe, idempotency_key
    )
    response.headers["Location"] = f"/video/uploads/{upload_id}"
    return UploadBody.of(await uploads.get(user_id, upload_id))


@router.get(
    "/uploads/{upload_id}",
    responses=problem_responses(errors.UploadNotFound, errors.StorageUnavailable),
)
async def get_upload(upload_id: UUID, user_id: UploaderId, uploads: DirectUploadsDep) -> UploadBody:
    """Which parts have arrived: what is missing is sent to resume."""
    return UploadBody.of(await uploads.get(user_id, upload_id))


@router.post(
    "/uploads/{upload_id}/parts",
    responses=problem_responses(errors.UploadNotFound, errors.BadPartNumber),
)
async def sign_parts(
    upload_id: UUID, body: SignBody, user_id: UploaderId, uploads: DirectUploadsDep
) -> SignedPartsBody:
    """URLs to PUT parts to. Ask again when they have expired."""
    signed = await uploads.sign(user_id, upload_id, body.numbers)
    return SignedPartsBody(urls=dict(signed.urls), expires_at=signed.expires_at)


@router.post(
    "/uploads/{upload_id}/complete",
    responses=problem_responses(
        errors.UploadNotFound, errors.SizeMismatch, errors.StorageUnavailable
    ),
)
async def complete_upload(
    upload_id: UUID, user_id: UploaderId, uploads: DirectUploadsDep, library: LibraryDep
) -> VideoBody:
    """Make the parts a video. Its id is the upload's; asking again changes nothing."""
    video_id = await uploads.complete(user_id, upload_id)
    return VideoBody.of(await library.get(user_id, video_id))


@router.delete(
    "/uploads/{upload_id}",
    status_code=HTTPStatus.NO_CONTENT,
    responses=problem_responses(errors.UploadNotFound),
)
async def abort_upload(upload_id: UUID, user_id: UploaderId, uploads: DirectUploadsDep) -> None:
    """Give an upload up."""
    await uploads.abort(user_id, upload_id)


@router.get("/events", response_class=EventSourceResponse)
async def live_events(
    principal: Reader, live: LiveDep, progress: ProgressDep
) -> AsyncIterator[ServerSentEvent]:
    """Your library, live: a `snapshot`, then `video`, `deleted` and `progress` events.

    The stream ends when the access token does. A client that comes back gets a new snapshot, so
    `Last-Event-ID` is not needed.
    """
    number = 0
    async for event in live.events(principal.user_id, principal.expires_at):
        number += 1
        name, body = live_event(event, progress)
        yield ServerSentEvent(
            raw_data=body.model_dump_json(), event=name, id=str(number), retry=RECONNECT_MS
        )


@router.get("/{video_id}", responses=problem_responses(errors.VideoNotFound))
async def get_video(video_id: UUID, user_id: ReaderId, library: LibraryDep) -> VideoBody:
    """One video with its extractions."""
    return VideoBody.of(await library.get(user_id, video_id))


@router.patch("/{video_id}", responses=problem_responses(errors.VideoNotFound))
async def rename_video(
    video_id: UUID, body: RenameBody, user_id: UploaderId, library: LibraryDep
) -> VideoBody:
    """Give a video another name."""
    return VideoBody.of(await library.rename(user_id, video_id, body.name))


@router.delete(
    "/{video_id}",
    status_code=HTTPStatus.NO_CONTENT,
    responses=problem_responses(errors.VideoNotFound),
)
async def delete_video(video_id: UUID, user_id: DeleterId, library: LibraryDep) -> None:
    """Delete a video, its archives and whatever is still being made from it."""
    await library.delete(user_id, video_id)


@router.post(
    "/{video_id}/extractions",
    status_code=HTTPStatus.CREATED,
    responses=problem_responses(errors.VideoNotFound, *_QUOTAS, *_KEYS),
)
async def start_extraction(
    video_id: UUID,
    recipe: Recipe,
    response: Response,
    user_id: UploaderId,
    extractions: ExtractionsDep,
    progress: ProgressDep,
    idempotency_key: IdempotencyKeyHeader = None,
) -> ExtractionDetail:
    """Extract again, with another recipe, without uploading again."""
    extraction_id = await extractions.start(user_id, video_id, recipe, idempotency_key)
    response.headers["Location"] = f"/video/{video_id}/extractions/{extraction_id}"
    extraction, segments = await extractions.get(user_id, video_id, extraction_id)
    return ExtractionDetail.with_progress(extraction, segments, progress)


@router.get(
    "/{video_id}/extractions/{extraction_id}",
    responses=problem_responses(errors.VideoNotFound, errors.ExtractionNotFound),
)
async def get_extraction(
    video_id: UUID,
    extraction_id: UUID,
    user_id: ReaderId,
    extractions: ExtractionsDep,
    progress: ProgressDep,
) -> ExtractionDetail:
    """One extraction, with its progress."""
    extraction, segments = await extractions.get(user_id, video_id, extraction_id)
    return ExtractionDetail.with_progress(extraction, segments, progress)


@router.post(
    "/{video_id}/extractions/{extraction_id}/cancel",
    responses=problem_responses(errors.VideoNotFound, errors.ExtractionNotFound, errors.NotRunning),
)
async def cancel_extraction(
    video_id: UUID,
    extraction_id: UUID,
    user_id: UploaderId,
    extractions: ExtractionsDep,
    progress: ProgressDep,
) -> ExtractionDetail:
    """Stop an extraction. What it has done is kept for a day, for a retry."""
    await extractions.cancel(user_id, video_id, extraction_id)
    extraction, segments = await extractions.get(user_id, video_id, extraction_id)
    return ExtractionDetail.with_progress(extraction, segments, progress)


@router.post(
    "/{video_id}/extractions/{extraction_id}/retry",
    responses=problem_responses(
        errors.VideoNotFound, errors.ExtractionNotFound, errors.NotRetryable, *_QUOTAS
    ),
)
async def retry_extraction(
    video_id: UUID,
    extraction_id: UUID,
    user_id: UploaderId,
    extractions: ExtractionsDep,
    progress: ProgressDep,
) -> ExtractionDetail:
    """Try a failed or cancelled extraction again. Segments that are done are not done again."""
    await extractions.retry(user_id, video_id, extraction_id)
    extraction, segments = await extractions.get(user_id, video_id, extraction_id)
    return ExtractionDetail.with_progress(extraction, segments, progress)


@router.get(
    "/{video_id}/download",
    status_code=HTTPStatus.SEE_OTHER,
    response_class=RedirectResponse,
    responses={
        HTTPStatus.OK: {"model": DownloadBody, "description": "Where `Accept` asks for JSON."},
        **problem_responses(errors.VideoNotFound, errors.ExtractionNotFound, errors.NotReady),
    },
)
async def download(
    request: Request,
    video_id: UUID,
    user_id: ReaderId,
    library: LibraryDep,
    extraction: UUID | None = None,
) -> Response:
    """The archive of an extraction, by default of the newest complete one."""
    found = await library.download(user_id, video_id, extraction)
    if "application/json" in request.headers.get("accept", ""):
        body = DownloadBody.of(found).model_dump_json()
        return Response(body, media_type="application/json")
    return RedirectResponse(found.url, HTTPStatus.SEE_OTHER)


def _declared_bytes(request: Request) -> int:
    length = request.headers.get("content-length", "")
    return int(length) if length.isdecimal() else 0


@asynccontextmanager
async def _lingering(request: Request) -> AsyncIterator[AsyncIterator[bytes]]:
    """The request's body. When it is refused, what is still arriving is read for a moment.

    A connection that is closed with unread bytes is reset, and the client may never see the
    answer. A client that asked first (`Expect: 100-continue`) is not sending yet.
    """
    body = request.stream()
    try:
        yield body
    except Problem:
        if "expect" not in request.headers:
            with suppress(TimeoutError, ClientDisconnect):
                async with asyncio.timeout(LINGER_SECONDS):
                    async for _ in body:
                        pass
        raise


async def _patient(stream: AsyncIterator[bytes], idle_seconds: float) -> AsyncIterator[bytes]:
    """The request's body, broken off when the client is gone or sends nothing for too long."""
    while True:
        try:
            async with asyncio.timeout(idle_seconds):
                chunk = await anext(stream, None)
        except TimeoutError as error:
            raise errors.UploadStalled(f"Nothing arrived for {idle_seconds:g} seconds.") from error
        except ClientDisconnect as error:
            raise errors.UploadStalled("The connection broke off.") from error
        if chunk is None:
            return
        yield chunk
