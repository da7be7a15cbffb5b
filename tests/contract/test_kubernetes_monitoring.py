"""Kubernetes alerts on what one host alerts on, and every alert has a runbook."""

import re
from typing import Any

import pytest
from fixtures import strict_yaml
from fixtures.compose import DEPLOY, ROOT
from fixtures.kubernetes import OVERLAYS, labels_of, matches, overlay

RUNBOOKS = ROOT / "docs" / "runbooks"


def of_one_host() -> list[dict[str, Any]]:
    document = strict_yaml.load((DEPLOY / "prometheus" / "alerts.yml").read_text())
    groups: list[dict[str, Any]] = document["groups"]
    return groups


def of_kubernetes() -> list[dict[str, Any]]:
    groups: list[dict[str, Any]] = overlay("prod").of("PrometheusRule")[0]["spec"]["groups"]
    return groups


def without_advice(groups: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rules but for where they tell one to look, which differs."""
    return [
        group
        | {
            "rules": [
                rule | {"annotations": {"summary": rule["annotations"]["summary"]}}
                for rule in group["rules"]
            ]
        }
        for group in groups
    ]


def rules() -> list[dict[str, Any]]:
    return [rule for group in of_kubernetes() for rule in group["rules"]]


def test_alert_rules_are_those_of_compose() -> None:
    assert without_advice(of_kubernetes()) == without_advice(of_one_host())


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_every_alert_has_a_runbook(rule: dict[str, Any]) -> None:
    name = re.sub(r"(?<!^)(?=[A-Z])", "-", rule["alert"]).lower()
    assert rule["annotations"]["runbook"] == f"docs/runbooks/{name}.md"
    title = (RUNBOOKS / f"{name}.md").read_text().splitlines()[0]
    assert title == f"# {rule['alert']}"


def test_runbook_index_lists_every_runbook() -> None:
    index = (RUNBOOKS / "README.md").read_text()
    linked = set(re.findall(r"\]\(([a-z-]+\.md)\)", index))
    assert linked == {path.name for path in RUNBOOKS.glob("*.md")} - {"README.md"}


def test_dashboards_are_those_of_compose() -> None:
    data = overlay("prod").by_name["ConfigMap", "dashboards"]["data"]
    files = (DEPLOY / "grafana" / "dashboards").glob("*.json")
    assert data == {path.name: path.read_text() for path in files}


@pytest.mark.parametrize("name", OVERLAYS)
def test_kubernetes_scrapes_every_process(name: str) -> None:
    of = overlay(name)
    services = [
        each["spec"]["selector"]
        for monitor in of.of("ServiceMonitor")
        for each in of.of("Service")
        if matches(monitor["spec"]["selector"], each["metadata"].get("labels", {}))
    ]
    pods = [monitor["spec"]["selector"] for monitor in of.of("PodMonitor")]
    for workload in of.of("Deployment"):
        labels = labels_of(workload)
        scraped = any(selector.items() <= labels.items() for selector in services)
        scraped |= any(matches(selector, labels) for selector in pods)
        assert scraped or workload["metadata"]["name"] == "jaeger"
