"""Deletes expired rows."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from fotograma_kit.database import Database
from sqlalchemy.orm import InstrumentedAttribute

from fotograma_auth.clock import Clock
from fotograma_auth.models import (
    Attempts,
    AuditEntry,
    OneTimeLink,
    RateBucket,
    RefreshToken,
    TokenFamily,
)
from fotograma_auth.repository import ExpiryRepository

_BATCH = 1000


@dataclass(frozen=True, slots=True)
class _Expiry:
    """Rows whose `column` is older than `age`."""

    column: InstrumentedAttribute[datetime]
    age: timedelta = timedelta()


class Janitor:
    """Deletes expired rows. Replicas may run it at the same time."""

    def __init__(self, database: Database, audit_life: timedelta, now: Clock) -> None:
        self._database = database
        self._now = now
        self._expiries = (
            _Expiry(RefreshToken.expires_at),
            _Expiry(TokenFamily.expires_at),
            _Expiry(OneTimeLink.expires_at),
            _Expiry(Attempts.forgotten_at),
            _Expiry(RateBucket.full_at),
            _Expiry(AuditEntry.at, audit_life),
        )

    async def sweep(self) -> None:
        """Delete all expired rows, a batch per transaction."""
        for expiry in self._expiries:
            while await self._sweep_batch(expiry) == _BATCH:
                pass

    async def _sweep_batch(self, expiry: _Expiry) -> int:
        end = self._now() - expiry.age
        async with self._database.transaction() as session:
            return await ExpiryRepository(session).delete_before(expiry.column, end, _BATCH)
