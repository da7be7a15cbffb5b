"""Loki and Tempo have one configuration each, on one host and on Kubernetes, and keep what they are
sent for thirty days."""

import re
from typing import Any

import hcl2
import pytest
from fixtures import strict_yaml
from fixtures.compose import DEPLOY, ROOT, services
from fixtures.dashboards import data_source
from fixtures.kubernetes import K8S, build, main, overlay

KEEPERS = ("loki", "tempo")
PORTS = {"loki": 3100, "tempo": 3200}
RETENTION_DAYS = 30
WRITTEN = f"{RETENTION_DAYS}d"


def text(keeper: str) -> str:
    return (DEPLOY / keeper / f"{keeper}.yml").read_text()


def configuration(keeper: str) -> dict[str, Any]:
    document: dict[str, Any] = strict_yaml.load(text(keeper))
    return document


def grafana_of_chart() -> dict[str, Any]:
    (stack,) = (
        each
        for each in build(K8S / "argocd")
        if each["metadata"]["name"] == "kube-prometheus-stack"
    )
    found: dict[str, Any] = stack["spec"]["source"]["helm"]["valuesObject"]["grafana"]
    return found


@pytest.mark.parametrize("keeper", KEEPERS)
def test_keeper_is_configured_as_on_one_host(keeper: str) -> None:
    of = overlay("prod")
    assert of.by_name["ConfigMap", keeper]["data"] == {f"{keeper}.yml": text(keeper)}
    workload = main(of.by_name["StatefulSet", keeper])
    assert workload["args"] == services()[keeper]["command"]
    assert workload["image"] == services()[keeper]["image"]


@pytest.mark.parametrize("where", ["compose", "kubernetes"])
@pytest.mark.parametrize("keeper", KEEPERS)
def test_keeper_is_told_what_its_configuration_asks_for(keeper: str, where: str) -> None:
    required = set(re.findall(r"\$\{(\w+)\}", text(keeper)))
    optional = set(re.findall(r"\$\{(\w+):-", text(keeper)))
    of = overlay("prod")
    given = {
        "compose": services()[keeper]["environment"],
        "kubernetes": of.environment(main(of.by_name["StatefulSet", keeper])),
    }[where]
    assert {"BUCKET", "AWS_REGION"} <= required <= set(given)
    assert {name for name in given if not name.startswith("AWS_")} <= required | optional


@pytest.mark.parametrize("keeper", KEEPERS)
def test_keeper_listens_beside_grafana_alone(keeper: str) -> None:
    """On one host the store's network reaches it too, and finds nothing."""
    service = services()[keeper]
    listening = service["environment"]["LISTEN_ADDRESS"]
    assert service["networks"] == {"store": {}, "observe": {"aliases": [listening]}}
    server = configuration(keeper)["server"]
    assert server["http_listen_address"].startswith("${LISTEN_ADDRESS:-")
    assert server["grpc_listen_address"] == "127.0.0.1"
    assert f"http://{listening}:{PORTS[keeper]}/ready" in " ".join(service["healthcheck"]["test"])


def test_telemetry_is_kept_for_thirty_days() -> None:
    loki = configuration("loki")
    assert loki["limits_config"]["retention_period"] == f"${{RETENTION:-{WRITTEN}}}"
    assert loki["compactor"]["retention_enabled"] is True
    tempo = configuration("tempo")["overrides"]["defaults"]["compaction"]
    assert tempo["block_retention"] == f"${{RETENTION:-{WRITTEN}}}"
    for keeper in KEEPERS:
        assert services()[keeper]["environment"]["RETENTION"] == WRITTEN


def test_s3_forgets_later_than_the_keepers() -> None:
    with (ROOT / "infra/terraform/modules/telemetry/variables.tf").open() as file:
        (days,) = [
            block['"expiration_days"']["default"]
            for block in hcl2.load(file)["variable"]
            if '"expiration_days"' in block
        ]
    assert days > RETENTION_DAYS


def test_terraform_makes_the_buckets_and_roles_that_pods_name() -> None:
    with (ROOT / "infra/terraform/modules/telemetry/main.tf").open() as file:
        (scope,) = hcl2.load(file)["locals"]
    kept = {name: str(what).strip('"') for name, what in scope["keepers"].items()}
    of = overlay("prod")
    for keeper in KEEPERS:
        account = of.by_name["ServiceAccount", keeper]["metadata"]["annotations"]
        assert account["eks.amazonaws.com/role-arn"].endswith(f":role/fotograma-prod-{keeper}")
        bucket = of.environment(main(of.by_name["StatefulSet", keeper]))["BUCKET"]
        assert bucket.startswith(f"fotograma-prod-{kept[keeper]}-")
        assert services()[keeper]["environment"]["BUCKET"] == f"fotograma-{kept[keeper]}"


@pytest.mark.parametrize("keeper", KEEPERS)
def test_grafana_has_the_keeper_as_a_source_of_data(keeper: str) -> None:
    source = data_source(keeper)
    assert source["uid"] == source["type"] == keeper
    domain = services()["grafana"]["environment"]["TELEMETRY_DOMAIN"]
    alias = source["url"].replace("$TELEMETRY_DOMAIN", domain)
    assert alias == f"http://{services()[keeper]['environment']['LISTEN_ADDRESS']}:{PORTS[keeper]}"
    config = overlay("prod").by_name["ConfigMap", f"{keeper}-datasource"]
    assert config["data"] == {f"{keeper}.yml": (DEPLOY / keeper / "datasource.yml").read_text()}
    assert config["metadata"]["labels"]["grafana_datasource"] == "1"
    (port,) = (
        port["port"]
        for port in overlay("prod").by_name["Service", keeper]["spec"]["ports"]
        if port["name"] == "http"
    )
    assert port == PORTS[keeper]


def test_grafana_of_the_chart_finds_the_sources() -> None:
    """They are in the product's namespace, and so are the servers that they name."""
    grafana = grafana_of_chart()
    assert grafana["env"] == {"TELEMETRY_DOMAIN": "fotograma"}
    assert grafana["sidecar"]["datasources"]["searchNamespace"] == "ALL"
