"""Answers that are written as they are, without making a model of them first."""

from collections.abc import Mapping
from http import HTTPStatus

from fastapi import Response
from pydantic_core import to_json

from fotograma_video.rows import Json


def json_answer(
    body: Json, status: HTTPStatus = HTTPStatus.OK, headers: Mapping[str, str] | None = None
) -> Response:
    """The body as JSON. The route's `response_model` describes it."""
    return Response(to_json(body), status, headers, media_type="application/json")
