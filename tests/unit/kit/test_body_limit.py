"""Routes of small bodies refuse what is larger or cannot be read, and their documents say so."""

from http import HTTPStatus
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from fotograma_kit.body_limit import MAX_BODY_BYTES, SmallBodyRoute
from fotograma_kit.problems import (
    InvalidRequest,
    Problem,
    install_problem_handlers,
    problem_responses,
)
from pydantic import BaseModel


class FileTooLarge(Problem):
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    code = "file_too_large"
    title = "The file is too large"


class Note(BaseModel):
    text: str


router = APIRouter(prefix="/notes", route_class=SmallBodyRoute)


@router.post("", responses=problem_responses(FileTooLarge, InvalidRequest))
async def write(note: Note) -> Note:
    return note


@router.get("")
async def read() -> Note:
    return Note(text="")


@pytest.fixture
def app() -> FastAPI:
    app = FastAPI()
    install_problem_handlers(app)
    app.include_router(router)
    return app


@pytest.fixture
def client(app: FastAPI) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")


def documented(app: FastAPI, method: str) -> dict[str, Any]:
    responses: dict[str, Any] = app.openapi()["paths"]["/notes"][method]["responses"]
    return responses


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b" " * (MAX_BODY_BYTES + 1), 413, "content_too_large"),
        (b'{"text": "\xff"}', 400, "bad_request"),
        (b'{"text": ' + b"[" * 100_000, 422, "invalid_request"),
        (b'{"text": ' + b"9" * 200_000 + b"}", 422, "invalid_request"),
        (b'{"text": "short"}', 200, None),
    ],
    ids=["too large", "not UTF-8", "too deep", "too many digits", "good"],
)
async def test_small_body_route_documents_what_it_answers(
    app: FastAPI, client: httpx.AsyncClient, body: bytes, status: int, code: str | None
) -> None:
    answer = await client.post("/notes", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == status
    entry = documented(app, "post")[str(status)]
    assert list(entry["content"]) == [answer.headers["content-type"]]
    if code is not None:
        assert answer.json()["code"] == code
        assert f"`{code}`" in entry["description"]


def test_small_body_route_keeps_the_documented_problems_of_its_route(app: FastAPI) -> None:
    description = documented(app, "post")["413"]["description"]
    assert "`file_too_large`" in description
    assert description.count("`content_too_large`") == 1


def test_small_body_route_without_a_body_documents_no_body_problem(app: FastAPI) -> None:
    assert set(documented(app, "get")) == {"200"}
