"""Errors, each with an exit code, a stable code for scripts and a line for people."""

import json
from http import HTTPStatus
from typing import Any

import httpx

from fotograma_cli.exits import Exit


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
        self, status: int, code: str, message: str, exit_: Exit, retry_after: str | None = None
    ) -> None:
        super().__init__(message, code=code, exit_=exit_)
        self.status = status
        self.retry_after = retry_after


def refusal(response: httpx.Response) -> Refused:
    """The error for an answer that is not a success; its body has been read."""
    problem = _problem(response)
    title = str(problem.get("title") or f"The server answered {response.status_code}.")
    detail = problem.get("detail")
    code = str(problem.get("code") or f"http_{response.status_code}")
    return Refused(
        response.status_code,
        code,
        f"{title.rstrip('.')}: {detail}" if detail and detail != title else f"{title.rstrip('.')}.",
        _exit_code(response.status_code, code, problem),
        response.headers.get("Retry-After"),
    )


def _problem(response: httpx.Response) -> dict[str, Any]:
    try:
        body = json.loads(response.content)
    except ValueError:  # a proxy's page, not our server's answer
        return {}
    return body if isinstance(body, dict) else {}


_BY_CODE = {
    "bad_recipe": Exit.USAGE,
    "not_ready": Exit.NOT_READY,
    "quota_exceeded": Exit.LIMIT,
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
    return _BY_CODE.get(code) or _BY_STATUS.get(status, Exit.FAILED)
