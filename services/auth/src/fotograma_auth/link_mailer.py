"""Answers requests for mailed links, apart from the HTTP requests that made them."""

import structlog
from fotograma_kit.database import Database, DatabaseUnavailable
from sqlalchemy.ext.asyncio import AsyncSession

from fotograma_auth.clock import Clock
from fotograma_auth.domain import Client, LinkPurpose, SecurityEvent
from fotograma_auth.errors import TooManyAttempts
from fotograma_auth.links import Links
from fotograma_auth.models import LinkRequest, User
from fotograma_auth.repository import AuditTrail, LinkRepository, UserRepository
from fotograma_auth.throttling import LinkPause

log = structlog.get_logger(__name__)


class LinkMailer:
    """Mails the requested links.

    It runs in the background, so that the time of the request's answer does not say whether there
    is an account.
    """

    def __init__(self, database: Database, links: Links, pause: LinkPause, now: Clock) -> None:
        self._database = database
        self._links = links
        self._pause = pause
        self._now = now

    async def work(self) -> None:
        """Answer all requests that wait. Several may work at once.

        A request that cannot be answered waits for the next round, and holds up no other. Raises
        `DatabaseUnavailable`.
        """
        last: int | None = 0
        while last is not None:
            last = await self._answer_one(last)

    async def _answer_one(self, after: int) -> int | None:
        """The id of the next request, answered or not; None when there is none."""
        taken: int | None = None
        try:
            async with self._database.transaction() as session:
                request = await LinkRepository(session).take_request(after)
                if request is None:
                    return None
                taken = request.id
                user = await UserRepository(session).find_by_address(request.email)
                if user is not None and user.suspended_at is None:
                    await self._answer_within_budget(session, request, user)
        except DatabaseUnavailable:
            raise
        except Exception:
            if taken is None:
                raise
            log.exception("link request not answered", request_id=taken)
        return taken

    async def _answer_within_budget(
        self, session: AsyncSession, request: LinkRequest, user: User
    ) -> None:
        """Answer the request, or log that no link may go now: the request was accepted before."""
        try:
            await self._answer(session, request, user)
        except TooManyAttempts:
            log.info("no link: one was mailed, or as many as may be", user_id=str(user.id))

    async def _answer(self, session: AsyncSession, request: LinkRequest, user: User) -> None:
        match request.purpose:
            case LinkPurpose.VERIFY if user.verified_at is None:
                await self._links.send_verification(session, user, user.email)
            case LinkPurpose.RESET:
                if user.verified_at is not None:  # else the budget of such addresses is less
                    await self._pause.spend(session, user.email)
                client = Client(request.address, request.user_agent)
                event = SecurityEvent.PASSWORD_RESET_REQUESTED
                AuditTrail(session).record(user.id, event, self._now(), client)
                await self._links.send_reset(session, user)
            case _:
                return  # verified already
