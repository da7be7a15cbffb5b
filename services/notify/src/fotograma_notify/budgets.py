"""How many mails an address may have within an hour and a day."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never

from fotograma_notify.contents import Kind

DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)


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
    """Links, of all kinds together, to an unverified address."""
    account: Budget
    """Mails about the account: for each kind."""
    other: Budget
    """Mails about videos, and notifications: for each kind."""

    def of(self, kind: Kind, *, is_confirmed: bool) -> tuple[str, Budget]:
        """What a mail counts as, and how many of those there may be."""
        if not is_confirmed:
            return "unconfirmed", self.unconfirmed
        return kind.value, self._of_kind(kind)

    def _of_kind(self, kind: Kind) -> Budget:
        match kind:
            case Kind.VERIFICATION | Kind.PASSWORD_RESET | Kind.PASSWORD_CHANGED:
                return self.account
            case Kind.EMAIL_CHANGED | Kind.EMAIL_CHANGE_REQUESTED | Kind.API_KEY_CREATED:
                return self.account
            case Kind.PROMOTED | Kind.DEMOTED:
                return self.account
            case Kind.VIDEO_PROCESSED | Kind.VIDEO_FAILED | Kind.VIDEO_EXPIRING:
                return self.other
            case Kind.NOTIFICATION:
                return self.other
            case _:
                assert_never(kind)
