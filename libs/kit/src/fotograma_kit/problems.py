"""Errors as RFC 9457 problem details.

A service's errors derive from `Problem` and carry their status and stable code; the handlers
here turn them, and what the frameworks raise, into `application/problem+json`.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Annotated, Any, ClassVar

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from opentelemetry import trace
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from fotograma_kit.field_errors import FieldError, FieldErrorCode, field_errors, sentences
from fotograma_kit.headers import DEFAULTS

MEDIA_TYPE = "application/problem+json"

_RENAMED = {413: "content_too_large", 416: "range_not_satisfiable", 422: "unprocessable_content"}
"""Statuses whose names differ between versions of Python; ours must not."""
_HTTP_CODES = frozenset({"not_found", "method_not_allowed", "internal_error"})
"""Of answers that no class here stands for."""


class Problem(Exception):
    """An error that is answered as problem details.

    `detail` is for a person; `extensions` are further members of the answer.
    """

    status: ClassVar[int]
    code: ClassVar[str]
    title: ClassVar[str]

    def __init__(
        self, detail: str | None = None, headers: Mapping[str, str] | None = None, **extensions: Any
    ) -> None:
        super().__init__(detail or self.title)
        self.detail = detail
        self.headers = headers
        self.extensions = extensions


class Unauthenticated(Problem):
    """The request bears no valid token."""

    status = HTTPStatus.UNAUTHORIZED
    code = "unauthenticated"
    title = "A valid access token is needed"

    def __init__(self, detail: str | None = None) -> None:
        super().__init__(detail, headers={"WWW-Authenticate": "Bearer"})


class Forbidden(Problem):
    """The token is valid, and its bearer may not do this."""

    status = HTTPStatus.FORBIDDEN
    code = "forbidden"
    title = "Not allowed"


class Unavailable(Problem):
    """Something this service depends on does not answer."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "unavailable"
    title = "Temporarily unavailable"

    def __init__(self, detail: str | None = None) -> None:
        super().__init__(detail, headers={"Retry-After": "5"})


class InvalidRequest(Problem):
    """The request does not parse. Documented here, raised by FastAPI's own validation."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code = "invalid_request"
    title = "The request is not valid"


class UnreadableBody(Problem):
    """The body cannot be read. Documented here, raised by FastAPI itself."""

    status = HTTPStatus.BAD_REQUEST
    code = "bad_request"
    title = "Bad request"


class ContentTooLarge(Problem):
    """The body is larger than any that the route takes. Documented here, raised while reading."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    code = "content_too_large"
    title = "Content too large"


class RequestTimeout(Problem):
    """The body comes too slowly. Documented here, raised while reading."""

    status = HTTPStatus.REQUEST_TIMEOUT
    code = "request_timeout"
    title = "The request took too long to arrive"


class TryLater(Problem):
    """What is refused now is done after `Retry-After`."""

    status = HTTPStatus.TOO_MANY_REQUESTS

    def __init__(self, wait_seconds: float, **extensions: Any) -> None:
        self.retry_after = max(1, math.ceil(wait_seconds))
        super().__init__(
            f"Try again in {self.retry_after} seconds.",
            headers={"Retry-After": str(self.retry_after)},
            retry_after=self.retry_after,
            **extensions,
        )


class TooManyRequests(TryLater):
    """A user, or a network, sends more requests than one may."""

    code = "too_many_requests"
    title = "Too many requests at once"


class ProblemBody(BaseModel):
    """The answer's body; members beyond these depend on the code."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    code: str
    detail: str | None = None
    which: Annotated[str | None, Field(description="The limit that was hit.")] = None
    limit: Annotated[int | None, Field(description="What it allows.")] = None
    errors: Annotated[
        list[FieldError], Field(description="What is wrong, field by field, where fields are.")
    ] = []


def body_schema(body: type[ProblemBody]) -> dict[str, Any]:
    """The schema of a problem's body, for the OpenAPI document that `problem_schemas` are in."""
    template = "#/components/schemas/{model}"
    schema = body.model_json_schema(ref_template=template, mode="serialization")
    schema.pop("$defs", None)
    for member in schema["properties"].values():
        member.pop("default", None)  # what is not there is left out
    schema["properties"]["code"] = {"$ref": "#/components/schemas/ProblemCode"}
    return schema


def problem_schemas(package: str) -> dict[str, Any]:
    """What the responses of a service's OpenAPI document refer to."""
    return {
        "FieldError": FieldError.model_json_schema(mode="serialization"),
        "Problem": {**body_schema(ProblemBody), "title": "Problem"},
        "ProblemCode": {
            "type": "string",
            "title": "ProblemCode",
            "description": "Every `code` that a problem may have.",
            "enum": problem_codes(package),
        },
    }


