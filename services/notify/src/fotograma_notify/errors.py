"""Errors: problems that are answered to clients, and what adapters raise."""

from http import HTTPStatus

from fotograma_kit.field_errors import FieldErrorCode
from fotograma_kit.problems import FieldProblem, Problem, Unavailable


class RecipientUnknown(Problem):
    """No event about the user has arrived (yet)."""

    status = HTTPStatus.NOT_FOUND
    code = "recipient_unknown"
    title = "No such recipient"


class RecipientGone(Problem):
    """The user has left."""

    status = HTTPStatus.GONE
    code = "recipient_gone"
    title = "The recipient's account was deleted"


class IdempotencyKeyReused(FieldProblem):
    """The same key came with another body."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code = "idempotency_key_reused"
    field, field_code = "header.Idempotency-Key", FieldErrorCode.INVALID
    title = "The Idempotency-Key was used for another request"


class InvalidCursor(FieldProblem):
    """The cursor is none of ours."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code = "invalid_cursor"
    field, field_code = "query.cursor", FieldErrorCode.WRONG_FORMAT
    title = "The cursor is not valid"


class StoreUnavailable(Unavailable):
    """DynamoDB does not answer, or two transactions met: trying again may help."""


class QueueUnavailable(Unavailable):
    """SQS does not answer."""


class Unreadable(Exception):
    """A message's body is not what its queue is for: no retry will parse it."""


class MailRefused(Exception):
    """SES refused this mail for good. Its text is the reason, in SES's own words."""


class MailerUnavailable(Exception):
    """SES did not take the mail, and may take it later."""


class MailUncertain(Exception):
    """SES was asked and did not answer: the mail may or may not have left."""
