"""What routes ask for."""

from typing import Annotated

from fastapi import Depends, Header, Query, Request
from fotograma_kit.problems import Forbidden
from fotograma_kit.tokens import CurrentPrincipal, Principal, Role

from fotograma_notify.service import Announcements, Deliveries, Recipients


def _recipients(request: Request) -> Recipients:
    service: Recipients = request.app.state.recipients
    return service


def _announcements(request: Request) -> Announcements:
    service: Announcements = request.app.state.announcements
    return service


def _deliveries(request: Request) -> Deliveries:
    service: Deliveries = request.app.state.deliveries
    return service


def _announcer(principal: CurrentPrincipal) -> Principal:
    if principal.role not in {Role.SERVICE, Role.ADMIN}:
        raise Forbidden("Notifications are sent by services and administrators.")
    return principal


RecipientService = Annotated[Recipients, Depends(_recipients)]
AnnouncementService = Annotated[Announcements, Depends(_announcements)]
DeliveryService = Annotated[Deliveries, Depends(_deliveries)]
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
