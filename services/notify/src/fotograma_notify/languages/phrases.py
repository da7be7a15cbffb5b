"""The phrases that a language of mails consists of."""

from collections.abc import Mapping
from dataclasses import dataclass

from fotograma_contracts.reasons import Reason, WarningCode


@dataclass(frozen=True, slots=True)
class Failure:
    """What happened, and what the user can do about it."""

    what: str
    remedy: str


@dataclass(frozen=True, slots=True)
class AccountMail:
    """A mail about the account itself."""

    subject: str
    paragraphs: tuple[str, ...]
    action: str


@dataclass(frozen=True, slots=True)
class Phrases:
    """One language. `{…}` are filled in by the renderer; users' words in quotation marks."""

    language: str
    """BCP 47."""
    thousands: str
    decimal: str
    processed_subject: str
    processed_heading: str
    processed_text: str
    frames_one: str
    frames_many: str
    archive: str
    warnings_heading: str
    warnings: Mapping[WarningCode, str]
    open_video: str
    terminal: str
    failed_subject: str
    failed_heading: str
    failed_text: str
    failures: Mapping[Reason, Failure]
    expiring_subject: str
    expiring_heading: str
    expiring_text: str
    expiring_remedy: str
    notification_heading: str
    open_fotograma: str
    why_preferences: str
    why_notification: str
    change_preferences: str
    unnamed: str
    unnamed_key: str
    verification: AccountMail
    password_reset: AccountMail
    blank: str
    """Stands where the user puts the password in."""
    password_changed: AccountMail
    api_keys_deleted: str
    api_keys_kept: str
    email_changed: AccountMail
    email_change_requested: AccountMail
    api_key_created: AccountMail
    promoted: AccountMail
    demoted: AccountMail
