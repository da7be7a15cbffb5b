"""Retries: which attempt follows which, after what delay, and what the message carries."""

from typing import Any

import pytest
from fotograma_kit.broker.retries import (
    NextAttempt,
    attempt_of,
    delay_key,
    next_attempt,
    retry_queue,
)
from fotograma_kit.settings import BrokerSettings
from pydantic import SecretStr

SETTINGS = BrokerSettings(
    rabbitmq_url=SecretStr("amqp://broker/"), retry_delays_seconds=(5.0, 30.0), retry_attempts=4
)


@pytest.mark.parametrize(("failed", "delay"), [(1, 5.0), (2, 30.0), (3, 30.0)])
def test_next_attempt_has_the_next_delay_and_the_last_one_repeats(
    failed: int, delay: float
) -> None:
    assert next_attempt(failed, "why", SETTINGS) == NextAttempt(failed + 1, delay, "why")


@pytest.mark.parametrize("failed", [4, 5])
def test_next_attempt_is_none_after_the_last_one(failed: int) -> None:
    assert next_attempt(failed, "why", SETTINGS) is None


@pytest.mark.parametrize(
    ("headers", "attempt"), [({}, 1), ({"x-attempt": 3}, 3), ({"x-attempt": "many"}, 1)]
)
def test_attempt_of_a_delivery_is_its_header_or_the_first(
    headers: dict[str, Any], attempt: int
) -> None:
    assert attempt_of(headers) == attempt


def test_next_attempt_headers_count_it_and_give_the_reason() -> None:
    following = NextAttempt(2, 120.0, "no answer")
    assert following.headers == {"x-attempt": 2, "x-retry-reason": "no answer"}
    assert following.routing_key == "2m"


@pytest.mark.parametrize(("delay", "key"), [(0.3, "300ms"), (5.0, "5s"), (90.0, "90s")])
def test_retry_queue_is_named_by_its_queue_and_delay(delay: float, key: str) -> None:
    assert delay_key(delay) == key
    assert retry_queue("video.events", delay) == f"q.retry.video.events.{key}"
