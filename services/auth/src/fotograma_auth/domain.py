"""Security rules as values: plain Python, without a clock or a database."""

import hashlib
import hmac
import secrets
import unicodedata
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from fotograma_contracts.users import Locale

from fotograma_auth.common_passwords import is_common
from fotograma_auth.errors import PasswordTooCommon, PasswordTooLong, PasswordTooShort

PASSWORD_MIN_CHARACTERS = 12
PASSWORD_MAX_CHARACTERS = 256
_SECRET_BYTES = 32
_API_KEY_MARK = "fgk_"
"""By this prefix scanners recognise a key that was published by mistake."""
_SHOWN_CHARACTERS = len(_API_KEY_MARK) + 8
_MAX_USER_AGENT_CHARACTERS = 200
_LONGEST_EXPONENT = 30


def normalised_password(password: str) -> str:
    """The same password typed on another keyboard: NFC, as NIST SP 800-63B asks for Unicode."""
    return unicodedata.normalize("NFC", password)


def accepted_password(password: str) -> str:
    """A new password, normalised.

    Raises `PasswordTooShort`, `PasswordTooLong` or `PasswordTooCommon`.
    """
    normalised = normalised_password(password)
    if len(normalised) < PASSWORD_MIN_CHARACTERS:
        raise PasswordTooShort(
            f"Use at least {PASSWORD_MIN_CHARACTERS} characters.",
            field_limit=PASSWORD_MIN_CHARACTERS,
        )
    if len(normalised) > PASSWORD_MAX_CHARACTERS:
        raise PasswordTooLong(
            f"Use at most {PASSWORD_MAX_CHARACTERS} characters.",
            field_limit=PASSWORD_MAX_CHARACTERS,
        )
    if is_common(normalised):
        raise PasswordTooCommon("Use several words that nobody would say together.")
    return normalised


def password_to_verify(password: str) -> str:
    """What to compare with the stored hash: nothing, where the password is longer than any
    that was ever stored, so that refusing it costs what refusing another one costs.
    """
    normalised = normalised_password(password)
    return normalised if len(normalised) <= PASSWORD_MAX_CHARACTERS else ""


def new_secret() -> str:
    """256 random bits, URL-safe: a refresh token, or what a mailed link carries."""
    return secrets.token_urlsafe(_SECRET_BYTES)


def new_successor_key() -> bytes:
    """256 random bits, with which one refresh token yields its successor."""
    return secrets.token_bytes(_SECRET_BYTES)


def successor_of(refresh_token: str, key: bytes) -> str:
    """The next refresh token: always the same for the same token and key.

    Neither the token's bearer nor the database, which has the key and no token, knows it alone.
    """
    digest = hmac.digest(key, refresh_token.encode(), "sha256")
    return urlsafe_b64encode(digest).rstrip(b"=").decode()


def new_api_key() -> str:
    """256 random bits behind the prefix."""
    return _API_KEY_MARK + new_secret()


def shown_prefix(api_key: str) -> str:
    """The prefix of an API key, by which its user recognises it: 48 of its 256 bits."""
    return api_key[:_SHOWN_CHARACTERS]


def secret_hash(secret: str) -> bytes:
    """The stored hash of a secret, which is random, so that a plain SHA-256 cannot be guessed."""
    return hashlib.sha256(secret.encode()).digest()


class LinkPurpose(StrEnum):
    """What a mailed link is for."""

    VERIFY = "verify"
    RESET = "reset"


class SecurityEvent(StrEnum):
    """What an account's audit trail tells."""

    REGISTERED = "registered"
    LOGGED_IN = "logged_in"
    LOGIN_REFUSED = "login_refused"
    """A wrong password. Attempts that had to wait are not listed."""
    REFRESH_TOKEN_REUSED = "refresh_token_reused"  # noqa: S105 - an event's name
    SESSION_REVOKED = "session_revoked"
    LOGGED_OUT_EVERYWHERE = "logged_out_everywhere"
    EMAIL_VERIFIED = "email_verified"
    EMAIL_CHANGE_REQUESTED = "email_change_requested"
    EMAIL_CHANGED = "email_changed"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - an event's name
    PASSWORD_RESET_REQUESTED = "password_reset_requested"  # noqa: S105 - an event's name
    PASSWORD_RESET = "password_reset"  # noqa: S105 - an event's name
    API_KEY_CREATED = "api_key_created"
    API_KEY_REVOKED = "api_key_revoked"
    SUSPENDED = "suspended"
    UNSUSPENDED = "unsuspended"
    PROMOTED = "promoted"
    """Is an administrator now."""
    DEMOTED = "demoted"
    """Is no administrator any more."""


