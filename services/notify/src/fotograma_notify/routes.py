"""HTTP: parse, call one use case, answer."""

from http import HTTPStatus

from fastapi import APIRouter
from fotograma_kit.body_limit import SmallBodyRoute
from fotograma_kit.problems import (
    Forbidden,
    InvalidRequest,
    Unauthenticated,
    Unavailable,
    problem_responses,
)
from fotograma_kit.tokens import CurrentUserId

from fotograma_notify.dependencies import (
    AnnouncementsPart,
    Announcer,
    DeliveriesPart,
    IdempotencyKey,
    PageCursor,
    PageLimit,
    RecipientsPart,
)
from fotograma_notify.errors import (
    IdempotencyKeyReused,
    InvalidCursor,
    RecipientGone,
    RecipientUnknown,
)
from fotograma_notify.schemas import (
    DeliveryBody,
    DeliveryPage,
    NotificationAccepted,
    NotificationRequest,
    PreferencesBody,
)

PREFIX = "/notify"
_COMMON = (Unauthenticated, Forbidden, Unavailable)

router = APIRouter(route_class=SmallBodyRoute, prefix=PREFIX, tags=["notify"])


@router.post(
    "/notification",
    status_code=HTTPStatus.ACCEPTED,
    responses=problem_responses(
        *_COMMON, RecipientUnknown, RecipientGone, IdempotencyKeyReused, InvalidRequest
    ),
)
async def request_notification(
    body: NotificationRequest,
    sender: Announcer,
    idempotency_key: IdempotencyKey,
    announcements: AnnouncementsPart,
) -> NotificationAccepted:
    """Mail a user. For services and administrators."""
    delivery = await announcements.request(
        sender.subject, idempotency_key, body.user_id, body.to_domain()
    )
    return NotificationAccepted(delivery_id=delivery.key.delivery_id, status=delivery.status)


@router.get("/deliveries", responses=problem_responses(*_COMMON, InvalidCursor, InvalidRequest))
async def list_deliveries(
    user_id: CurrentUserId,
    deliveries: DeliveriesPart,
    limit: PageLimit = 20,
    cursor: PageCursor = None,
) -> DeliveryPage:
    """My mails and what became of them, newest first."""
    page = await deliveries.of_user(user_id, limit, cursor)
    return DeliveryPage(
        items=[DeliveryBody.of(delivery) for delivery in page.deliveries],
        next_cursor=page.next_cursor,
    )


@router.get("/preferences", responses=problem_responses(*_COMMON))
async def get_preferences(user_id: CurrentUserId, recipients: RecipientsPart) -> PreferencesBody:
    """Which mails I get, and in which language."""
    return PreferencesBody.of(await recipients.preferences(user_id))


@router.put("/preferences", responses=problem_responses(*_COMMON, RecipientGone, InvalidRequest))
async def put_preferences(
    body: PreferencesBody, user_id: CurrentUserId, recipients: RecipientsPart
) -> PreferencesBody:
    """Choose which mails I get, and in which language."""
    await recipients.change_preferences(user_id, body.to_domain())
    return body
