"""Limits on guessing, counted in PostgreSQL and so by all replicas together.

An attempt is counted before its password is looked at and taken back when that was right: many
at once gain nothing over one after the other.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from fotograma_kit.database import Database
from sqlalchemy.ext.asyncio import AsyncSession

from fotograma_auth import metrics, repository
from fotograma_auth.addresses import address_key
from fotograma_auth.clock import Clock
from fotograma_auth.domain import Client, DelayRule, Tries, WindowRule
from fotograma_auth.errors import TooManyAttempts
from fotograma_auth.network import limited_network


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of what is too much."""

    password: DelayRule
    """Wrong passwords of one account."""
    mail: WindowRule
    """Mails somebody can have sent to one address."""
    address: WindowRule
    """Failed logins and other requests without a login, from one network address."""


class Guard:
    """Counts attempts. Every method raises `TooManyAttempts` before it lets one too many pass."""

    def __init__(self, database: Database, limits: Limits, now: Clock) -> None:
        self._database = database
        self._limits = limits
        self._now = now

    async def admit(self, client: Client) -> None:
        """A request that needs no login."""
        async with self._database.transaction() as session:
            await self._count_address(session, client)

    async def admit_password(self, email: str | None, client: Client) -> None:
        """A password for the account of a normalised address, which need not exist.

        None stands for what is no address at all.
        """
        async with self._database.transaction() as session:
            if email is not None:
                await self._count(session, _account(email), self._limits.password)
            await self._count_address(session, client)

    async def admit_mail(self, email: str, client: Client) -> None:
        """A request to send mail to a normalised address."""
        async with self._database.transaction() as session:
            await self._count_address(session, client)
            await self._count(session, _mail(email), self._limits.mail)

    async def accept_password(self, session: AsyncSession, email: str, client: Client) -> None:
        """The password was right: take the attempt back and forget the wrong ones before it."""
        await repository.delete_attempts(session, _account(email))
        await self.take_back(session, client)

    async def take_back(self, session: AsyncSession, client: Client) -> None:
        """A request that was right does not count against its address."""
        await repository.take_back_attempt(session, _address(client))

    async def forget(self, session: AsyncSession, email: str) -> None:
        """Forget everything about the account of a normalised address."""
        await repository.delete_attempts(session, _account(email), _mail(email))

    async def _count_address(self, session: AsyncSession, client: Client) -> None:
        await self._count(session, _address(client), self._limits.address)

    async def _count(self, session: AsyncSession, key: str, rule: DelayRule | WindowRule) -> None:
        await _count(session, key, rule, self._now())


class LinkBudget:
    """Counts the links to an address that nobody has proved to be theirs, whoever asks for them.

    Deleting the account does not forget them: who registers somebody's address and deletes the
    account again and again has no more mailed than who does it once.
    """

    def __init__(self, hourly: WindowRule, daily: WindowRule, now: Clock) -> None:
        self._hourly = hourly
        self._daily = daily
        self._now = now

    async def spend(self, session: AsyncSession, email: str) -> None:
        """A link to a normalised address. Raises `TooManyAttempts`."""
        now, digest = self._now(), _digest(email)
        # In this order: links that the hour refuses do not use up the day.
        await _count(session, f"unproved_hour:{digest}", self._hourly, now)
        await _count(session, f"unproved_day:{digest}", self._daily, now)


async def _count(
    session: AsyncSession, key: str, rule: DelayRule | WindowRule, now: datetime
) -> None:
    row = await repository.locked_attempts(session, key, now)
    if row.blocked_until is not None and row.blocked_until > now:
        metrics.BLOCKED.labels(key.partition(":")[0]).inc()
        raise TooManyAttempts(row.blocked_until - now)
    before = Tries(row.count, row.since, row.blocked_until) if row.forgotten_at > now else None
    tries = rule.after_attempt(before, now)
    row.count, row.since, row.blocked_until = tries.count, tries.since, tries.blocked_until
    row.forgotten_at = _forgotten_at(tries, rule, now)


def _forgotten_at(tries: Tries, rule: DelayRule | WindowRule, now: datetime) -> datetime:
    match rule:
        case DelayRule():
            return (tries.blocked_until or now) + rule.forgotten_after
        case WindowRule():
            return tries.since + rule.window


def _account(email: str) -> str:
    return f"account:{_digest(email)}"


def _mail(email: str) -> str:
    return f"mail:{_digest(email)}"


def _address(client: Client) -> str:
    return f"address:{limited_network(client.address)}"


def _digest(email: str) -> str:
    return hashlib.sha256(address_key(email).encode()).hexdigest()
