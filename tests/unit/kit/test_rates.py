"""A bucket lets a burst pass, then its rate, however many processes share it."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest
from fotograma_kit import rates
from fotograma_kit.problems import TooManyRequests, Unavailable
from fotograma_kit.rate_limits import RateLimits
from fotograma_kit.rates import Buckets, Line, Rate
from fotograma_kit.settings import RateSettings
from hypothesis import given
from hypothesis import strategies as st

SETTINGS = RateSettings(rate_user_per_second=2, rate_user_burst=10)


@dataclass
class Time:
    """Seconds that a test lets pass."""

    now: float = 1_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class SharedBucketsInMemory:
    """What a database does, for processes in one test."""

    time: Time
    full_at: dict[str, float] = field(default_factory=dict)
    is_away: bool = False

    async def spend(self, seconds: Mapping[str, float]) -> Mapping[str, float]:
        if self.is_away:
            raise Unavailable
        now = self.time()
        for key, spent in seconds.items():
            self.full_at[key] = max(self.full_at.get(key, now), now) + spent
        return {key: self.full_at[key] - now for key in seconds}


def taken(buckets: Buckets, key: str, tries: int) -> int:
    """How many of these tries pass."""
    passed = 0
    for _ in range(tries):
        try:
            buckets.take(key)
        except TooManyRequests:
            continue
        passed += 1
    return passed


def process(shared: SharedBucketsInMemory) -> RateLimits:
    """A process whose clock the test holds."""
    limits = RateLimits(SETTINGS, shared)
    limits.users = Buckets("user", Rate(2, 10), shared.time)
    return limits


def test_bucket_lets_its_burst_pass_and_then_its_rate() -> None:
    time = Time()
    buckets = Buckets("user", Rate(per_second=2, burst=10), time)
    assert taken(buckets, "ana", 50) == 10
    time.now += 3
    assert taken(buckets, "ana", 50) == 6
    time.now += 3_600
    assert taken(buckets, "ana", 50) == 10


def test_bucket_of_another_key_is_full() -> None:
    buckets = Buckets("user", Rate(2, 10), Time())
    assert taken(buckets, "ana", 50) == 10
    assert buckets.take("eve") == 9


def test_refusal_says_when_a_token_is_back() -> None:
    time = Time()
    buckets = Buckets("user", Rate(per_second=0.25, burst=1), time)
    buckets.take("ana")
    with pytest.raises(TooManyRequests) as refused:
        buckets.take("ana")
    assert refused.value.headers == {"Retry-After": "4"}
    assert refused.value.extensions == {"retry_after": 4, "which": "user", "limit": 1}
    time.now += 4
    assert buckets.take("ana") == 0


@given(st.lists(st.tuples(st.floats(0, 5), st.integers(0, 30)), max_size=20))
def test_bucket_is_never_spent_faster_than_burst_and_rate(
    rounds: list[tuple[float, int]],
) -> None:
    time = Time()
    buckets = Buckets("user", Rate(2, 10), time)
    passed = 0
    for pause, tries in rounds:
        time.now += pause
        passed += taken(buckets, "ana", tries)
    assert passed <= 10 + 2 * sum(pause for pause, _ in rounds) + 1e-6


async def test_processes_share_a_bucket_once_they_are_reconciled() -> None:
    time = Time()
    shared = SharedBucketsInMemory(time)
    processes = [process(shared) for _ in range(3)]
    passed = sum(taken(each.users, "ana", 10) for each in processes)
    assert passed == 30, "each knows of itself alone"
    for each in [*processes, *processes]:
        await each.reconcile()
    for _ in range(10):
        time.now += 1
        passed += sum(taken(each.users, "ana", 10) for each in processes)
        for each in processes:
            await each.reconcile()
    assert passed <= 30 + 3 * 2 * 2, "what was spent too much is given back"


async def test_requests_pass_while_the_other_processes_are_out_of_reach() -> None:
    time = Time()
    shared = SharedBucketsInMemory(time, is_away=True)
    one, other = process(shared), process(shared)
    assert taken(one.users, "ana", 10) == 10
    await one.reconcile()
    time.now += 1
    assert taken(one.users, "ana", 10) == 2
    shared.is_away = False
    await one.reconcile()
    other.users.take("ana")
    await other.reconcile()
    assert taken(other.users, "ana", 10) < 2, "nothing that was spent is forgotten"


async def test_process_tells_only_what_others_need_to_know(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rates, "MAX_TOLD", 2)
    time = Time()
    shared = SharedBucketsInMemory(time)
    limits = RateLimits(SETTINGS, shared)
    limits.users = Buckets("user", Rate(per_second=100, burst=100), time)
    for key, count in {"a": 4, "b": 50, "c": 20, "d": 10}.items():
        taken(limits.users, key, count)
    await limits.reconcile()
    assert set(shared.full_at) == {"user:b", "user:c"}, "those that were spent most, first"
    await limits.reconcile()
    assert set(shared.full_at) == {"user:b", "user:c", "user:d"}, "four in a second are too few"


def test_buckets_that_are_full_again_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "_FORGOTTEN_FROM", 5)
    time = Time()
    buckets = Buckets("network", Rate(2, 10), time)
    for number in range(6):
        buckets.take(str(number))
    time.now += 1
    buckets.take("new")
    buckets.spent(1)
    assert set(buckets._full_at) == {"new"}


async def test_line_lets_so_many_through_and_the_others_wait() -> None:
    line = Line(per_second=20.0)
    turns = [asyncio.create_task(line.turn()) for _ in range(4)]
    await asyncio.sleep(0.01)
    assert [turn.done() for turn in turns] == [True, False, False, False]
    await asyncio.gather(*turns)


async def test_line_that_is_too_long_is_not_waited_in() -> None:
    line = Line(per_second=0.05)
    waiting = [asyncio.create_task(line.turn()) for _ in range(3)]
    await asyncio.sleep(0.01)
    assert [turn.done() for turn in waiting] == [True, True, True]
