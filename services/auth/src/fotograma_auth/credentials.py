"""Comparison of passwords, and which accounts may be used."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from fotograma_kit.database import Database
from fotograma_kit.networks import limited_network
from sqlalchemy.ext.asyncio import AsyncSession

from fotograma_auth import metrics
from fotograma_auth.addresses import normalised_address
from fotograma_auth.clock import Clock
from fotograma_auth.domain import Client, SecurityEvent, password_to_verify
from fotograma_auth.errors import (
    AccountSuspended,
    EmailNotVerified,
    InvalidCredentials,
    InvalidEmail,
    WrongPassword,
)
from fotograma_auth.models import User
from fotograma_auth.passwords import PasswordHasher
from fotograma_auth.presence import Bearer, present_user
from fotograma_auth.repository import AuditTrail, UserRepository
from fotograma_auth.signing_keys import DeviceTokens
from fotograma_auth.throttling import Throttle, device, neighbour, session_holder, stranger

KNOWN_NETWORK_LIFE = timedelta(days=90)
"""How long a network is known from which a user has logged in."""


class AccessPolicy:
    """Which accounts may be used: not suspended ones, and verified ones alone where required."""

    def __init__(self, *, require_verified_email: bool) -> None:
        self._require_verified_email = require_verified_email

    def check(self, user: User) -> None:
        """Raises `AccountSuspended` or `EmailNotVerified`."""
        if user.suspended_at is not None:
            raise AccountSuspended
        if self._require_verified_email and user.verified_at is None:
            raise EmailNotVerified


@dataclass(frozen=True, slots=True)
class Proof:
    """A user whose password was right, and its hash: void once another one is stored."""

    user_id: UUID
    password_hash: str


class Credentials:
    """Compares passwords, never more often than the throttle allows.

    A password is hashed whether or not there is an account, so that the time of the answer does
    not say which.
    """

    def __init__(
        self,
        database: Database,
        hasher: PasswordHasher,
        throttle: Throttle,
        devices: DeviceTokens,
        now: Clock,
    ) -> None:
        self._database = database
        self._hasher = hasher
        self._throttle = throttle
        self._devices = devices
        self._now = now

    async def proof_of(
        self, email: str, password: str, client: Client, device_token: str = ""
    ) -> Proof:
        """The user with this address and password, asked for from a browser with this token.

        Raises `TooManyAttempts`, or `InvalidCredentials`, which does not say what was wrong.
        """
        address = _address_or_none(email)
        user, guesser = None, None
        if address is not None:
            async with self._database.transaction() as session:
                user = await UserRepository(session).find_by_address(address)
                guesser = await self._guesser(session, address, user, client, device_token)
        await self._throttle.admit_password(guesser, client)
        password_hash = await self._verified(user, password, guesser, client)
        if user is None or password_hash is None:
            metrics.LOGINS.labels("refused").inc()
            raise InvalidCredentials
        return Proof(user.id, password_hash)

    async def confirm(
        self, bearer: Bearer, password: str, client: Client, field: str = WrongPassword.field
    ) -> None:
        """Require the password of the bearer of a token, which came as this field of the request.

        Wrong ones are counted for the session, so that nobody else can have the user wait.

        Raises `TooManyAttempts`, `WrongPassword`, or `Unauthenticated` where the token has outlived
        account or session; then the password is not compared.
        """
        async with self._database.transaction() as session:
            user = await present_user(session, bearer)
        guesser = session_holder(bearer.session_id) if bearer.session_id else stranger(user.email)
        await self._throttle.admit_password(guesser, client)
        if await self._verified(user, password, guesser, client) is None:
            raise WrongPassword(field=field)

    async def _guesser(
        self,
        session: AsyncSession,
        address: str,
        user: User | None,
        client: Client,
        device_token: str,
    ) -> str:
        """Whom a wrong password is counted for. As many statements whether there is a user."""
        since = self._now() - KNOWN_NETWORK_LIFE
        networks = await AuditTrail(session).networks(address, since)
        device_id = self._devices.device_id(device_token, user.id) if user else None
        if device_id is not None:
            return device(device_id)
        if client.address is not None and limited_network(client.address) in networks:
            return neighbour(address, client)
        return stranger(address)

    async def _verified(
        self, user: User | None, password: str, guesser: str | None, client: Client
    ) -> str | None:
        """The hash that is stored for the password from now on; None if the password is wrong."""
        candidate = password_to_verify(password)
        known_hash = user.password_hash if user is not None else None
        is_right = await self._hasher.verify(candidate, known_hash)
        if user is None or guesser is None:
            return None
        fresh_hash = await self._fresh_hash(candidate, user.password_hash) if is_right else None
        async with self._database.transaction() as session:
            if not is_right:
                await self._record_refusal(session, user, client)
                return None
            await self._throttle.accept_password(session, guesser, client)
            if fresh_hash is not None:
                await UserRepository(session).replace_password_hash(
                    user.id, old=user.password_hash, new=fresh_hash
                )
        return fresh_hash or user.password_hash

    async def _record_refusal(self, session: AsyncSession, user: User, client: Client) -> None:
        if await UserRepository(session).locked(user.id) is not None:
            event = SecurityEvent.LOGIN_REFUSED
            AuditTrail(session).record(user.id, event, self._now(), client)

    async def _fresh_hash(self, password: str, password_hash: str) -> str | None:
        if not self._hasher.is_outdated(password_hash):
            return None
        return await self._hasher.hash(password)


def _address_or_none(email: str) -> str | None:
    try:
        return normalised_address(email)
    except InvalidEmail:
        return None
