"""Waiting for what others do: asking again, within a deadline."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from fotograma_installer.errors import InstallerError


class TookTooLong(InstallerError):
    """What was waited for did not come."""


@dataclass(frozen=True)
class Patience:
    """How often to ask, and how it is waited in between."""

    seconds: float = 10.0
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], float] = time.monotonic

    def until(self, is_so: Callable[[], bool], what: str, *, within: float, otherwise: str) -> None:
        """Ask until it is so. Raises `TookTooLong`, which says what to look at."""
        end = self.now() + within
        while not is_so():
            if self.now() >= end:
                raise TookTooLong(f"{what}: not within {within / 60:.0f} minutes; {otherwise}")
            self.sleep(self.seconds)
