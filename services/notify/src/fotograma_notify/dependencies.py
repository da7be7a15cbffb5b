"""Dependencies of routes."""

from typing import Annotated

from fastapi import Depends, Header, Query
from fotograma_kit.problems import Forbidden
from fotograma_kit.tokens import CurrentPrincipal, Principal, Role
from fotograma_kit.web import part

from fotograma_notify.announcements import Announcements
from fotograma_notify.deliveries import Deliveries
from fotograma_notify.recipients import Recipients


async def _announcer(principal: CurrentPrincipal) -> Principal:
    if principal.role not in {Role.SERVICE, Role.ADMIN}:
        raise Forbidden("Notifications are sent by services and administrators.")
    return principal


RecipientsPart = Annotated[Recipients, Depends(part(Recipients))]
AnnouncementsPart = Annotated[Announcements, Depends(part(Announcements))]
DeliveriesPart = Annotated[Deliveries, Depends(part(Deliveries))]
Announcer = Annotated[Principal, Depends(_announcer)]
"""The request's bearer, who may send notifications."""

IdempotencyKey = Annotated[
    str,
    Header(
        min_length=1,
        max_length=255,
        pattern=r"^[\x21-\x7e]+$",
        description="The same key is the same notification, however often it is requested.",
    ),
]
PageLimit = Annotated[int, Query(ge=1, le=100)]
PageCursor = Annotated[str | None, Query(max_length=1000)]
