"""The rules: plain Python, no clock and no database of its own."""

import hashlib
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from fotograma_contracts.users import Locale

from fotograma_auth.errors import PasswordTooLong, PasswordTooShort

PASSWORD_MIN_CHARACTERS = 12
PASSWORD_MAX_CHARACTERS = 256
_REFRESH_TOKEN_BYTES = 32


def normalised_password(password: str) -> str:
    """The same password typed on another keyboard: NFC, as NIST SP 800-63B asks for Unicode."""
    return unicodedata.normalize("NFC", password)


def accepted_password(password: str) -> str:
    """A new password, normalised. Raises `PasswordTooShort` or `PasswordTooLong`."""
    normalised = normalised_password(password)
    if len(normalised) < PASSWORD_MIN_CHARACTERS:
        raise PasswordTooShort(f"Use at least {PASSWORD_MIN_CHARACTERS} characters.")
    if len(normalised) > PASSWORD_MAX_CHARACTERS:
        raise PasswordTooLong(f"Use at most {PASSWORD_MAX_CHARACTERS} characters.")
    return normalised


def password_to_verify(password: str) -> str:
    """What to compare with the stored hash: nothing, where the password is longer than any
    that was ever stored, so that refusing it costs what refusing another one costs.
    """
    normalised = normalised_password(password)
    return normalised if len(normalised) <= PASSWORD_MAX_CHARACTERS else ""


def new_refresh_token() -> str:
    """256 random bits, URL-safe."""
    return secrets.token_urlsafe(_REFRESH_TOKEN_BYTES)


def refresh_token_hash(token: str) -> bytes:
    """What is stored of a refresh token. It is random, so a plain SHA-256 cannot be guessed."""
    return hashlib.sha256(token.encode()).digest()


class Exchange(StrEnum):
    """What becomes of a presented refresh token."""

    ROTATED = "rotated"
    """First use: a successor is handed out."""
    REPEATED = "repeated"
    """Used a moment ago: the answer may have been lost, so a further successor is handed out."""
    REUSED = "reused"
    """Used before: somebody has a copy. The whole family is revoked."""
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


def judged_exchange(state: RefreshState, now: datetime, grace: timedelta) -> Exchange:
    """What becomes of a refresh token presented at `now`.

    Within the grace, counted from the first use, a used token yields another child of its
    family and its earlier child stays valid: two tabs that refresh at once, or a client whose
    answer was lost, both go on. A thief who replays a token within the grace gains a child as
    well; the two lines then live side by side until an old token of either is presented, which
    ends both. Repeating does not extend the grace.
    """
    if state.revoked_at is not None:
        return Exchange.REVOKED
    if state.expires_at <= now:
        return Exchange.EXPIRED
    if state.used_at is None:
        return Exchange.ROTATED
    return Exchange.REPEATED if now - state.used_at <= grace else Exchange.REUSED


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
