"""When a request is retried, and after how long."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from fotograma_cli.errors import CommandError, Refused, ServerUnavailable

TRANSIENT_STATUSES = frozenset({408, 502, 503, 504})
TRANSIENT_CODES = frozenset({"idempotency_key_in_flight", "too_many_requests"})


@dataclass(frozen=True, slots=True)
class Retries:
    """The number of attempts, and the waits between them."""

    attempts: int = 3
    first_wait: float = 0.5
    """Seconds; doubled after each attempt, with up to half of it added at random."""
    longest_wait: float = 60.0
    """A longer Retry-After is not waited for."""
    sleep: Callable[[float], None] = time.sleep

    def wait(self, attempt: int, error: CommandError) -> bool:
        """Sleep before a retry; False if there should be none.

        `attempt` is the number of the failed attempt, from 1.
        """
        if attempt >= self.attempts or not is_transient(error):
            return False
        seconds = self.first_wait * 2 ** (attempt - 1) * random.uniform(1.0, 1.5)
        if isinstance(error, Refused) and error.retry_after is not None:
            seconds = max(seconds, retry_after_seconds(error.retry_after, datetime.now(UTC)))
        if seconds > self.longest_wait:
            return False
        self.sleep(seconds)
        return True


def is_transient(error: CommandError) -> bool:
    """Whether the same request may succeed later."""
    if isinstance(error, Refused):
        return error.status in TRANSIENT_STATUSES or error.code in TRANSIENT_CODES
    return isinstance(error, ServerUnavailable)


def retry_after_seconds(value: str, now: datetime) -> float:
    """Seconds that a Retry-After asks for (RFC 9110, 10.2.3); 0 when it cannot be read."""
    value = value.strip()
    if value.isdecimal():
        return float(value)
    try:
        until = parsedate_to_datetime(value)
    except ValueError:
        return 0.0
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return max(0.0, (until - now).total_seconds())
