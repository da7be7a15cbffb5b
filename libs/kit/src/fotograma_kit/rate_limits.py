"""Rate limits of an API: a token bucket for each user and for each network.

Who asks without a token is counted by the network alone, which comes first: before a token is
verified or a body read.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Protocol

import structlog
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fotograma_kit.networks import Network, client_address, limited_network
from fotograma_kit.problems import TooManyRequests, TryLater, Unavailable, problem_response
from fotograma_kit.rates import Buckets, Line, Rate, policy
from fotograma_kit.requests import is_watched
from fotograma_kit.settings import RateSettings
from fotograma_kit.tasks import periodically

log = structlog.get_logger(__name__)

_COUNT = "fotograma.rate_count"
"""Where a request's scope has its `_Count`."""


class SharedBuckets(Protocol):
    """What all processes of a service have spent."""

    async def spend(self, seconds: Mapping[str, float]) -> Mapping[str, float]:
        """Add what was spent, in seconds until it has come back, to each bucket.

        Returns in how many seconds each is full, after all processes; a bucket that is missing was
        not reached. Raises `Unavailable`.
        """
        ...


class RateLimits:
    """The buckets of one API in this process, reconciled with its other processes."""

    def __init__(
        self, settings: RateSettings, shared: SharedBuckets, trusted: Sequence[Network] = ()
    ) -> None:
        self.users = Buckets("user", Rate(settings.rate_user_per_second, settings.rate_user_burst))
        self.networks = Buckets(
            "network", Rate(settings.rate_network_per_second, settings.rate_network_burst)
        )
        self.policies = ", ".join(map(policy, (self.users, self.networks))).encode()
        self._shared = shared
        self._trusted = trusted
        self._interval = settings.rate_reconcile_seconds
        self.refusals = Line(settings.refusals_per_second)
        self.refuse: Callable[[Scope], None] = lambda _scope: None
        """Raises `TryLater` for a request that need not be looked at any further: where many
        are refused, each should take as little as can be."""

    async def run(self) -> None:
        """Reconcile until cancelled."""
        await periodically(self._interval, self.reconcile)

    async def reconcile(self) -> None:
        """Tell what was spent here, and take over what was spent elsewhere. Requests go on."""
        for buckets in (self.users, self.networks):
            spent = buckets.spent(self._interval)
            if not spent:
                continue
            prefix = f"{buckets.name}:"
            try:
                found = await self._shared.spend({prefix + key: spent[key] for key in spent})
            except Unavailable as error:
                log.warning("rates not reconciled", limit=buckets.name, error=str(error))
                found = {}
            buckets.put_back({key: spent[key] for key in spent if prefix + key not in found})
            buckets.correct({key.removeprefix(prefix): found[key] for key in found})

    def network_of(self, scope: Scope) -> str:
        """The network that a request comes from."""
        peer = scope["client"][0] if scope.get("client") else None
        forwarded_for = Headers(scope=scope).getlist("x-forwarded-for") if self._trusted else ()
        return limited_network(client_address(peer, forwarded_for, self._trusted))


class _Count:
    """What the limits say of one request."""

    def __init__(self, limits: RateLimits) -> None:
        self.limits = limits
        self._items: list[str] = []

    def take(self, buckets: Buckets, key: str) -> None:
        """Raises `TooManyRequests`."""
        try:
            left, seconds = buckets.take(key), math.ceil(buckets.rate.cost)
        except TooManyRequests as problem:
            left, seconds = 0, problem.retry_after
            raise
        finally:
            self._items.append(f'"{buckets.name}";r={left};t={seconds}')

    async def answer(self, send: Send, message: Message) -> None:
        """Send on, with the fields that tell a client where it stands."""
        if message["type"] == "http.response.start":
            fields = (
                (b"ratelimit-policy", self.limits.policies),
                (b"ratelimit", ", ".join(self._items).encode()),
            )
            message["headers"] = [*message.get("headers", ()), *fields]
        await send(message)


class RateLimiter:
    """Counts a request for its network, and has its answer say what is left."""

    def __init__(self, app: ASGIApp, *, limits: RateLimits) -> None:
        self._app = app
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 429."""
        if not is_watched(scope):
            await self._app(scope, receive, send)
            return
        count = scope[_COUNT] = _Count(self._limits)
        answer = partial(count.answer, send)
        try:
            count.take(self._limits.networks, self._limits.network_of(scope))
        except TooManyRequests as problem:
            await problem_response(problem)(scope, receive, answer)
            return
        try:
            self._limits.refuse(scope)
        except TryLater as problem:
            await self._limits.refusals.turn()  # what was asked for by others comes first
            await problem_response(problem)(scope, receive, answer)
        else:
            await self._app(scope, receive, answer)


def count_user(scope: Mapping[str, Any], user: str) -> None:
    """Count a request for its user, once that is known. Raises `TooManyRequests`."""
    count: _Count | None = scope.get(_COUNT)
    if count is not None:
        count.take(count.limits.users, user)
