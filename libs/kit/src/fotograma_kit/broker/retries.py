"""When a message is handled again: its attempts, their delays, and the headers that carry them.

After a failed attempt a consumer publishes the message to its queue's retry exchange, with the
delay (`RETRY_DELAYS_SECONDS`; the last one repeats) as routing key. The queue behind it has that
time to live, and dead-letters back to the queue that the message came from. After `RETRY_ATTEMPTS`
attempts the message is dead-lettered for good.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fotograma_kit.settings import BrokerSettings

ATTEMPT = "x-attempt"
"""Header: the number of this attempt; the first one, without the header, is 1."""
ATTEMPTS = "x-attempts"
"""Header of a dead-lettered message: how many there were. In the queue that it comes to, they begin
again."""
RETRY_REASON = "x-retry-reason"
"""Header of a retried message: why the attempt before failed."""


@dataclass(frozen=True, slots=True)
class NextAttempt:
    """The attempt that follows a failed one."""

    number: int
    delay_seconds: float
    reason: str
    """Why the attempt before it failed."""

    @property
    def headers(self) -> dict[str, str | int]:
        """The headers of the message that is published for it."""
        return {ATTEMPT: self.number, RETRY_REASON: self.reason}

    @property
    def routing_key(self) -> str:
        """The routing key it is published with, to the retry exchange of its queue."""
        return delay_key(self.delay_seconds)


def attempt_of(headers: Mapping[str, Any]) -> int:
    """Return the number of the attempt that a delivery is, from its headers."""
    attempt = headers.get(ATTEMPT, 1)
    return attempt if isinstance(attempt, int) else 1


def attempts_before(headers: Mapping[str, Any]) -> int:
    """Return how many attempts a message had before it was dead-lettered, from its headers."""
    attempts = headers.get(ATTEMPTS)
    return attempts if isinstance(attempts, int) else attempt_of(headers)


def next_attempt(failed: int, reason: str, settings: BrokerSettings) -> NextAttempt | None:
    """Return what follows the failed attempt of this number; None after the last one."""
    if failed >= settings.retry_attempts:
        return None
    delays = settings.retry_delays_seconds
    return NextAttempt(failed + 1, delays[min(failed, len(delays)) - 1], reason)


def retry_queue(queue: str, delay: float) -> str:
    """Return the name of the queue that holds a message of `queue` back for `delay` seconds."""
    return f"q.retry.{queue}.{delay_key(delay)}"


def delay_key(delay: float) -> str:
    """Return the routing key for a delay in seconds, by which people recognise it."""
    if delay < 1:
        return f"{round(delay * 1000)}ms"
    return f"{delay / 60:g}m" if delay % 60 == 0 else f"{delay:g}s"


def shared_retry_exchange(delay: float) -> str:
    """Return the name of the exchange that the release before delays all queues' messages by."""
    return f"fotograma.retry.{delay_key(delay)}"
