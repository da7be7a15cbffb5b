"""What mailed links do: prove an address, choose another password."""

import structlog
from fotograma_contracts.users import UserEmailChanged
from fotograma_kit.database import Database, DatabaseUnavailable
from fotograma_kit.outbox import Outbox
from sqlalchemy.ext.asyncio import AsyncSession

from fotograma_auth import repository
from fotograma_auth.accounts import password_changed, updated
from fotograma_auth.addresses import address_key, normalised_address
from fotograma_auth.clock import Clock
from fotograma_auth.domain import Client, LinkPurpose, SecurityEvent, accepted_password
from fotograma_auth.errors import EmailTaken, TooManyAttempts
from fotograma_auth.eviction import evict
from fotograma_auth.guard import Guard
from fotograma_auth.links import Links
from fotograma_auth.models import LinkRequest, OneTimeLink, OutboxMessage, User
from fotograma_auth.passwords import PasswordHasher

log = structlog.get_logger(__name__)


class Recovery:
    """For who cannot log in yet, or any more."""

    def __init__(
        self, database: Database, hasher: PasswordHasher, guard: Guard, links: Links, now: Clock
    ) -> None:
        self._database = database
        self._hasher = hasher
        self._guard = guard
        self._links = links
        self._now = now
        self._outbox = Outbox(OutboxMessage)

    async def ask(self, purpose: LinkPurpose, email: str, client: Client) -> None:
        """Have a link mailed, if there is an account, which is not looked up here.

        Raises `InvalidEmail` or `TooManyAttempts`.
        """
        address = normalised_address(email)
        await self._guard.admit_mail(address, client)
        async with self._database.transaction() as session:
            session.add(
                LinkRequest(
                    purpose=purpose,
                    email=address,
                    address=client.address,
                    user_agent=client.user_agent,
                    created_at=self._now(),
                )
            )

    async def verify(self, token: str, client: Client) -> None:
        """An address is proved, and becomes the account's if it was not yet.

        Raises `InvalidLink`, `EmailTaken` or `TooManyAttempts`.
        """
        await self._guard.admit(client)
        async with self._database.transaction() as session:
            user, link = await self._links.redeem(session, token, LinkPurpose.VERIFY)
            was_proved = user.verified_at is not None
            user.verified_at = self._now()
            if address_key(link.email) != user.email_key:
                await self._change_address(session, user, link, client, tell_old=was_proved)
            elif not was_proved:
                await self._tell_proved(session, user)
            event = SecurityEvent.EMAIL_VERIFIED
            repository.record(session, user.id, event, self._now(), client, detail=link.email)

    async def reset(self, token: str, password: str, client: Client) -> None:
        """Another password, for who can read the account's mail, which proves its address.

        All else that opens the account ends.

        Raises `InvalidLink`, `PasswordTooShort`, `PasswordTooLong` or `TooManyAttempts`.
        """
        await self._guard.admit(client)
        password_hash = await self._hasher.hash(accepted_password(password))
        now = self._now()
        async with self._database.transaction() as session:
            user, _ = await self._links.redeem(session, token, LinkPurpose.RESET)
            user.password_hash = password_hash
            if user.verified_at is None:
                user.verified_at = now
                await self._tell_proved(session, user)
            deleted = await evict(session, user, now, client)
            await self._guard.forget(session, user.email)
            repository.record(session, user.id, SecurityEvent.PASSWORD_RESET, now, client)
            await self._outbox.add(session, password_changed(user, kept=(), deleted=deleted))

    async def _tell_proved(self, session: AsyncSession, user: User) -> None:
        user.revision += 1
        await self._outbox.add(session, updated(user))

    async def _change_address(
        self,
        session: AsyncSession,
        user: User,
        link: OneTimeLink,
        client: Client,
        *,
        tell_old: bool,
    ) -> None:
        """An old address that was never proved may be a stranger's: it is not told."""
        if await repository.is_taken(session, link.email, but_by=user.id):
            raise EmailTaken
        old_email, now = user.email, self._now()
        user.email, user.email_key = link.email, address_key(link.email)
        user.revision += 1
        await evict(session, user, now, client, but_session=link.session_id, spare_api_keys=True)
        event = SecurityEvent.EMAIL_CHANGED
        repository.record(session, user.id, event, now, client, detail=link.email)
        await self._outbox.add(session, updated(user))
        if tell_old:
            event_of_old = UserEmailChanged(user_id=user.id, old_email=old_email)
            await self._outbox.add(session, event_of_old)


class Postman:
    """Answers the requests for links, where nobody measures how long it takes."""

    def __init__(self, database: Database, links: Links, now: Clock) -> None:
        self._database = database
        self._links = links
        self._now = now

    async def work(self) -> None:
        """Answer whatever waits. Several may work at once.

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
                request = await repository.take_link_request(session, after)
                if request is None:
                    return None
                taken = request.id
                user = await repository.user_by_address(session, request.email)
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
        """Whoever asked has had their answer: beyond the budget nothing is mailed, and counted."""
        try:
            await self._answer(session, request, user)
        except TooManyAttempts:
            log.info("no link: enough for an address that was never proved", user_id=str(user.id))

    async def _answer(self, session: AsyncSession, request: LinkRequest, user: User) -> None:
        match request.purpose:
            case LinkPurpose.VERIFY if user.verified_at is None:
                await self._links.send_verification(session, user, user.email)
            case LinkPurpose.RESET:
                client = Client(request.address, request.user_agent)
                event = SecurityEvent.PASSWORD_RESET_REQUESTED
                repository.record(session, user.id, event, self._now(), client)
                await self._links.send_reset(session, user)
            case _:
                return  # proved already
