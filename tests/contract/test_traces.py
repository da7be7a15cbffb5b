"""Every process reaches the Alloy that takes traces, nobody else reaches Tempo; measurements,
traces and lines lead to each other."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from fixtures import strict_yaml
from fixtures.alerts import run
from fixtures.compose import DEPLOY, services
from fixtures.dashboards import data_source
from fixtures.kubernetes import (
    K8S,
    OVERLAYS,
    Object,
    build,
    containers,
    labels_of,
    main,
    matches,
    overlay,
)
from fotograma_kit.settings import TelemetrySettings
from fotograma_kit.telemetry import JOB, job_of

CONFIGURATION = (DEPLOY / "alloy" / "traces" / "traces.alloy").read_text()
OTLP = 4318
IDS = "trace_id"
"""The label of exemplars, and what lines call a trace."""


def prometheus() -> dict[str, Any]:
    """Grafana's data source on one host."""
    path = DEPLOY / "grafana" / "provisioning" / "datasources" / "prometheus.yml"
    found = strict_yaml.load(path.read_text())["datasources"]
    return next(source for source in found if source["uid"] == "prometheus")


def traced(name: str) -> list[Object]:
    """The processes of ours that do what is asked of the product."""
    of = overlay(name)
    return [each for each in of.of("Deployment") if "LOG_FORMAT" in of.environment(main(each))]


def test_alloy_is_configured_as_on_one_host() -> None:
    of = overlay("prod")
    assert of.by_name["ConfigMap", "alloy-traces"]["data"] == {"traces.alloy": CONFIGURATION}
    here, there = services()["alloy-traces"], main(of.by_name["Deployment", "alloy-traces"])
    assert here["image"] == there["image"]
    differ = set(here["command"]) ^ set(there["args"])
    assert {option.partition("=")[0] for option in differ} == {"--server.http.listen-addr"}


def test_alloy_takes_traces_and_hands_them_to_tempo() -> None:
    assert f'"0.0.0.0:{OTLP}"' in CONFIGURATION
    asked = set(re.findall(r'sys\.env\("(\w+)"\)', CONFIGURATION))
    of = overlay("prod")
    assert asked == set(of.environment(main(of.by_name["Deployment", "alloy-traces"])))
    assert asked == set(services()["alloy-traces"]["environment"])


def test_memory_of_alloy_is_limited_below_its_container_s() -> None:
    (limit,) = re.findall(r'limit += "(\d+)MiB"', CONFIGURATION)
    given = main(overlay("prod").by_name["Deployment", "alloy-traces"])["resources"]["limits"]
    assert int(limit) <= 0.75 * int(given["memory"].removesuffix("Mi"))
    assert int(limit) <= 0.75 * int(services()["alloy-traces"]["mem_limit"].removesuffix("m"))


def test_compose_brings_every_process_of_ours_to_alloy_and_none_to_tempo() -> None:
    of_alloy = set(services()["alloy-traces"]["networks"])
    of_tempo = {"observe"}  # where it listens: test_telemetry_stores.py
    for name, service in services().items():
        if "OTEL_EXPORTER_OTLP_ENDPOINT" in service.get("environment", {}):
            assert of_alloy & set(service["networks"]), name
            assert not of_tempo & set(service["networks"]), name


def test_compose_opens_the_alloy_that_workers_reach_to_no_file_and_no_store() -> None:
    service = services()["alloy-traces"]
    assert [volume for volume in service["volumes"] if not volume.endswith(":ro")] == []
    assert "store" not in service["networks"]
    assert "0:0" not in service["user"]


def test_kubernetes_tells_every_process_where_to_send_traces() -> None:
    of = overlay("prod")
    fields = {name.upper() for name in TelemetrySettings.model_fields}
    assert "OTEL_EXPORTER_OTLP_ENDPOINT" in fields
    told = {
        workload["metadata"]["name"]: of.environment(main(workload))["OTEL_EXPORTER_OTLP_ENDPOINT"]
        for workload in traced("prod")
    }
    assert len(told) == 7
    assert set(told.values()) == {f"http://alloy-traces:{OTLP}"}


