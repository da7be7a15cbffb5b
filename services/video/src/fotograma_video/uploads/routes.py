"""Uploads: as a form through this service, or in parts straight to the object storage."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from fotograma_kit.body_limit import SmallBodyRoute
from fotograma_kit.problems import (
    MEDIA_TYPE,
    Problem,
    body_schema,
    problem_responses,
    with_problems,
)
from fotograma_kit.web import part
from starlette.requests import ClientDisconnect

from fotograma_video import errors
from fotograma_video.http.answers import json_answer
from fotograma_video.http.dependencies import IdempotencyKeyHeader, SignerPart, UploaderId
from fotograma_video.http.responses import EVERYWHERE, KEYS, QUOTAS, VIDEO
from fotograma_video.library.schemas import VideoBody, video_body
from fotograma_video.library.service import Library
from fotograma_video.uploads.direct_uploads import Choice, DirectUploads
from fotograma_video.uploads.form_parser import read_form
from fotograma_video.uploads.form_uploads import FormUploads
from fotograma_video.uploads.schemas import (
    CompleteBody,
    NewUploadBody,
    PartsMissingBody,
    SignBody,
    SignedPartsBody,
    UploadBody,
    UploadListBody,
    UploadSummaryBody,
)

LINGER_SECONDS = 2.0
"""How long a refused upload is read on, so that its client sees why."""

form_router = APIRouter(**EVERYWHERE)
router = APIRouter(**EVERYWHERE, route_class=SmallBodyRoute)

DirectUploadsPart = Annotated[DirectUploads, Depends(part(DirectUploads))]
LibraryPart = Annotated[Library, Depends(part(Library))]
UploadsPart = Annotated[FormUploads, Depends(part(FormUploads))]

_PARTS_MISSING: dict[int | str, dict[str, Any]] = {
    int(errors.PartsMissing.status): {
        "description": "",
        "content": {MEDIA_TYPE: {"schema": body_schema(PartsMissingBody)}},
    }
}
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
                        "retention_days": {
                            "type": "integer",
                            "minimum": 1,
                            "description": "After how many days the video is deleted.",
                        },
                    },
                }
            }
        },
    }
}


@form_router.post(
    "",
    status_code=HTTPStatus.CREATED,
    response_model=VideoBody,
    openapi_extra=_UPLOAD_FORM,
    responses=problem_responses(
        errors.BadForm,
        errors.BadRecipe,
        errors.BadRetention,
        errors.EmptyFile,
        errors.FileTooLarge,
        errors.StorageUnavailable,
        errors.UnsupportedMediaType,
        errors.UploadStalled,
        *QUOTAS,
        *KEYS,
        *VIDEO,
    ),
)
async def upload(
    request: Request,
    user_id: UploaderId,
    uploads: UploadsPart,
    library: LibraryPart,
    signer: SignerPart,
    idempotency_key: IdempotencyKeyHeader = None,
) -> Response:
    """Upload a video and extract its frames.

    The form is stored while it arrives. Its `recipe` says which frames; without one it is a PNG
    for each second.
    """
    declared_bytes = _declared_bytes(request)
    async with _lingering(request) as body:
        patient = _patient(body, uploads.idle_seconds)
        form = read_form(patient, request.headers.get("content-type", ""))
        video_id = await uploads.receive(user_id, form, declared_bytes, idempotency_key)
    video = video_body(await library.get(user_id, video_id), signer)
    return json_answer(video, HTTPStatus.CREATED, {"Location": f"/video/{video_id}"})


@router.post(
    "/uploads",
    status_code=HTTPStatus.CREATED,
    responses=problem_responses(
        errors.BadRetention,
        errors.FileTooLarge,
        errors.StorageUnavailable,
        errors.UploadNotFound,
        *QUOTAS,
        *KEYS,
    ),
)
async def create_upload(
    body: NewUploadBody,
    response: Response,
    user_id: UploaderId,
    uploads: DirectUploadsPart,
    idempotency_key: IdempotencyKeyHeader = None,
) -> UploadBody:
    """Begin an upload that you send to the object storage yourself, in parts.

    For Uppy's `createMultipartUpload`: `uploadId` and `key` are the `id`, `getChunkSize` is
    `part_bytes`.
    """
    upload_id = await uploads.create(user_id, body.file(), body.options(), idempotency_key)
    response.headers["Location"] = f"/video/uploads/{upload_id}"
    return UploadBody.of(await uploads.get(user_id, upload_id))


@router.get("/uploads", responses=problem_responses(errors.StorageUnavailable))
async def list_uploads(user_id: UploaderId, uploads: DirectUploadsPart) -> UploadListBody:
    """Your unfinished uploads, wherever they were begun: to go on with them here.

    An upload that is sent as a form cannot be gone on with, and is not listed.
    """
    found = await uploads.in_progress(user_id)
    return UploadListBody(items=[UploadSummaryBody.of(progress) for progress in found])


@router.get(
    "/uploads/{upload_id}",
    responses=problem_responses(errors.UploadNotFound, errors.StorageUnavailable),
)
async def get_upload(
    upload_id: UUID, user_id: UploaderId, uploads: DirectUploadsPart
) -> UploadBody:
    """Which parts have arrived: what is missing is sent to resume.

    The storage may drop what lies unfinished for many days. Then no part has arrived any more.

    For Uppy's `listParts`: `PartNumber`, `Size` and `ETag` are `number`, `size_bytes` and `etag`.
    """
    return UploadBody.of(await uploads.get(user_id, upload_id))


@router.post(
    "/uploads/{upload_id}/parts",
    responses=problem_responses(errors.UploadNotFound, errors.BadPartNumber),
)
async def sign_parts(
    upload_id: UUID, body: SignBody, user_id: UploaderId, uploads: DirectUploadsPart
) -> SignedPartsBody:
    """URLs to PUT parts to, without a token. Ask again when they have expired (403 from there).

    Each takes a body of its part's size and no other: `Content-Length`, which clients and browsers
    set themselves, is signed. A part that is sent again takes the place of the one before. For
    Uppy's `signPart`: `url` is that of the part's number in `urls`; no headers are to be given.
    """
    signed = await uploads.sign(user_id, upload_id, body.numbers)
    return SignedPartsBody(urls=dict(signed.urls), expires_at=signed.expires_at)


@router.post(
    "/uploads/{upload_id}/complete",
    response_model=VideoBody,
    responses=with_problems(
        _PARTS_MISSING,
        errors.UploadNotFound,
        errors.PartsMissing,
        errors.StorageUnavailable,
        *QUOTAS,
        *VIDEO,
    ),
)
async def complete_upload(
    upload_id: UUID,
    user_id: UploaderId,
    uploads: DirectUploadsPart,
    library: LibraryPart,
    signer: SignerPart,
    body: CompleteBody | None = None,
) -> Response:
    """Make the parts a video. Its id is the upload's; asking again changes nothing.

    The body may say what was chosen while the file was sent: another `name`, another `recipe`, or
    several `recipes`, of which the first is listed first. Without it all is as the upload began.

    The storage is asked which parts there are, so none are named here. Where some have not arrived
    (`missing`) or have another size (`wrong_size`), the answer 409 `parts_missing` has the numbers
    of both, of each the first 1,000 and how many there are, and the upload stays as it is: send
    those parts and complete it again. Only `DELETE` and its `expires_at` end an upload. For Uppy's
    `completeMultipartUpload`.
    """
    choice = Choice() if body is None else body.choice()
    video_id = await uploads.complete(user_id, upload_id, choice)
    return json_answer(video_body(await library.get(user_id, video_id), signer))


@router.delete(
    "/uploads/{upload_id}",
    status_code=HTTPStatus.NO_CONTENT,
    responses=problem_responses(errors.UploadNotFound),
)
async def abort_upload(upload_id: UUID, user_id: UploaderId, uploads: DirectUploadsPart) -> None:
    """Give an upload up; what has arrived is deleted. For Uppy's `abortMultipartUpload`."""
    await uploads.abort(user_id, upload_id)


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
