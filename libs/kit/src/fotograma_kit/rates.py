"""Token buckets: how many requests a user, and a network, may send.

Each process counts for itself, so that no request waits for another process; what was spent is
told to the others now and then (`rate_limits`).

A bucket is one number: when it will be full again. A token that is taken moves that time by as long
as it takes to come back, and is refused where the bucket would need longer than an empty one does.
"""

import asyncio
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from prometheus_client import Counter

from fotograma_kit.problems import TooManyRequests

REFUSED = Counter("fotograma_requests_refused", "Requests refused by a rate limit", ["limit"])
MAX_TOLD = 100
"""Buckets that the other processes are told of at once: those that were spent most."""
_TOLD_FROM = 1 / 20
"""Of what comes back between two rounds: less than that is told later. So what twenty processes
keep to themselves is no more than the rate itself."""
_FORGOTTEN_FROM = 10_000
"""So many buckets are kept before full ones, which are like none, are looked for."""
_ROUNDING = 1e-9
_LONGEST_WAIT = 10.0


@dataclass(frozen=True, slots=True)
class Rate:
    """A bucket of `burst` tokens, of which `per_second` come back."""

    per_second: float
    burst: int

    @property
    def window(self) -> float:
        """Seconds until an empty bucket is full."""
        return self.burst / self.per_second

    @property
    def cost(self) -> float:
        """Seconds until a token has come back."""
        return 1 / self.per_second


class Buckets:
    """The buckets of one limit in this process, by what they count."""

    def __init__(self, name: str, rate: Rate, now: Callable[[], float] = time.monotonic) -> None:
        self.name = name
        self.rate = rate
        self._now = now
        self._full_at: dict[str, float] = {}
        self._spent: dict[str, float] = {}
        self._forgotten_from = _FORGOTTEN_FROM

    def take(self, key: str) -> int:
        """Take a token; returns how many are left. Raises `TooManyRequests`."""
        now, window, cost = self._now(), self.rate.window, self.rate.cost
        until_full = max(self._full_at.get(key, now) - now, 0.0) + cost
        if until_full > window + _ROUNDING:
            REFUSED.labels(self.name).inc()
            raise TooManyRequests(until_full - window, which=self.name, limit=self.rate.burst)
        self._full_at[key] = now + until_full
        self._spent[key] = self._spent.get(key, 0.0) + cost
        return int((window - until_full) / cost + _ROUNDING)

    def spent(self, interval: float) -> dict[str, float]:
        """Hand out what the other processes are to be told, in seconds until it has come back."""
        least = interval * _TOLD_FROM
        worth = [key for key, seconds in self._spent.items() if seconds >= least]
        worth.sort(key=self._spent.__getitem__, reverse=True)
        told = {key: self._spent.pop(key) for key in worth[:MAX_TOLD]}
        self._forget_full()
        return told

    def put_back(self, spent: Mapping[str, float]) -> None:
        """Keep for the next round what could not be told."""
        for key, seconds in spent.items():
            self._spent[key] = self._spent.get(key, 0.0) + seconds

    def correct(self, until_full: Mapping[str, float]) -> None:
        """Take over how long each bucket needs after all processes, and what was spent since."""
        now = self._now()
        for key, seconds in until_full.items():
            self._full_at[key] = now + max(seconds, 0.0) + self._spent.get(key, 0.0)

    def _forget_full(self) -> None:
        if len(self._full_at) < self._forgotten_from:
            return
        now = self._now()
        self._full_at = {key: at for key, at in self._full_at.items() if at > now}
        self._spent = {key: spent for key, spent in self._spent.items() if key in self._full_at}
        self._forgotten_from = max(_FORGOTTEN_FROM, 2 * len(self._full_at))


class Line:
    """Lets so many through in a second; the others wait in line, some seconds at most."""

    def __init__(self, per_second: float) -> None:
        self._interval = 1 / per_second
        self._free_at = 0.0

    async def turn(self) -> None:
        """Return when it is one's turn, or at once where the line is too long to wait in."""
        now = asyncio.get_running_loop().time()
        wait = max(self._free_at - now, 0.0)
        if wait < _LONGEST_WAIT:
            self._free_at = now + wait + self._interval
            await asyncio.sleep(wait)


def policy(buckets: Buckets) -> str:
    """An item of the field `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers-11)."""
    return f'"{buckets.name}";q={buckets.rate.burst};w={math.ceil(buckets.rate.window)}'