def test_kubernetes_lets_alloy_alone_send_to_tempo() -> None:
    of = overlay("prod")
    tempo = labels_of(of.by_name["StatefulSet", "tempo"])
    senders = [
        source
        for policy in of.of("NetworkPolicy")
        if matches(policy["spec"]["podSelector"], tempo)
        for rule in policy["spec"].get("ingress", [])
        if {"port": OTLP} in rule["ports"]
        for source in rule["from"]
    ]
    assert senders == [{"podSelector": {"matchLabels": {"app.kubernetes.io/name": "alloy-traces"}}}]


def test_laptop_keeps_traces_without_a_store() -> None:
    images = {each["image"] for of in overlay("local").of("Deployment") for each in containers(of)}
    assert any(image.startswith("jaegertracing/") for image in images)
    assert not any(image.startswith("grafana/") for image in images)


def test_measurement_leads_to_its_trace() -> None:
    destination = {"datasourceUid": "tempo"}
    (here,) = prometheus()["jsonData"]["exemplarTraceIdDestinations"]
    assert here == destination | {"name": IDS}
    assert "--enable-feature=exemplar-storage" in services()["prometheus"]["command"]
    (stack,) = (
        each
        for each in build(K8S / "argocd")
        if each["metadata"]["name"] == "kube-prometheus-stack"
    )
    values = stack["spec"]["source"]["helm"]["valuesObject"]
    there = values["grafana"]["sidecar"]["datasources"]["exemplarTraceIdDestinations"]
    assert there == destination | {"traceIdLabelName": IDS}
    assert values["prometheus"]["prometheusSpec"]["enableFeatures"] == ["exemplar-storage"]


def test_trace_leads_to_its_lines_and_to_measurements() -> None:
    tempo = data_source("tempo")["jsonData"]
    assert tempo["tracesToLogsV2"]["datasourceUid"] == data_source("loki")["uid"]
    assert f'{IDS}="$${{__span.traceId}}"' in tempo["tracesToLogsV2"]["query"]
    assert tempo["tracesToMetrics"]["datasourceUid"] == prometheus()["uid"]


def test_span_leads_to_measurements_by_what_prometheus_calls_its_process() -> None:
    assert data_source("tempo")["jsonData"]["tracesToMetrics"]["tags"] == [
        {"key": JOB, "value": "job"}
    ]
    scraped = strict_yaml.load((DEPLOY / "prometheus" / "prometheus.yml").read_text())
    jobs = {each["job_name"] for each in scraped["scrape_configs"]}
    for workload in traced("prod"):
        job = job_of(workload["metadata"]["name"].removesuffix("-api"))
        assert job in jobs
        assert job == labels_of(workload)["app.kubernetes.io/name"]  # jobLabel of its monitor


@pytest.mark.parametrize("name", OVERLAYS)
def test_spans_on_kubernetes_say_where_they_are_from(name: str) -> None:
    of = overlay(name)
    for workload in traced(name):
        told = of.environment(main(workload))["OTEL_RESOURCE_ATTRIBUTES"].split(",")
        assert dict(pair.split("=") for pair in told) == {
            "deployment.environment.name": "local",  # in place of it, the site's
            "k8s.namespace.name": "metadata.namespace",
            "k8s.node.name": "spec.nodeName",
            "k8s.pod.name": "metadata.name",
        }


def test_line_leads_to_its_trace() -> None:
    (field,) = data_source("loki")["jsonData"]["derivedFields"]
    assert field["datasourceUid"] == data_source("tempo")["uid"]
    assert (field["matcherType"], field["matcherRegex"]) == ("label", IDS)
    lines = (DEPLOY / "alloy" / "logs" / "lines.alloy").read_text()
    assert re.search(rf"structured_metadata \{{[^}}]*\b{IDS} ", lines)


def test_queries_of_the_data_source_are_promql(tmp_path: Path) -> None:
    queries = [
        query["query"].replace("$$__tags", 'job="video"')
        for query in data_source("tempo")["jsonData"]["tracesToMetrics"]["queries"]
    ]
    assert queries
    rules = [{"record": "asked", "expr": query} for query in queries]
    file = tmp_path / "rules.yml"
    file.write_text(json.dumps({"groups": [{"name": "data source", "rules": rules}]}))
    run("promtool", "check", "rules", file)
