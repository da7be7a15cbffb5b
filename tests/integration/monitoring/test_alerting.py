"""An outage is one page: real Prometheus and Alertmanager, with the rules and routes that ship."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fixtures.alerting import WORKERS, Alerting, Played
from fixtures.deadlines import until

OUTAGE_SECONDS = 360
QUIET = ("--author=operator", "--comment=maintenance", "--duration=1h")


@pytest.fixture
def played() -> Played:
    return Played()


@pytest.fixture
def alerting(played: Played, tmp_path: Path) -> Iterator[Alerting]:
    with played.served() as port, Alerting(tmp_path, port).running() as servers:
        yield servers


@pytest.fixture
def alertmanager(played: Played, tmp_path: Path) -> Iterator[Alerting]:
    with played.served() as port, Alerting(tmp_path, port).telling() as server:
        yield server


def names(message: dict[str, Any]) -> set[str]:
    return {alert["labels"]["alertname"] for alert in message["alerts"]}


def add(alerting: Alerting, *labels: str) -> None:
    alerting.amtool("alert", "add", *labels)


@pytest.mark.middle
async def test_broker_away_for_six_minutes_is_one_page_and_its_end(
    alerting: Alerting, played: Played
) -> None:
    # The switch is asked from the first evaluation on; then all is seen that there is.
    await until(lambda: len(played.heard) >= 2, seconds=60)
    assert played.told == []
    played.take_broker()
    # What would be told without inhibition fires within the six minutes.
    await until(
        lambda: alerting.firing() >= {"BrokerDown", "ConsumerDeaf", "OutboxStuck", "ProcessDown"},
        seconds=60,
    )
    await until(lambda: played.away_seconds() >= OUTAGE_SECONDS, seconds=60)
    played.return_broker()
    await until(lambda: alerting.firing() == {"Watchdog"}, seconds=60)
    await until(lambda: played.told[-1]["status"] == "resolved", seconds=60)
    pages = [message for message in played.told if message["status"] == "firing"]
    assert 1 <= len(pages) <= 2
    for page in pages:
        assert names(page) == {"BrokerDown"}
        (alert,) = page["alerts"]
        assert alert["annotations"]["runbook_url"] == "https://runbooks.example/broker-down.md"
    # The end names what was held back as well, once it has ended.
    assert {message["groupLabels"]["service"] for message in played.told} == {"rabbitmq"}
    assert len(played.told) == len(pages) + 1
    assert {message["status"] for message in played.heard} == {"firing"}


async def test_forty_deaf_workers_are_one_message(alertmanager: Alerting, played: Played) -> None:
    for n in range(WORKERS):
        of = ("alertname=ConsumerDeaf", "service=worker", "severity=critical")
        add(alertmanager, *of, f"instance=worker-{n}")
    await until(lambda: sum(len(message["alerts"]) for message in played.told) >= WORKERS, 60)
    # Who comes after the group's wait is in a second one.
    assert len(played.told) <= 2
    assert {message["receiver"] for message in played.told} == {"critical"}


async def test_silence_holds_back_alerts_and_not_the_dead_mans_switch(
    alertmanager: Alerting, played: Played
) -> None:
    silence = alertmanager.amtool("silence", "add", 'severity=~"critical|warning"', *QUIET)
    add(alertmanager, "alertname=SlowResponses", "service=video", "severity=critical")
    add(alertmanager, "alertname=Watchdog", "service=monitoring", "severity=none")
    await until(lambda: len(played.heard) >= 3, seconds=60)
    assert played.told == []
    alertmanager.amtool("silence", "expire", silence.strip())
    await until(lambda: bool(played.told), seconds=60)
    assert names(played.told[0]) == {"SlowResponses"}
