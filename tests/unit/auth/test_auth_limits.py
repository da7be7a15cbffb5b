"""How long somebody who guesses has to wait, and who somebody is."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

import pytest
from fotograma_auth.domain import (
    AttemptCount,
    Client,
    DelayRule,
    WindowRule,
    new_api_key,
    secret_hash,
    shown_prefix,
)
from fotograma_kit.networks import client_address, limited_network

NOW = datetime(2030, 1, 1, tzinfo=UTC)
DELAYS = DelayRule(
    free=3,
    first=timedelta(seconds=1),
    longest=timedelta(seconds=10),
    forgotten_after=timedelta(hours=1),
)
WINDOW = WindowRule(at_most=3, window=timedelta(seconds=60))


def waits(rule: DelayRule, attempts: int) -> list[float]:
    """Seconds to wait after each of so many attempts, made as soon as one may."""
    now, tries, found = NOW, None, []
    for _ in range(attempts):
        tries = rule.after_attempt(tries, now)
        wait = (tries.blocked_until or now) - now
        found.append(wait.total_seconds())
        now += wait
    return found


def test_each_wait_is_twice_the_one_before_up_to_the_longest() -> None:
    assert waits(DELAYS, 9) == [0, 0, 0, 1, 2, 4, 8, 10, 10]


def test_million_attempts_are_counted_without_overflow() -> None:
    tries = DELAYS.after_attempt(AttemptCount(10**6, NOW), NOW)
    assert tries.blocked_until == NOW + DELAYS.longest


def test_window_is_full_until_it_ends() -> None:
    tries = None
    for second in range(3):
        tries = WINDOW.after_attempt(tries, NOW + timedelta(seconds=second))
    assert tries == AttemptCount(3, NOW, NOW + WINDOW.window)
    later = NOW + WINDOW.window
    assert WINDOW.after_attempt(tries, later) == AttemptCount(1, later)


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("203.0.113.9", [], "203.0.113.9"),
        ("203.0.113.9", ["1.1.1.1"], "203.0.113.9"),  # who is no proxy is not believed
        ("10.0.0.1", ["203.0.113.9"], "203.0.113.9"),
        ("10.0.0.1", ["1.1.1.1, 203.0.113.9"], "203.0.113.9"),  # the first was made up
        ("10.0.0.1", ["203.0.113.9, 10.0.0.2"], "203.0.113.9"),
        ("10.0.0.1", ["203.0.113.9", "10.0.0.2"], "203.0.113.9"),
        ("10.0.0.1", ["10.0.0.3"], "10.0.0.3"),
        ("10.0.0.1", ["nonsense"], "10.0.0.1"),
        ("10.0.0.1", ["203.0.113.9, nonsense"], "10.0.0.1"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("::ffff:203.0.113.9", [], "203.0.113.9"),
        ("10.0.0.1", ["2001:db8::1"], "2001:db8::1"),
        ("testclient", ["203.0.113.9"], None),
        (None, ["203.0.113.9"], None),
    ],
)
def test_client_address_behind_trusted_proxies(
    peer: str | None, forwarded: list[str], expected: str | None
) -> None:
    assert client_address(peer, forwarded, [ip_network("10.0.0.0/8")]) == expected


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        (None, "unknown"),
    ],
)
def test_limited_network_is_the_address_or_its_ipv6_64(address: str | None, network: str) -> None:
    assert limited_network(address) == network


def test_user_agent_is_cut() -> None:
    assert Client.of("::1", "a\nb" + "x" * 500).user_agent == "ab" + "x" * 198
    assert Client.of(None, "").user_agent is None


def test_api_keys_are_random_and_recognised() -> None:
    keys = {new_api_key() for _ in range(100)}
    assert len(keys) == len({secret_hash(key) for key in keys}) == 100
    assert all(key.startswith("fgk_") and len(key) == 47 for key in keys)
    assert all(len(shown_prefix(key)) == 12 for key in keys)
