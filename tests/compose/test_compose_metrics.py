"""The profile `metrics`."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from fixtures.composition import Composition
from fixtures.deadlines import until

PROMETHEUS = "http://prometheus.observe:9090"


@pytest.fixture(scope="module")
def prometheus(composition: Composition) -> Iterator[str]:
    """Its container, beside the others."""
    composition.run("up", "-d", "--no-deps", "prometheus", profile="metrics")
    (container,) = composition.containers("prometheus")
    yield container
    composition.run("rm", "-fs", "prometheus", profile="metrics")


def ask(composition: Composition, container: str, path: str) -> Any:
    """Prometheus's own answer; its image has wget, others that bear its name have curl."""
    url = f"{PROMETHEUS}{path}"
    answer = composition.execute(container, "sh", "-c", f"wget -qO- '{url}' || curl -fsS '{url}'")
    return json.loads(answer)["data"]


async def test_prometheus_scrapes_every_process(composition: Composition, prometheus: str) -> None:
    def targets() -> dict[str, str]:
        active = ask(composition, prometheus, "/api/v1/targets?state=active")["activeTargets"]
        # Alertmanager is not started beside it here.
        return {
            target["scrapeUrl"]: f"{target['health']} {target['lastError']}"
            for target in active
            if target["labels"]["job"] != "alertmanager"
        }

    def all_up() -> bool:
        found = targets()
        return len(found) >= 11 and all(state.startswith("up") for state in found.values())

    await until(all_up, seconds=60)
    assert all_up()


async def test_dashboards_query_series_that_exist(
    composition: Composition, prometheus: str
) -> None:
    wanted = {
        "caddy_http_request_duration_seconds_count",
        "fotograma_request_seconds_bucket",
        "fotograma_requests_total",
        "rabbitmq_detailed_queue_consumers",
        "rabbitmq_detailed_queue_messages",
        "rabbitmq_detailed_queue_messages_ready",
        "rabbitmq_detailed_queue_messages_unacked",
    }

    def missing() -> set[str]:
        return {
            name
            for name in wanted
            if not ask(composition, prometheus, f"/api/v1/query?query={quote(name)}")["result"]
        }

    await until(lambda: not missing(), seconds=60)
    assert missing() == set()


def test_worker_cannot_reach_prometheus(composition: Composition, prometheus: str) -> None:
    networks = composition.inspect(prometheus)["NetworkSettings"]["Networks"]
    addresses = [network["IPAddress"] for network in networks.values()]
    worker, *_ = composition.containers("worker")
    code = (
        "import socket, sys\n"
        "for address in sys.argv[1:]:\n"
        "    with socket.socket() as s:\n"
        "        s.settimeout(2)\n"
        "        print(s.connect_ex((address, 9090)) == 0)\n"
    )
    reached = composition.execute(worker, "python", "-c", code, *addresses)
    assert set(reached.split()) == {"False"}
