"""What auth says about users.

`revision` grows with every change of a user: several relays may reorder messages, so a consumer
ignores a revision that is not newer than the one it has.
"""

from enum import StrEnum
from typing import Literal
from uuid import UUID

from fotograma_contracts.base import Event


class Locale(StrEnum):
    """The languages mail is written in."""

    ENGLISH = "en"
    PORTUGUESE = "pt"


class UserRegistered(Event):
    """Somebody opened an account."""

    routing_key: Literal["user.registered"] = "user.registered"
    user_id: UUID
    revision: int
    email: str
    locale: Locale


class UserUpdated(Event):
    """A user's e-mail address or locale changed."""

    routing_key: Literal["user.updated"] = "user.updated"
    user_id: UUID
    revision: int
    email: str
    locale: Locale


class UserDeleted(Event):
    """A user is gone, and whatever belongs to the user must go."""

    routing_key: Literal["user.deleted"] = "user.deleted"
    user_id: UUID
    revision: int
