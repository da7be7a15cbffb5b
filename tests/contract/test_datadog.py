"""Datadog, where it is chosen: its agent, what is sent to it, and what is put into its account."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fixtures.alerts import RUNBOOKS, alerts
from fixtures.compose import ROOT
from fixtures.datadog import API_KEY, APP_KEY, DatadogAccount
from fixtures.kubernetes import K8S, Overlay, build, labels_of, main
from fixtures.measured import series_in_datadog

FOLDER = ROOT / "deploy" / "datadog"
MONITORS: list[dict[str, Any]] = json.loads((FOLDER / "monitors.json").read_text())
DASHBOARD: dict[str, Any] = json.loads((FOLDER / "dashboard.json").read_text())
AGENT = K8S / "argocd" / "telemetry" / "datadog" / "agent.yaml"
ALERTS = {rule["alert"]: rule for rule in alerts()}
UNSEEN = {
    *("Watchdog", "NotificationsFail", "TelemetryLost"),  # of Prometheus's own surroundings
    *("BrokerDown", "DeadMessages", "QueueWithoutConsumer"),  # RabbitMQ's
    *(
        "ProcessDown",
        "CrashLoop",
        "PodsPending",
    ),  # Kubernetes', which Datadog has monitors of its own for
    *(
        "ConsumerDeaf",
        "SlowResponses",
        "ErrorBudgetBurns",
    ),  # what its language cannot say, or APM says
}
"""Alerts that the agent's measurements cannot say."""


@pytest.fixture(scope="module")
def chosen(tmp_path_factory: pytest.TempPathFactory) -> Overlay:
    """Production, with Datadog chosen."""
    root = tmp_path_factory.mktemp("datadog")
    for part in ("deploy", "local"):
        shutil.copytree(ROOT / part, root / part, ignore=shutil.ignore_patterns("__pycache__"))
    path = root / "deploy/k8s/site/prod/telemetry/kustomization.yaml"
    path.write_text(path.read_text().replace("telemetry/grafana", "telemetry/datadog"))
    return Overlay(build(root / "deploy/k8s/overlays/prod"))


@pytest.fixture
def account() -> DatadogAccount:
    return DatadogAccount()


@pytest.fixture
def url(account: DatadogAccount) -> Iterator[str]:
    with account.served() as url:
        yield url


