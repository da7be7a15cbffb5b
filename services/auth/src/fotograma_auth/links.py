"""Mailed links, each valid once."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from fotograma_contracts.users import (
    UserEmailChangeRequested,
    UserPasswordResetRequested,
    UserVerificationRequested,
)
from fotograma_kit.outbox import Outbox
from sqlalchemy.ext.asyncio import AsyncSession

from fotograma_auth import metrics
from fotograma_auth.addresses import address_key
from fotograma_auth.clock import Clock
from fotograma_auth.domain import LinkPurpose, new_secret, secret_hash
from fotograma_auth.errors import InvalidLink
from fotograma_auth.models import OneTimeLink, OutboxMessage, User
from fotograma_auth.repository import LinkRepository, UserRepository
from fotograma_auth.throttling import LinkBudget


@dataclass(frozen=True, slots=True)
class LinkLife:
    """How long links are valid."""

    verify: timedelta
    reset: timedelta


class Links:
    """Makes and redeems links, in the caller's transaction.

    Making a link to an unverified address raises `TooManyAttempts` beyond the budget of such
    addresses.
    """

    def __init__(self, life: LinkLife, budget: LinkBudget, now: Clock) -> None:
        self._life = life
        self._budget = budget
        self._now = now
        self._outbox = Outbox(OutboxMessage)

    async def send_verification(
        self, session: AsyncSession, user: User, email: str, *, asked_in: UUID | None = None
    ) -> None:
        """Mail a link to `email`, the account's address or its next, that verifies it.

        `asked_in` is the session in which another address was asked for.
        """
        if not is_verified(user, email):
            await self._budget.spend(session, email)
        expires_at = self._now() + self._life.verify
        token = new_secret()
        link = _link(token, user, LinkPurpose.VERIFY, email, expires_at=expires_at)
        link.session_id = asked_in
        session.add(link)
        await self._outbox.add(
            session,
            UserVerificationRequested(
                user_id=user.id, email=email, token=token, expires_at=expires_at
            ),
        )
        metrics.LINKS.labels(LinkPurpose.VERIFY).inc()

    async def send_reset(self, session: AsyncSession, user: User) -> None:
        """Mail the account's address a link to choose another password."""
        if not is_verified(user, user.email):
            await self._budget.spend(session, user.email)
        expires_at = self._now() + self._life.reset
        token = new_secret()
        session.add(_link(token, user, LinkPurpose.RESET, user.email, expires_at=expires_at))
        event = UserPasswordResetRequested(user_id=user.id, token=token, expires_at=expires_at)
        await self._outbox.add(session, event)
        metrics.LINKS.labels(LinkPurpose.RESET).inc()

    async def send_objection(self, session: AsyncSession, user: User, new_email: str) -> None:
        """Mail the account's address that another one was requested, with a link to object.

        The link chooses another password, which ends the change, all sessions and all API keys.
        It is valid for as long as the change can be made.
        """
        expires_at = self._now() + self._life.verify
        token = new_secret()
        session.add(_link(token, user, LinkPurpose.RESET, user.email, expires_at=expires_at))
        event = UserEmailChangeRequested(
            user_id=user.id,
            old_email=user.email,
            new_email=new_email,
            token=token,
            expires_at=expires_at,
        )
        await self._outbox.add(session, event)
        metrics.LINKS.labels(LinkPurpose.RESET).inc()

    async def redeem(
        self, session: AsyncSession, token: str, purpose: LinkPurpose
    ) -> tuple[User, OneTimeLink]:
        """Use a link; returns its user, locked, and the link. Raises `InvalidLink`.

        The user's other links of the purpose are used up with it.
        """
        found = await LinkRepository(session).find(secret_hash(token), purpose)
        user = await UserRepository(session).locked(found.user_id) if found else None
        # Once more, under the lock: of many uses at once, one is the first.
        link = await LinkRepository(session).find(secret_hash(token), purpose)
        if user is None or link is None or link.expires_at <= self._now():
            raise InvalidLink
        await LinkRepository(session).delete(user.id, purpose)
        return user, link


def is_verified(user: User, email: str) -> bool:
    """Whether `email` is the user's verified address."""
    return user.verified_at is not None and address_key(email) == user.email_key


def _link(
    token: str, user: User, purpose: LinkPurpose, email: str, *, expires_at: datetime
) -> OneTimeLink:
    return OneTimeLink(
        token_hash=secret_hash(token),
        user_id=user.id,
        purpose=purpose,
        email=email,
        expires_at=expires_at,
    )
