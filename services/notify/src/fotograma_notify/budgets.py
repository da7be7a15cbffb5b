"""How many mails an address may have, whoever asks for them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from fotograma_notify.domain import Kind

DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)
_ABOUT_ACCOUNT = frozenset(
    {
        Kind.VERIFICATION,
        Kind.PASSWORD_RESET,
        Kind.PASSWORD_CHANGED,
        Kind.EMAIL_CHANGED,
        Kind.API_KEY_CREATED,
    }
)


@dataclass(frozen=True, slots=True)
class Budget:
    """How many mails an address may have within any hour and any day."""

    per_hour: int
    per_day: int

    def has_room(self, mails: Collection[datetime], now: datetime) -> bool:
        """Whether another one may go, after those that went at these times."""
        lately = sum(now - mail < _HOUR for mail in mails)
        return lately < self.per_hour and sum(now - mail < DAY for mail in mails) < self.per_day


@dataclass(frozen=True, slots=True)
class Budgets:
    """The budgets of an address. What is counted together bears one name."""

    unconfirmed: Budget
    """Links, of all kinds together, to an address that was never proved."""
    account: Budget
    """Mails about the account: for each kind."""
    other: Budget
    """Mails about videos, and notifications: for each kind."""

    def of(self, kind: Kind, *, is_confirmed: bool) -> tuple[str, Budget]:
        """What a mail counts as, and how many of those there may be."""
        if not is_confirmed:
            return "unconfirmed", self.unconfirmed
        return kind.value, self.account if kind in _ABOUT_ACCOUNT else self.other
