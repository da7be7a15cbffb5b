"""What can go wrong, each with its status and stable code.

`POST /auth/token` speaks OAuth 2.0 (RFC 6749, section 5.2): there the code is the RFC's own
`error`, which the answer carries as a member of that name too.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fotograma_kit.field_errors import FieldError, FieldErrorCode, sentences
from fotograma_kit.problems import FieldProblem, Problem, TryLater, by_field


class EmailTaken(FieldProblem):
    """The address has an account already."""

    status = HTTPStatus.CONFLICT
    code = "email_taken"
    field, field_code = "body.email", FieldErrorCode.INVALID
    title = "There is an account with this e-mail address already"


class InvalidEmail(FieldProblem):
    """No mail could ever be sent to the address."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code = "invalid_email"
    field, field_code = "body.email", FieldErrorCode.WRONG_FORMAT
    title = "This is not an e-mail address"


class PasswordTooShort(FieldProblem):
    """The password has too few characters."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code = "password_too_short"
    field, field_code = "body.password", FieldErrorCode.TOO_SHORT
    title = "The password is too short"


class PasswordTooLong(FieldProblem):
    """The password has too many characters."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code = "password_too_long"
    field, field_code = "body.password", FieldErrorCode.TOO_LONG
    title = "The password is too long"


class PasswordTooCommon(FieldProblem):
    """The password is among those that are tried first."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code = "password_too_common"
    field, field_code = "body.password", FieldErrorCode.TOO_COMMON
    title = "Too many people use this password, or one like it"


class RegistrationClosed(Problem):
    """Nobody may open an account here themselves."""

    status = HTTPStatus.FORBIDDEN
    code = "registration_closed"
    title = "Accounts cannot be opened here"


class InvalidCredentials(Problem):
    """Unknown address or wrong password; which of the two is not said."""

    status = HTTPStatus.UNAUTHORIZED
    code = "invalid_credentials"
    title = "The e-mail address or the password is wrong"


class WrongPassword(FieldProblem):
    """A login's bearer did not know the account's password."""

    status = HTTPStatus.FORBIDDEN
    code = "wrong_password"
    field, field_code = "body.current_password", FieldErrorCode.INVALID
    title = "The password is wrong"


class PasswordRequired(FieldProblem):
    """The login is too long ago for what is asked."""

    status = HTTPStatus.FORBIDDEN
    code = "password_required"
    field, field_code = "body.current_password", FieldErrorCode.REQUIRED
    title = "Say your password again"


class EmailNotVerified(Problem):
    """The password is right, but nobody has proved yet that mail reaches the address."""

    status = HTTPStatus.FORBIDDEN
    code = "email_not_verified"
    title = "Open the link in the mail we sent you first"


class AccountSuspended(Problem):
    """The password is right, but an administrator has closed the account."""

    status = HTTPStatus.FORBIDDEN
    code = "account_suspended"
    title = "The account is suspended"


class InvalidLink(FieldProblem):
    """The token of a mailed link is unknown, was used or has expired; which is not said."""

    status = HTTPStatus.BAD_REQUEST
    code = "invalid_link"
    field, field_code = "body.token", FieldErrorCode.INVALID
    title = "The link was used or has expired; ask for another one"


class TooManyAttempts(TryLater):
    """Too many attempts: the next one is looked at after `Retry-After`."""

    code = "too_many_attempts"
    title = "Too many attempts"


class SessionNotFound(Problem):
    """The user has no such session."""

    status = HTTPStatus.NOT_FOUND
    code = "session_not_found"
    title = "There is no such session"


class ApiKeyNotFound(Problem):
    """The user has no such API key."""

    status = HTTPStatus.NOT_FOUND
    code = "api_key_not_found"
    title = "There is no such API key"


class TooManyApiKeys(Problem):
    """The user has as many API keys as one may have."""

    status = HTTPStatus.CONFLICT
    code = "too_many_api_keys"
    title = "Delete an API key before you make another one"


class UserNotFound(Problem):
    """There is no such user."""

    status = HTTPStatus.NOT_FOUND
    code = "user_not_found"
    title = "There is no such user"


class InvalidApiKey(Problem):
    """Unknown, expired or deleted; which of them is not said."""

    status = HTTPStatus.UNAUTHORIZED
    code = "invalid_api_key"
    title = "The API key is not valid"


class InvalidRefreshToken(Problem):
    """Unknown, expired, used before or revoked; which of them is not said."""

    status = HTTPStatus.UNAUTHORIZED
    code = "invalid_refresh_token"
    title = "The session has ended; log in again"


class OriginRefused(Problem):
    """A cookie is believed only from a page of the product's own origin."""

    status = HTTPStatus.FORBIDDEN
    code = "origin_refused"
    title = "Sessions by cookie are for the product's own page"


class OAuthProblem(Problem):
    """A problem with the member `error` of RFC 6749."""

    def __init__(
        self, detail: str | None = None, headers: Mapping[str, str] | None = None, **extensions: Any
    ) -> None:
        super().__init__(detail, headers, error=self.code, **extensions)


class InvalidTokenRequest(OAuthProblem):
    """The form lacks a field that its grant type needs."""

    status = HTTPStatus.BAD_REQUEST
    code = "invalid_request"
    title = "The form is not complete"

    def __init__(self, *missing: str) -> None:
        errors = [
            FieldError(
                field=f"body.{name}", code=FieldErrorCode.REQUIRED, detail=f"“{name}” is missing."
            )
            for name in missing
        ]
        super().__init__(sentences(errors), **by_field(errors))


class InvalidGrant(OAuthProblem):
    """Wrong credentials, or a refresh token or API key that is no longer valid."""

    status = HTTPStatus.BAD_REQUEST
    code = "invalid_grant"
    title = "The credentials, the refresh token or the API key are not valid"


class InvalidClient(OAuthProblem):
    """Unknown client, or a wrong secret."""

    status = HTTPStatus.UNAUTHORIZED
    code = "invalid_client"
    title = "The client is unknown or its secret is wrong"

    def __init__(self) -> None:
        super().__init__(headers={"WWW-Authenticate": 'Basic realm="fotograma"'})


class UnsupportedGrantType(OAuthProblem):
    """A grant type this server does not know."""

    status = HTTPStatus.BAD_REQUEST
    code = "unsupported_grant_type"
    title = "The grant type is none of those this server knows"

    def __init__(self) -> None:
        error = FieldError(
            field="body.grant_type", code=FieldErrorCode.NOT_A_CHOICE, detail=f"{self.title}."
        )
        super().__init__(**by_field([error]))
