"""Alerts and dashboards speak of metrics that exist, and each alert fires in a test."""

import re
from pathlib import Path

import pytest
from fixtures import strict_yaml
from fixtures.alerts import FILES, RULES, TESTS, Rule, alerts, rules, run
from fixtures.compose import DEPLOY, services
from fixtures.dashboards import DASHBOARDS, dashboard, queries
from fixtures.measured import series

OBSERVING = {
    f"{name}.observe" for name in ("alertmanager", "alloy-logs", "alloy-traces", "loki", "tempo")
}
"""What stands beside Prometheus, by the names it has for it alone."""


@pytest.fixture(scope="module")
def metrics() -> set[str]:
    """The names that our processes show."""
    return series()


def named(expression: str) -> set[str]:
    """Our metrics in a PromQL expression."""
    return set(re.findall(r"\bfotograma_[a-z_]+", expression))


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.get("alert") or rule["record"])
def test_rules_use_metrics_that_exist(rule: Rule, metrics: set[str]) -> None:
    assert named(rule["expr"]) <= metrics


@pytest.mark.parametrize("rule", alerts(), ids=lambda rule: rule["alert"])
def test_alerts_say_whose_they_are_and_how_bad(rule: Rule) -> None:
    assert set(rule["labels"]) >= {"severity", "service"}
    severities = {"none"} if rule["alert"] == "Watchdog" else {"warning", "critical"}
    assert rule["labels"]["severity"] in severities
    assert set(rule["annotations"]) == {"summary", "runbook_url"}


def test_alerts_have_tests() -> None:
    fired = {
        case["alertname"]
        for path in TESTS
        for test in strict_yaml.load(path.read_text())["tests"]
        for case in test.get("alert_rule_test", [])
        if case["exp_alerts"]
    }
    assert fired == {rule["alert"] for rule in alerts()}


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.stem)
def test_rules_pass_their_tests(path: Path) -> None:
    run("promtool", "test", "rules", path.name, folder=RULES)


def test_prometheus_reads_every_file_of_rules() -> None:
    document = strict_yaml.load((DEPLOY / "prometheus" / "prometheus.yml").read_text())
    assert document["rule_files"] == [f"/etc/prometheus/rules/{path.name}" for path in FILES]


def test_prometheus_takes_its_configuration(tmp_path: Path) -> None:
    text = (DEPLOY / "prometheus" / "prometheus.yml").read_text()
    file = tmp_path / "prometheus.yml"
    file.write_text(text.replace("/etc/prometheus", str(DEPLOY / "prometheus")))
    run("promtool", "check", "config", file)


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)
def test_dashboards_use_metrics_that_exist(path: Path, metrics: set[str]) -> None:
    assert dashboard(path)["uid"] == path.stem
    for expression in queries(path, "prometheus"):
        assert named(expression) <= metrics, expression
    ids = [panel["id"] for panel in dashboard(path)["panels"]]
    assert len(set(ids)) == len(ids)


def test_prometheus_scrapes_every_process() -> None:
    document = strict_yaml.load((DEPLOY / "prometheus" / "prometheus.yml").read_text())
    targets = {
        target
        for job in document["scrape_configs"]
        for config in job.get("static_configs", [])
        for target in config["targets"]
    }
    names = {target.rsplit(":", 1)[0] for target in targets} | {"worker"}
    lasting = {
        name
        for name, service in services().items()
        if service["restart"] != "no" and "profiles" not in service
    }
    # Exporters for these come with the whole observability stack.
    assert names == (lasting - {"postgres", "s3", "aws"}) | OBSERVING
    networks = set(services()["prometheus"]["networks"])
    names = {name.removesuffix(".observe") for name in names}
    assert all(networks & set(services()[name]["networks"]) for name in names)
