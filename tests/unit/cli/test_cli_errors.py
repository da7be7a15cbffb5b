"""What a refusal of the server becomes: a line for people, members and an exit code for scripts."""

from typing import Any

import httpx
import pytest
from fotograma_cli.errors import refusal
from fotograma_cli.exits import Exit
from fotograma_cli.output import error_body


def refused(status: int, **members: Any) -> dict[str, Any]:
    """What `--json` prints of a problem."""
    problem = {"type": "about:blank", "status": status, **members}
    return error_body(refusal(httpx.Response(status, json=problem)))


def test_limit_is_named_for_scripts_and_sized_for_people() -> None:
    error = refused(
        403,
        code="quota_exceeded",
        title="A limit of your account is reached",
        detail="Your storage holds 107374182400 bytes.",
        which="storage_bytes",
        limit=107_374_182_400,
    )
    assert error == {
        "code": "quota_exceeded",
        "message": "A limit of your account is reached: Your storage holds 107374182400 bytes. "
        "(The limit is 100.0 GiB.)",
        "exit": Exit.LIMIT,
        "which": "storage_bytes",
        "limit": 107_374_182_400,
    }


def test_limit_that_is_no_size_has_its_exit_code_too() -> None:
    error = refused(409, code="too_many_api_keys", title="No", which="api_keys", limit=20)
    assert (error["message"], error["exit"]) == ("No.", Exit.LIMIT)


def test_fields_are_told_once() -> None:
    errors = [
        {"field": "body.names.1", "code": "not_a_choice", "limit": None, "detail": "Not there."},
        {"field": "body.size", "code": "too_small", "limit": 1, "detail": "It is too small."},
    ]
    error = refused(422, code="x", title="Wrong", detail="It is too small.", errors=errors)
    assert error["message"] == "Wrong: It is too small. names.1: Not there."
    assert error["errors"] == errors


@pytest.mark.parametrize(
    ("status", "code", "exit_", "helps"),
    [
        (422, "password_too_common", Exit.FAILED, "A password manager"),
        (403, "registration_closed", Exit.FAILED, "Ask whoever runs the server"),
        (403, "origin_refused", Exit.FAILED, "does a proxy add"),
        (404, "poster_not_found", Exit.NOT_FOUND, "Extract again"),
    ],
)
def test_refusal_says_what_helps(status: int, code: str, exit_: Exit, helps: str) -> None:
    error = refused(status, code=code, title="No", detail="Really.")
    assert error["message"].startswith("No: Really. ")
    assert helps in error["message"]
    assert error["exit"] == exit_


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"7", b'{"errors": null, "which": null}'])
def test_answer_of_something_else_is_an_error_as_well(body: bytes) -> None:
    error = error_body(refusal(httpx.Response(502, content=body)))
    assert error == {
        "code": "http_502",
        "message": "The server answered 502.",
        "exit": Exit.UNAVAILABLE,
    }
