"""Errors, each with an exit code, a stable code for scripts and a line for people."""

import json
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any

import httpx

from fotograma_cli.exits import Exit
from fotograma_cli.units import format_bytes


class CommandError(Exception):
    """An error, in one sentence for a person."""

    exit = Exit.FAILED
    code = "failed"

    def __init__(self, message: str, *, code: str | None = None, exit_: Exit | None = None) -> None:
        super().__init__(message)
        self.code = code or self.code
        self.exit = exit_ or self.exit


class WrongUsage(CommandError):
    """The command line is wrong or contradicts itself."""

    exit = Exit.USAGE
    code = "usage"


class NotLoggedIn(CommandError):
    """There is no session, or it has ended."""

    exit = Exit.NOT_LOGGED_IN
    code = "not_logged_in"


class NotFound(CommandError):
    """There is no such video or file."""

    exit = Exit.NOT_FOUND
    code = "not_found"


class LimitReached(CommandError):
    """The server's limits would refuse the upload."""

    exit = Exit.LIMIT
    code = "quota_exceeded"


class ServerUnavailable(CommandError):
    """The server cannot be reached, or says that it cannot serve now."""

    exit = Exit.UNAVAILABLE
    code = "unavailable"


class ExtractionFailed(CommandError):
    """An extraction ended without an archive."""

    code = "extraction_failed"


class FileTrouble(CommandError):
    """A local file cannot be read or written."""

    code = "file_error"


class Refused(CommandError):
    """The server refused a request and said why (RFC 9457)."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        exit_: Exit,
        retry_after: str | None = None,
        members: Mapping[str, Any] = MappingProxyType({}),
    ) -> None:
        super().__init__(message, code=code, exit_=exit_)
        self.status = status
        self.retry_after = retry_after
        self.members = members
        """Which limit was hit, and which fields of the request are wrong: what scripts may need."""


def refusal(response: httpx.Response) -> Refused:
    """The error for an answer that is not a success; its body has been read."""
    problem = _problem(response)
    code = str(problem.get("code") or f"http_{response.status_code}")
    return Refused(
        response.status_code,
        code,
        _message(problem, code, response.status_code),
        _exit_code(response.status_code, code, problem),
        response.headers.get("Retry-After"),
        {name: problem[name] for name in ("which", "limit", "errors") if problem.get(name)},
    )


def _message(problem: dict[str, Any], code: str, status: int) -> str:
    """What the server says, with what it leaves to its clients: the limit's size, what helps."""
    title = str(problem.get("title") or f"The server answered {status}.").rstrip(".")
    detail = problem.get("detail")
    said = f"{title}: {detail}" if detail and detail != title else f"{title}."
    return " ".join([said, *_untold(problem, said), *_size(problem), *_REMEDIES.get(code, ())])


def _untold(problem: dict[str, Any], said: str) -> Iterator[str]:
    """What is wrong with single fields, where the sentence does not say it."""
    for error in problem.get("errors") or ():
        field = str(error["field"]).removeprefix("body.")
        if str(error["detail"]).rstrip(".") not in said:
            yield f"{field}: {error['detail']}"


def _size(problem: dict[str, Any]) -> Iterator[str]:
    """A limit in bytes, as people read it."""
    which, limit = problem.get("which"), problem.get("limit")
    if isinstance(limit, int) and str(which).endswith("_bytes"):
        yield f"(The limit is {format_bytes(limit)}.)"


def _problem(response: httpx.Response) -> dict[str, Any]:
    try:
        body = json.loads(response.content)
    except ValueError:  # a proxy's page, not our server's answer
        return {}
    return body if isinstance(body, dict) else {}


_REMEDIES: dict[str, tuple[str, ...]] = {
    "password_too_common": ("A password manager makes one that nobody has.",),
    "registration_closed": ("Ask whoever runs the server for one.",),
    "origin_refused": ("It takes the command for a web page: does a proxy add an Origin header?",),
    "poster_not_found": ("Extract again to get one.",),
}
"""What helps, where the server cannot say it of this command."""

_BY_CODE = {
    "bad_recipe": Exit.USAGE,
    "not_ready": Exit.NOT_READY,
    "quota_exceeded": Exit.LIMIT,
    "registration_closed": Exit.FAILED,
    "origin_refused": Exit.FAILED,
}
_BY_STATUS: dict[int, Exit] = {
    HTTPStatus.UNAUTHORIZED: Exit.NOT_LOGGED_IN,
    HTTPStatus.FORBIDDEN: Exit.NOT_LOGGED_IN,
    HTTPStatus.NOT_FOUND: Exit.NOT_FOUND,
    HTTPStatus.REQUEST_TIMEOUT: Exit.UNAVAILABLE,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: Exit.LIMIT,
    HTTPStatus.TOO_MANY_REQUESTS: Exit.LIMIT,
    HTTPStatus.BAD_GATEWAY: Exit.UNAVAILABLE,
    HTTPStatus.SERVICE_UNAVAILABLE: Exit.UNAVAILABLE,
    HTTPStatus.GATEWAY_TIMEOUT: Exit.UNAVAILABLE,
}


def _exit_code(status: int, code: str, problem: dict[str, Any]) -> Exit:
    if code == "not_ready" and problem.get("reason"):
        return Exit.FAILED  # it will never be ready
    if problem.get("which"):
        return Exit.LIMIT
    return _BY_CODE.get(code) or _BY_STATUS.get(status, Exit.FAILED)