def by_field(errors: Sequence[FieldError]) -> dict[str, Any]:
    """The members of a problem that tell what is wrong with each field."""
    return {"errors": [each.model_dump(mode="json") for each in errors]}


class FieldProblem(Problem):
    """A problem that a field of the request is to blame for, or several; `errors` names them."""

    field: ClassVar[str]
    """Its path, as validation names it."""
    field_code: ClassVar[FieldErrorCode]

    def __init__(
        self,
        detail: str | None = None,
        *,
        errors: Sequence[FieldError] = (),
        field: str | None = None,
        field_code: FieldErrorCode | None = None,
        field_limit: int | None = None,
        **extensions: Any,
    ) -> None:
        """Blame `errors`, or else the one field that the class or this call names."""
        error = FieldError(
            field=field or self.field,
            code=field_code or self.field_code,
            limit=field_limit,
            detail=detail or self.title,
        )
        super().__init__(detail, **by_field(errors or [error]), **extensions)


def problem_codes(package: str) -> list[str]:
    """Every code that a service's problems may carry: its package's, the kit's, and HTTP's own."""
    ours = {
        problem.code
        for problem in _kinds_of(Problem)
        if problem.__module__.startswith(f"{package}.") or problem.__module__ == __name__
    }
    return sorted(ours | _HTTP_CODES)


def _kinds_of(problem: type[Problem]) -> Iterator[type[Problem]]:
    for kind in problem.__subclasses__():
        if hasattr(kind, "code"):
            yield kind
        yield from _kinds_of(kind)


def problem_responses(*problems: type[Problem]) -> dict[int | str, dict[str, Any]]:
    """OpenAPI `responses` for the problems a route may answer with."""
    return with_problems({}, *problems)


def with_problems(
    responses: Mapping[int | str, dict[str, Any]], *problems: type[Problem]
) -> dict[int | str, dict[str, Any]]:
    """Add the given problems to OpenAPI `responses`."""
    by_status = {status: dict(entry) for status, entry in responses.items()}
    for problem in problems:
        entry = by_status.setdefault(
            int(problem.status),
            {
                "description": "",
                "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
            },
        )
        line = f"`{problem.code}`: {problem.title}"
        if line not in entry["description"]:
            entry["description"] = "; ".join(filter(None, [entry["description"], line]))
    return by_status


def install_problem_handlers(app: FastAPI) -> None:
    """Answer every error of `app` that is expected as a problem."""
    app.add_exception_handler(Problem, _answer_problem)
    app.add_exception_handler(HTTPException, _answer_http_exception)
    app.add_exception_handler(RequestValidationError, _answer_validation_error)


def _response(
    status: int,
    code: str,
    title: str,
    *,
    detail: str | None = None,
    headers: Mapping[str, str] | None = None,
    extensions: Mapping[str, Any] | None = None,
) -> JSONResponse:
    body = {"type": f"urn:fotograma:problem:{code}", "title": title, "status": status, "code": code}
    if detail:
        body["detail"] = detail
    body.update(extensions or {})
    return JSONResponse(
        body, status, headers=dict(headers) if headers else None, media_type=MEDIA_TYPE
    )


def problem_response(error: Problem) -> JSONResponse:
    """The answer, for what stands before the application's own handlers."""
    return _response(
        int(error.status),
        error.code,
        error.title,
        detail=error.detail,
        headers=error.headers,
        extensions=error.extensions,
    )


async def _answer_problem(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Problem)  # noqa: S101 - Starlette picks the handler by class
    return problem_response(error)


async def _answer_http_exception(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 - Starlette picks the handler by class
    status = HTTPStatus(error.status_code)
    code = _RENAMED.get(status, status.name.lower())
    return _response(status, code, code.replace("_", " ").capitalize(), headers=error.headers)


async def _answer_validation_error(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - as above
    errors = field_errors(error.errors())
    return _response(
        InvalidRequest.status,
        InvalidRequest.code,
        InvalidRequest.title,
        detail=sentences(errors),
        extensions=by_field(errors),
    )


def unexpected_response() -> JSONResponse:
    """The answer where something failed that nobody expected."""
    context = trace.get_current_span().get_span_context()
    return _response(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "internal_error",
        "Something went wrong on our side",
        headers=DEFAULTS,  # the middleware that adds them may be what has failed
        extensions={"trace_id": format(context.trace_id, "032x")} if context.is_valid else None,
    )