def apply(
    url: str, folder: Path, *arguments: str, api_key: str = API_KEY
) -> subprocess.CompletedProcess[str]:
    """Run the program as an operator does."""
    keys = {"DD_API_KEY_FILE": api_key, "DD_APP_KEY_FILE": APP_KEY}
    for name, key in keys.items():
        (folder / name).write_text(f"{key}\n")
    return subprocess.run(
        [sys.executable, FOLDER / "apply.py", "--url", url, *arguments],
        env={"PATH": os.environ["PATH"], **{name: str(folder / name) for name in keys}},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def asked(queries: list[str]) -> set[str]:
    return {name for query in queries for name in re.findall(r":(fotograma\.[a-z_.]+)\{", query)}


def namespace() -> str:
    text = (K8S / "components/telemetry/datadog/measured.yaml").read_text()
    (found,) = re.findall(r'"namespace": "(\w+)"', text)
    return str(found)


def test_monitors_and_dashboard_ask_for_what_is_measured() -> None:
    measured = series_in_datadog(namespace())
    monitors = asked([each["query"] for each in MONITORS])
    widgets = [widget["definition"]["requests"] for widget in DASHBOARD["widgets"]]
    shown = asked([request["q"] for requests in widgets for request in requests])
    assert len(monitors) >= 8
    assert len(shown) >= 8
    assert monitors | shown <= measured


def test_every_alert_is_a_monitor_or_cannot_be() -> None:
    named = {each["name"].removeprefix("Fotograma: ") for each in MONITORS}
    assert named | UNSEEN == set(ALERTS)
    assert not named & UNSEEN


@pytest.mark.parametrize("monitor", MONITORS, ids=lambda each: each["name"])
def test_monitor_is_as_bad_as_its_alert_and_has_its_runbook(monitor: dict[str, Any]) -> None:
    rule = ALERTS[monitor["name"].removeprefix("Fotograma: ")]
    assert f"severity:{rule['labels']['severity']}" in monitor["tags"]
    (name,) = re.findall(r"docs/runbooks/([a-z-]+\.md)", monitor["message"])
    assert (RUNBOOKS / name).is_file()
    assert rule["annotations"]["runbook_url"].endswith(f"/{name}")
    limit = float(re.findall(r"[<>] ([\d.]+)$", monitor["query"])[0])
    assert monitor["options"]["thresholds"]["critical"] == limit


def test_applying_makes_everything_once(account: DatadogAccount, url: str, tmp_path: Path) -> None:
    for _ in range(2):
        done = apply(url, tmp_path, "--notify", "@slack-ops")
        assert done.returncode == 0, done.stderr
    made = len(MONITORS) + 1
    assert [method for method, _ in account.changes] == ["POST"] * made + ["PUT"] * made
    assert len(account.monitors) == len(MONITORS)
    assert len(account.dashboards) == 1
    for monitor in account.monitors.values():
        assert monitor["message"].endswith("@slack-ops")
        assert "managed-by:fotograma" in monitor["tags"]


def test_applying_leaves_what_others_made(
    account: DatadogAccount, url: str, tmp_path: Path
) -> None:
    theirs = {"name": MONITORS[0]["name"], "tags": [], "id": "theirs"}
    account.monitors["theirs"] = theirs
    assert apply(url, tmp_path).returncode == 0
    assert account.monitors["theirs"] == theirs
    assert len(account.monitors) == len(MONITORS) + 1


def test_wrong_key_is_said_and_not_shown(url: str, tmp_path: Path) -> None:
    done = apply(url, tmp_path, api_key="wrong-key")
    assert done.returncode == 1
    assert "403" in done.stderr
    assert "wrong-key" not in done.stdout + done.stderr


def test_keys_have_no_default() -> None:
    done = subprocess.run(
        [sys.executable, FOLDER / "apply.py"],
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "DD_API_KEY_FILE and DD_APP_KEY_FILE" in done.stderr


def test_agent_has_its_key_from_a_secret_that_is_in_no_file() -> None:
    text = AGENT.read_text()
    assert "apiKeyExistingSecret: datadog" in text
    assert not re.search(r"api-?key: ", text, re.IGNORECASE)


def test_every_process_sends_to_the_agent_of_its_node(chosen: Overlay) -> None:
    for workload in chosen.of("Deployment"):
        environment = chosen.environment(main(workload))
        if "LOG_FORMAT" in environment:
            assert environment["OTEL_EXPORTER_OTLP_ENDPOINT"] == "http://datadog.datadog:4318"
    override = re.search(r"localService: \{overrideName: (\w+)\}", AGENT.read_text())
    assert override
    assert override[1] == "datadog"


def test_agent_is_told_where_each_process_measures(chosen: Overlay) -> None:
    measured = {
        workload["metadata"]["name"]
        for workload in chosen.of("Deployment")
        if "ad.datadoghq.com/main.checks"
        in workload["spec"]["template"]["metadata"].get("annotations", {})
    }
    ours = {
        workload["metadata"]["name"]
        for workload in chosen.of("Deployment")
        if labels_of(workload).get("app.kubernetes.io/component") in {"api", "background", "worker"}
    }
    assert measured == ours
    for name in measured:
        template = chosen.by_name["Deployment", name]["spec"]["template"]
        checks = json.loads(template["metadata"]["annotations"]["ad.datadoghq.com/main.checks"])
        (instance,) = checks["openmetrics"]["instances"]
        assert instance["openmetrics_endpoint"] == "http://%%host%%:8000/metrics"


def test_nothing_of_grafana_keeps_anything_where_datadog_does(chosen: Overlay) -> None:
    names = {each["metadata"]["name"] for each in chosen.workloads()}
    assert not names & {"loki", "tempo", "alloy-logs", "alloy-traces"}
    # Alerts, and how many workers there are, are Prometheus's all the same.
    assert {"PrometheusRule", "ScaledObject"} <= {each["kind"] for each in chosen.objects}
