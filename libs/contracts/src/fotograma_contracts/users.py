"""The events of auth about users.

`revision` grows with every change of a user: several relays may reorder messages, so a consumer
ignores a revision that is not newer than the one it has.
"""

from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from fotograma_contracts.base import Event, Value


class Locale(StrEnum):
    """The languages mail is written in."""

    ENGLISH = "en"
    PORTUGUESE = "pt"


MailedToken = Annotated[str, Field(pattern="^[A-Za-z0-9_-]{1,128}$", repr=False)]
"""What a mailed link carries: URL-safe Base64, so that it can break out of no link or command."""


class UserRegistered(Event):
    """Somebody opened an account."""

    routing_key: Literal["user.registered"] = "user.registered"
    user_id: UUID
    revision: int
    email: str
    locale: Locale
    verified: bool | None = None
    """Whether mail to `email` was proved to reach the user. None: the release before, which does
    not say."""


class UserUpdated(Event):
    """A user's e-mail address or locale changed, or the address was proved."""

    routing_key: Literal["user.updated"] = "user.updated"
    user_id: UUID
    revision: int
    email: str
    locale: Locale
    verified: bool | None = None
    """As in `UserRegistered`."""


class UserDeleted(Event):
    """A user is gone, and whatever belongs to the user must go."""

    routing_key: Literal["user.deleted"] = "user.deleted"
    user_id: UUID
    revision: int


class UserVerificationRequested(Event):
    """Somebody is to prove that mail to `email` reaches them.

    `email` is where the mail goes: the account's address, or the one it is to get.
    """

    routing_key: Literal["user.verification_requested"] = "user.verification_requested"
    user_id: UUID
    email: str
    token: MailedToken
    """Good once, until `expires_at`."""
    expires_at: AwareDatetime


class UserPasswordResetRequested(Event):
    """Somebody says they are this user and have lost the password."""

    routing_key: Literal["user.password_reset_requested"] = "user.password_reset_requested"
    user_id: UUID
    token: MailedToken
    """Good once, until `expires_at`."""
    expires_at: AwareDatetime


class NamedApiKey(Value):
    """An API key as its user recognises it."""

    name: str
    prefix: str
    """Its first characters, which are not usable."""


class UserPasswordChanged(Event):
    """A user has another password now, whether by the old one or by a mailed link."""

    routing_key: Literal["user.password_changed"] = "user.password_changed"
    user_id: UUID
    api_keys_kept: tuple[NamedApiKey, ...] = ()
    """Which open the account as before: the user may not know them all."""
    api_keys_deleted: tuple[NamedApiKey, ...] = ()
    """Which ended with the old password."""


class UserEmailChangeRequested(Event):
    """A user, or somebody with the password, wants another address for the account.

    Sent only if the address so far was verified. The mail about it goes to `old_email`, whatever
    the account's address is by then, and its token chooses another password, which ends the change
    and all sessions.
    """

    routing_key: Literal["user.email_change_requested"] = "user.email_change_requested"
    user_id: UUID
    old_email: str
    new_email: str
    token: MailedToken
    """Good once, until `expires_at`, when the change cannot be made any more either."""
    expires_at: AwareDatetime


class UserEmailChanged(Event):
    """A user has another address now. `old_email` is told, in case it was somebody else's doing."""

    routing_key: Literal["user.email_changed"] = "user.email_changed"
    user_id: UUID
    old_email: str


class UserApiKeyCreated(Event):
    """A user has made an API key."""

    routing_key: Literal["user.api_key_created"] = "user.api_key_created"
    user_id: UUID
    name: str
    prefix: str
    """The key's first characters, by which it is recognised and not usable."""


class UserPromoted(Event):
    """A user is an administrator now, by an operator's command."""

    routing_key: Literal["user.promoted"] = "user.promoted"
    user_id: UUID


class UserDemoted(Event):
    """A user is no administrator any more, by an operator's command."""

    routing_key: Literal["user.demoted"] = "user.demoted"
    user_id: UUID
