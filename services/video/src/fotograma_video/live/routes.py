"""The library, live."""

from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.sse import EventSourceResponse, ServerSentEvent
from fotograma_kit.body_limit import SmallBodyRoute
from fotograma_kit.problems import with_problems
from fotograma_kit.web import part

from fotograma_video.errors import TooManyStreams
from fotograma_video.extractions.progress import Progress
from fotograma_video.http.dependencies import Reader, SignerPart
from fotograma_video.http.responses import EVERYWHERE
from fotograma_video.live.schemas import LiveMessage, live_event
from fotograma_video.live.service import Live
from fotograma_video.live.subscriptions import Subscription

RECONNECT_MS = 1_000
"""How soon a client should come back when its stream has ended."""

EVENTS = "/video/events"

router = APIRouter(**EVERYWHERE, route_class=SmallBodyRoute)

LivePart = Annotated[Live, Depends(part(Live))]
ProgressPart = Annotated[Progress, Depends(part(Progress))]


async def _subscribed(principal: Reader, live: LivePart) -> AsyncIterator[Subscription]:
    """The stream's subscription, until its client is gone. Raises `TooManyStreams`."""
    with live.subscribed(principal.user_id) as subscription:
        yield subscription


@router.get(
    "/events",
    response_class=EventSourceResponse,
    responses=with_problems(
        {HTTPStatus.OK: {"model": LiveMessage, "description": "A stream of these."}},
        TooManyStreams,
    ),
)
async def live_events(
    principal: Reader,
    live: LivePart,
    subscription: Annotated[Subscription, Depends(_subscribed)],
    progress: ProgressPart,
    signer: SignerPart,
) -> AsyncIterator[ServerSentEvent]:
    """Your library, live: a `snapshot`, then `video`, `deleted` and `progress` events.

    The stream ends when the access token does, or where the database is away. A client that comes
    back gets a new snapshot, so `Last-Event-ID` is not needed. A user has a few streams at most.
    """
    number = 0
    async for event in live.events(subscription, principal.expires_at):
        number += 1
        name, data = live_event(event, progress, signer)
        yield ServerSentEvent(raw_data=data, event=name, id=str(number), retry=RECONNECT_MS)
