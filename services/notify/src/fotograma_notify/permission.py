"""Which mails may go to a recipient at all."""

from datetime import datetime
from typing import assert_never

from fotograma_notify.contents import (
    ApiKeyCreatedContent,
    Content,
    DemotedContent,
    EmailChangedContent,
    EmailChangeRequestedContent,
    NotificationContent,
    PasswordChangedContent,
    PasswordResetContent,
    PromotedContent,
    VerificationContent,
    VideoExpiringContent,
    VideoFailedContent,
    VideoProcessedContent,
    is_expired,
)
from fotograma_notify.domain import Preferences, Recipient, SkipReason, address_digest


def reason_to_skip(
    content: Content, recipient: Recipient, preferences: Preferences, now: datetime
) -> SkipReason | None:
    """Why a mail must not go to the recipient, apart from budgets; None if it may."""
    if not preferences.wants(content.kind):
        return SkipReason.PREFERENCES
    if is_expired(content, now):
        return SkipReason.EXPIRED
    if not (is_proof(content) or is_for_confirmed(content, recipient)):
        return SkipReason.UNCONFIRMED
    return None


def is_proof(content: Content) -> bool:
    """Whether a mail is a link whose opening verifies the address: the only mails that may go to an
    unverified address. They hold no text of a user's."""
    return isinstance(content, VerificationContent | PasswordResetContent)


def is_for_confirmed(content: Content, recipient: Recipient) -> bool:
    """Whether the address a mail goes to is verified."""
    match content:
        case VerificationContent():
            is_own = address_digest(content.email) == address_digest(recipient.email)
            return recipient.is_confirmed and is_own
        case EmailChangedContent():
            return True  # the old address; auth sends the event only if it was verified
        case VideoProcessedContent() | VideoFailedContent() | VideoExpiringContent():
            return recipient.is_confirmed
        case NotificationContent() | PasswordResetContent() | PasswordChangedContent():
            return recipient.is_confirmed
        case ApiKeyCreatedContent() | EmailChangeRequestedContent():
            return recipient.is_confirmed
        case PromotedContent() | DemotedContent():
            return recipient.is_confirmed
        case _:
            assert_never(content)
