"""Limits on guessing, counted in PostgreSQL and so by all replicas together.

An attempt is counted before its password is looked at and taken back when that was right: many
at once gain nothing over one after the other.

Strangers share one count of wrong passwords for an account. Who has been in it has one of their
own: a browser, a network, a session. So strangers cannot keep the user out, however much they try.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from fotograma_kit.database import Database
from fotograma_kit.networks import limited_network
from sqlalchemy.ext.asyncio import AsyncSession

from fotograma_auth import metrics
from fotograma_auth.addresses import address_key
from fotograma_auth.clock import Clock
from fotograma_auth.domain import AttemptCount, Client, DelayRule, WindowRule
from fotograma_auth.errors import TooManyAttempts
from fotograma_auth.repository import AttemptRepository


@dataclass(frozen=True, slots=True)
class Limits:
    """The rules that attempts are counted by."""

    password: DelayRule
    """Wrong passwords that one guesser tries at one account."""
    mail: WindowRule
    """Mails that users, logged in, have sent to one address."""
    address: WindowRule
    """Failed logins and other requests without a login, from one network address."""


class Throttle:
    """Counts attempts. Every method raises `TooManyAttempts` before it lets one too many pass."""

    def __init__(self, database: Database, limits: Limits, now: Clock) -> None:
        self._database = database
        self._limits = limits
        self._now = now

    async def admit(self, client: Client) -> None:
        """Count a request that needs no login."""
        async with self._database.transaction() as session:
            await self._count_address(session, client)

    async def admit_password(self, guesser: str | None, client: Client) -> None:
        """Count a password that a guesser of one account tries; None where it is of no account."""
        async with self._database.transaction() as session:
            if guesser is not None:
                await self._count(session, guesser, self._limits.password)
            await self._count_address(session, client)

    async def admit_mail(self, email: str, client: Client) -> None:
        """Count a mail that a user has sent to a normalised address."""
        async with self._database.transaction() as session:
            await self._count_address(session, client)
            await self._count(session, _mail(email), self._limits.mail)

    async def accept_password(self, session: AsyncSession, guesser: str, client: Client) -> None:
        """Take the attempt back, and delete the guesser's count of wrong passwords before it."""
        await AttemptRepository(session).delete(guesser)
        await self.take_back(session, client)

    async def take_back(self, session: AsyncSession, client: Client) -> None:
        """Take the count of a successful request back from its network address."""
        await AttemptRepository(session).take_back(_address(client))

    async def forget(self, session: AsyncSession, email: str) -> None:
        """Delete what is counted under a normalised address, but the links to unverified ones."""
        attempts = AttemptRepository(session)
        await attempts.delete(stranger(email), _mail(email), _reset_link(email))
        await attempts.delete_beginning(_known(email))

    async def _count_address(self, session: AsyncSession, client: Client) -> None:
        await self._count(session, _address(client), self._limits.address)

    async def _count(self, session: AsyncSession, key: str, rule: DelayRule | WindowRule) -> None:
        await _count(session, key, rule, self._now())


class LinkBudget:
    """Counts the links to an unverified address, whoever asks for them.

    Deleting the account does not reset the count: registering another's address and deleting the
    account again and again mails no more than doing it once.
    """

    def __init__(self, hourly: WindowRule, daily: WindowRule, now: Clock) -> None:
        self._hourly = hourly
        self._daily = daily
        self._now = now

    async def spend(self, session: AsyncSession, email: str) -> None:
        """Count a link to a normalised address. Raises `TooManyAttempts`."""
        now, digest = self._now(), _digest(email)
        # In this order: links that the hour refuses do not use up the day.
        await _count(session, f"unverified_hour:{digest}", self._hourly, now)
        await _count(session, f"unverified_day:{digest}", self._daily, now)


class LinkPause:
    """Lets one link to choose another password go to a verified address at a time.

    Whoever asks is not told: a stranger's requests neither keep a user from the link nor bury them
    in mails.
    """

    def __init__(self, pause: timedelta, now: Clock) -> None:
        self._rule = WindowRule(1, pause)
        self._now = now

    async def spend(self, session: AsyncSession, email: str) -> None:
        """Count a link to a normalised address. Raises `TooManyAttempts`."""
        await _count(session, _reset_link(email), self._rule, self._now())


async def _count(
    session: AsyncSession, key: str, rule: DelayRule | WindowRule, now: datetime
) -> None:
    row = await AttemptRepository(session).locked(key, now)
    if row.blocked_until is not None and row.blocked_until > now:
        metrics.BLOCKED.labels(key.partition(":")[0]).inc()
        raise TooManyAttempts((row.blocked_until - now).total_seconds())
    before = (
        AttemptCount(row.count, row.since, row.blocked_until) if row.forgotten_at > now else None
    )
    counted = rule.after_attempt(before, now)
    row.count, row.since, row.blocked_until = counted.count, counted.since, counted.blocked_until
    row.forgotten_at = _forgotten_at(counted, rule, now)


def _forgotten_at(counted: AttemptCount, rule: DelayRule | WindowRule, now: datetime) -> datetime:
    match rule:
        case DelayRule():
            return (counted.blocked_until or now) + rule.forgotten_after
        case WindowRule():
            return counted.since + rule.window


def stranger(email: str) -> str:
    """The guesser that all are together who were never in the account of a normalised address."""
    return f"account:{_digest(email)}"


def neighbour(email: str, client: Client) -> str:
    """The guesser in a network from which the account's user has logged in."""
    return f"{_known(email)}{limited_network(client.address)}"


def device(device_id: str) -> str:
    """The guesser in a browser in which the account's user has logged in."""
    return f"device:{device_id}"


def session_holder(session_id: UUID) -> str:
    """The guesser who has a session of the account already."""
    return f"session:{session_id}"


def _known(email: str) -> str:
    return f"known:{_digest(email)}:"


def _reset_link(email: str) -> str:
    return f"reset_link:{_digest(email)}"


def _mail(email: str) -> str:
    return f"mail:{_digest(email)}"


def _address(client: Client) -> str:
    return f"address:{limited_network(client.address)}"


def _digest(email: str) -> str:
    return hashlib.sha256(address_key(email).encode()).hexdigest()