@dataclass(frozen=True, slots=True)
class Client:
    """The network address and user agent of a request, where known."""

    address: str | None = None
    user_agent: str | None = None

    @classmethod
    def of(cls, address: str | None, user_agent: str | None) -> "Client":
        """With the user agent cut to a limit, and only printable characters of it."""
        printable = "".join(c for c in user_agent or "" if c.isprintable())
        return cls(address, printable[:_MAX_USER_AGENT_CHARACTERS] or None)


@dataclass(frozen=True, slots=True)
class AttemptCount:
    """The count of earlier attempts."""

    count: int
    since: datetime
    blocked_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class DelayRule:
    """Some free attempts; then each delay is twice the one before it, up to a limit.

    The limit is the longest that a stranger's attempts can lock the user out.
    """

    free: int
    first: timedelta
    longest: timedelta
    forgotten_after: timedelta
    """Without any attempt."""

    def after_attempt(self, before: AttemptCount | None, now: datetime) -> AttemptCount:
        """The count after an attempt at `now`, which was not blocked."""
        count = (before.count if before else 0) + 1
        beyond = count - self.free
        since = before.since if before else now
        if beyond <= 0:
            return AttemptCount(count, since)
        delay = min(self.first * 2 ** min(beyond - 1, _LONGEST_EXPONENT), self.longest)
        return AttemptCount(count, since, now + delay)


@dataclass(frozen=True, slots=True)
class WindowRule:
    """A number of attempts in a window that begins with the first."""

    at_most: int
    window: timedelta

    def after_attempt(self, before: AttemptCount | None, now: datetime) -> AttemptCount:
        """The count after an attempt at `now`, which was not blocked."""
        if before is None or before.since + self.window <= now:
            before = AttemptCount(0, now)
        count = before.count + 1
        is_full = count >= self.at_most
        return AttemptCount(count, before.since, before.since + self.window if is_full else None)


class Exchange(StrEnum):
    """The outcome of a presented refresh token."""

    ROTATED = "rotated"
    """First use: a successor is handed out."""
    REPEATED = "repeated"
    """Used, but its successor was not: the answer may have been lost, so it is given again."""
    REUSED = "reused"
    """Used, and so was its successor: the token was copied. The whole family is revoked."""
    REVOKED = "revoked"
    EXPIRED = "expired"
    UNKNOWN = "unknown"

    @property
    def hands_out(self) -> bool:
        """Whether a successor is handed out."""
        return self in {Exchange.ROTATED, Exchange.REPEATED}


@dataclass(frozen=True, slots=True)
class RefreshState:
    """What is stored of a refresh token. `used_at` is its first use, and later ones leave it."""

    expires_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None
    """When its family was revoked."""
    is_successor_used: bool | None
    """None where the successor is not known: the release before exchanged the token."""


def judged_exchange(state: RefreshState, now: datetime, grace: timedelta) -> Exchange:
    """The outcome of a refresh token presented at `now`.

    A used token yields its successor again until that was used, however late: two tabs that
    refresh at once, or a client whose answer was lost, both go on. A thief who replays a token
    gains no other successor than its user has; whoever of the two falls behind presents a token
    whose successor was used, which ends the session for both.

    Where the successor is not known, a used token counts as repeated within the grace.
    """
    if state.revoked_at is not None:
        return Exchange.REVOKED
    if state.expires_at <= now:
        return Exchange.EXPIRED
    if state.used_at is None:
        return Exchange.ROTATED
    if state.is_successor_used is None:
        return Exchange.REPEATED if now - state.used_at <= grace else Exchange.REUSED
    return Exchange.REUSED if state.is_successor_used else Exchange.REPEATED


def preferred_locale(accept_language: str | None) -> Locale:
    """The language of an `Accept-Language` header (RFC 9110, 12.5.4) that mail is written in."""
    best, best_weight = Locale.ENGLISH, 0.0
    for item in (accept_language or "").split(","):
        tag, _, parameters = item.partition(";")
        language = tag.strip().lower().partition("-")[0]
        weight = _weight(parameters)
        if language in set(Locale) and weight > best_weight:
            best, best_weight = Locale(language), weight
    return best


def _weight(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
