"""Kubernetes alerts on what one host alerts on, and every alert has a runbook."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from fixtures.alerts import FILES, RUNBOOKS, alerts, groups, run, runbook
from fixtures.compose import DEPLOY
from fixtures.kubernetes import K8S, OVERLAYS, build, labels_of, main, matches, overlay, pod


def test_rules_are_those_of_compose() -> None:
    """`make documents` writes them."""
    written = {
        each["metadata"]["name"]: each["spec"]["groups"]
        for each in overlay("prod").of("PrometheusRule")
    }
    assert written == {f"fotograma-{path.stem}": groups(path) for path in FILES}


def test_alertmanager_is_configured_as_on_one_host() -> None:
    of = overlay("prod")
    script = (DEPLOY / "alertmanager" / "configuration.py").read_text()
    assert of.by_name["ConfigMap", "alertmanager"]["data"] == {"configuration.py": script}
    workload = of.by_name["StatefulSet", "alertmanager"]
    (configure,) = pod(workload)["initContainers"]
    _, program, folder, file = configure["command"]
    mounts = {mount["name"]: mount["mountPath"] for mount in configure["volumeMounts"]}
    assert program == f"{mounts['script']}/configuration.py"
    assert folder == mounts["secrets"]
    assert f"--config.file={file}" in main(workload)["args"]
    # Nobody is told until somebody says who.
    (secret,) = (volume["secret"] for volume in pod(workload)["volumes"] if "secret" in volume)
    assert secret == {"secretName": "alerting", "optional": True}


def test_prometheus_tells_alertmanager_and_knows_where_runbooks_are() -> None:
    (stack,) = (
        each
        for each in build(K8S / "argocd")
        if each["metadata"]["name"] == "kube-prometheus-stack"
    )
    values = stack["spec"]["source"]["helm"]["valuesObject"]
    (told,) = values["prometheus"]["prometheusSpec"]["alertingEndpoints"]
    service = overlay("prod").by_name["Service", told["name"]]
    assert told["port"] in {port["name"] for port in service["spec"]["ports"]}
    assert "runbooks" in values["prometheus"]["prometheusSpec"]["externalLabels"]


@pytest.mark.parametrize("rule", alerts(), ids=lambda rule: rule["alert"])
def test_every_alert_has_a_runbook(rule: dict[str, Any]) -> None:
    name = runbook(rule["alert"])
    assert rule["annotations"]["runbook_url"] == f"{{{{ $externalLabels.runbooks }}}}/{name}"
    page = (RUNBOOKS / name).read_text()
    assert page.splitlines()[0] == f"# {rule['alert']}"
    assert "**Users notice:**" in page
    assert re.findall("^## (.*)$", page, re.MULTILINE) == ["Look", "Do", "Wake somebody"]


@pytest.mark.parametrize("rule", alerts(), ids=lambda rule: rule["alert"])
def test_runbook_begins_with_a_query_that_prometheus_can_read(
    rule: dict[str, Any], tmp_path: Path
) -> None:
    page = (RUNBOOKS / runbook(rule["alert"])).read_text()
    (query,) = re.findall("^## Look\n\n```promql\n(.*)\n```$", page, re.MULTILINE)
    asked = tmp_path / "query.yml"
    record = {"record": "asked", "expr": query}
    asked.write_text(json.dumps({"groups": [{"name": "runbook", "rules": [record]}]}))
    run("promtool", "check", "rules", asked)


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
