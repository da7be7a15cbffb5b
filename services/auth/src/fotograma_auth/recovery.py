"""What mailed links do: verify an address, choose another password."""

import structlog
from fotograma_contracts.users import UserEmailChanged
from fotograma_kit.database import Database
from fotograma_kit.outbox import Outbox
from sqlalchemy.ext.asyncio import AsyncSession

from fotograma_auth.accounts import password_changed, updated
from fotograma_auth.addresses import address_key, normalised_address
from fotograma_auth.clock import Clock
from fotograma_auth.domain import Client, LinkPurpose, SecurityEvent, accepted_password
from fotograma_auth.errors import EmailTaken
from fotograma_auth.eviction import evict
from fotograma_auth.links import Links
from fotograma_auth.models import LinkRequest, OneTimeLink, OutboxMessage, User
from fotograma_auth.passwords import PasswordHasher
from fotograma_auth.repository import AuditTrail, UserRepository
from fotograma_auth.throttling import Throttle

log = structlog.get_logger(__name__)


class Recovery:
    """Use cases of users who cannot log in."""

    def __init__(
        self,
        database: Database,
        hasher: PasswordHasher,
        throttle: Throttle,
        links: Links,
        now: Clock,
    ) -> None:
        self._database = database
        self._hasher = hasher
        self._throttle = throttle
        self._links = links
        self._now = now
        self._outbox = Outbox(OutboxMessage)

    async def ask(self, purpose: LinkPurpose, email: str, client: Client) -> None:
        """Request a link. It is mailed later, if there is an account, which is not looked up here.

        Strangers may ask, too: how many links go there is decided then, and nobody is told.

        Raises `InvalidEmail` or `TooManyAttempts`.
        """
        address = normalised_address(email)
        await self._throttle.admit(client)
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
        """Verify an address, which becomes the account's if it was not yet.

        Raises `InvalidLink`, `EmailTaken` or `TooManyAttempts`.
        """
        await self._throttle.admit(client)
        async with self._database.transaction() as session:
            user, link = await self._links.redeem(session, token, LinkPurpose.VERIFY)
            was_verified = user.verified_at is not None
            user.verified_at = self._now()
            if address_key(link.email) != user.email_key:
                await self._change_address(session, user, link, client, warn_old=was_verified)
            elif not was_verified:
                await self._publish_verified(session, user)
            event = SecurityEvent.EMAIL_VERIFIED
            AuditTrail(session).record(user.id, event, self._now(), client, detail=link.email)

    async def reset(self, token: str, password: str, client: Client) -> None:
        """Set another password with a mailed link, which verifies the account's address.

        Sessions, links and API keys end.

        Raises `InvalidLink`, `PasswordTooShort`, `PasswordTooLong`, `PasswordTooCommon` or
        `TooManyAttempts`.
        """
        await self._throttle.admit(client)
        password_hash = await self._hasher.hash(accepted_password(password))
        now = self._now()
        async with self._database.transaction() as session:
            user, _ = await self._links.redeem(session, token, LinkPurpose.RESET)
            user.password_hash = password_hash
            if user.verified_at is None:
                user.verified_at = now
                await self._publish_verified(session, user)
            deleted = await evict(session, user, now, client)
            await self._throttle.forget(session, user.email)
            AuditTrail(session).record(user.id, SecurityEvent.PASSWORD_RESET, now, client)
            await self._outbox.add(session, password_changed(user, kept=(), deleted=deleted))

    async def _publish_verified(self, session: AsyncSession, user: User) -> None:
        user.revision += 1
        await self._outbox.add(session, updated(user))

    async def _change_address(
        self,
        session: AsyncSession,
        user: User,
        link: OneTimeLink,
        client: Client,
        *,
        warn_old: bool,
    ) -> None:
        """No mail goes to an unverified old address, which may be a stranger's."""
        if await UserRepository(session).is_taken(link.email, but_by=user.id):
            raise EmailTaken(field="body.token")
        old_email, now = user.email, self._now()
        user.email, user.email_key = link.email, address_key(link.email)
        user.revision += 1
        await evict(session, user, now, client, but_session=link.session_id, spare_api_keys=True)
        event = SecurityEvent.EMAIL_CHANGED
        AuditTrail(session).record(user.id, event, now, client, detail=link.email)
        await self._outbox.add(session, updated(user))
        if warn_old:
            event_of_old = UserEmailChanged(user_id=user.id, old_email=old_email)
            await self._outbox.add(session, event_of_old)
