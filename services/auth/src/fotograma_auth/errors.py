"""What can go wrong, each with its status and stable code.

`POST /auth/token` speaks OAuth 2.0 (RFC 6749, section 5.2): there the code is the RFC's own
`error`, which the answer carries as a member of that name too.
"""

from collections.abc import Mapping
from http import HTTPStatus

from fotograma_kit.problems import Problem


class EmailTaken(Problem):
    """The address has an account already."""

    status = HTTPStatus.CONFLICT
    code = "email_taken"
    title = "There is an account with this e-mail address already"


class InvalidEmail(Problem):
    """No mail could ever be sent to the address."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code = "invalid_email"
    title = "This is not an e-mail address"


class PasswordTooShort(Problem):
    """The password has too few characters."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code = "password_too_short"
    title = "The password is too short"


class PasswordTooLong(Problem):
    """The password has too many characters."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code = "password_too_long"
    title = "The password is too long"


class InvalidCredentials(Problem):
    """Unknown address or wrong password; which of the two is not said."""

    status = HTTPStatus.UNAUTHORIZED
    code = "invalid_credentials"
    title = "The e-mail address or the password is wrong"


class InvalidRefreshToken(Problem):
    """Unknown, expired, used before or revoked; which of them is not said."""

    status = HTTPStatus.UNAUTHORIZED
    code = "invalid_refresh_token"
    title = "The session has ended; log in again"


class OAuthProblem(Problem):
    """A problem with the member `error` of RFC 6749."""

    def __init__(self, detail: str | None = None, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail, headers, error=self.code)


class InvalidTokenRequest(OAuthProblem):
    """The form lacks a field that its grant type needs."""

    status = HTTPStatus.BAD_REQUEST
    code = "invalid_request"
    title = "The form is not complete"


class InvalidGrant(OAuthProblem):
    """Wrong credentials, or a refresh token that is no longer valid."""

    status = HTTPStatus.BAD_REQUEST
    code = "invalid_grant"
    title = "The credentials or the refresh token are not valid"


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
    title = "The grant type is not password, refresh_token or client_credentials"
