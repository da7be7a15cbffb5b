"""The extractions of a video."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from fotograma_contracts.recipe import Recipe
from fotograma_kit.body_limit import SmallBodyRoute
from fotograma_kit.problems import problem_responses
from fotograma_kit.web import part

from fotograma_video import errors
from fotograma_video.extractions.progress import Progress
from fotograma_video.extractions.schemas import ExtractionDetail, extraction_detail
from fotograma_video.extractions.service import Extractions
from fotograma_video.http.answers import json_answer
from fotograma_video.http.dependencies import IdempotencyKeyHeader, ReaderId, UploaderId
from fotograma_video.http.responses import EVERYWHERE, KEYS, QUOTAS, VIDEO

router = APIRouter(**EVERYWHERE, route_class=SmallBodyRoute)

ExtractionsPart = Annotated[Extractions, Depends(part(Extractions))]
ProgressPart = Annotated[Progress, Depends(part(Progress))]


@router.post(
    "/{video_id}/extractions",
    status_code=HTTPStatus.CREATED,
    response_model=ExtractionDetail,
    responses=problem_responses(*VIDEO, *QUOTAS, *KEYS),
)
async def start_extraction(
    video_id: UUID,
    recipe: Recipe,
    user_id: UploaderId,
    extractions: ExtractionsPart,
    progress: ProgressPart,
    idempotency_key: IdempotencyKeyHeader = None,
) -> Response:
    """Extract again, with another recipe, without uploading again."""
    extraction_id = await extractions.start(user_id, video_id, recipe, idempotency_key)
    location = f"/video/{video_id}/extractions/{extraction_id}"
    detail = await extractions.get(user_id, video_id, extraction_id)
    body = extraction_detail(detail, progress)
    return json_answer(body, HTTPStatus.CREATED, {"Location": location})


@router.get(
    "/{video_id}/extractions/{extraction_id}",
    response_model=ExtractionDetail,
    responses=problem_responses(*VIDEO, errors.ExtractionNotFound),
)
async def get_extraction(
    video_id: UUID,
    extraction_id: UUID,
    user_id: ReaderId,
    extractions: ExtractionsPart,
    progress: ProgressPart,
) -> Response:
    """One extraction, with its progress."""
    detail = await extractions.get(user_id, video_id, extraction_id)
    return json_answer(extraction_detail(detail, progress))


@router.post(
    "/{video_id}/extractions/{extraction_id}/cancel",
    response_model=ExtractionDetail,
    responses=problem_responses(*VIDEO, errors.ExtractionNotFound, errors.NotRunning),
)
async def cancel_extraction(
    video_id: UUID,
    extraction_id: UUID,
    user_id: UploaderId,
    extractions: ExtractionsPart,
    progress: ProgressPart,
) -> Response:
    """Stop an extraction. What it has done is kept for a day, for a retry."""
    await extractions.cancel(user_id, video_id, extraction_id)
    detail = await extractions.get(user_id, video_id, extraction_id)
    return json_answer(extraction_detail(detail, progress))


@router.post(
    "/{video_id}/extractions/{extraction_id}/retry",
    response_model=ExtractionDetail,
    responses=problem_responses(*VIDEO, errors.ExtractionNotFound, errors.NotRetryable, *QUOTAS),
)
async def retry_extraction(
    video_id: UUID,
    extraction_id: UUID,
    user_id: UploaderId,
    extractions: ExtractionsPart,
    progress: ProgressPart,
) -> Response:
    """Try a failed or cancelled extraction again. Segments that are done are not done again."""
    await extractions.retry(user_id, video_id, extraction_id)
    detail = await extractions.get(user_id, video_id, extraction_id)
    return json_answer(extraction_detail(detail, progress))
