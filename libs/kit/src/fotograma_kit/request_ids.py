"""The id by which all lines of the log about a request, and about what follows from it, are found.

It is the caller's where that is harmless: nothing that would break a line or hide another.
"""

import re
import secrets

import structlog

REQUEST_ID = "request_id"
"""Its name in the log, in the outbox and among the attributes of SQS messages."""
_ACCEPTED = re.compile(r"[A-Za-z0-9._-]{1,64}")


def accepted(told: object) -> str | None:
    """The id that somebody else chose, or None where it is not taken."""
    return told if isinstance(told, str) and _ACCEPTED.fullmatch(told) else None


def new_request_id() -> str:
    """An id for a request that came without one."""
    return secrets.token_hex(16)


def current_request_id() -> str | None:
    """Of the request that is being answered, or that the message at hand follows from."""
    return accepted(structlog.contextvars.get_contextvars().get(REQUEST_ID))
