"""The time, as use cases read it."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The current time. Tests use clocks of their own."""
    return datetime.now(UTC)
