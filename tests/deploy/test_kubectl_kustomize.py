"""Kustomize itself builds deploy/k8s, as the contract tests read it, for any installation."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml
from fixtures import strict_yaml
from fixtures.compose import ROOT
from fixtures.documents import KUBECTL
from fixtures.kubernetes import K8S, Object, build, containers, pod
from fotograma_installer.checkout import Checkout
from fotograma_installer.reading import read_environments

PROD = "deploy/k8s/overlays/prod"
OPTIONAL = ("autoscaling", "loki", "monitoring", "network-policies", "tempo")
HASHED = re.compile(r"(\b(?:name|secretName): \S+)-[2456789bcdfghkmt]{10}$", re.MULTILINE)
"""A reference to a generated object; the letters are all that Kustomize writes hashes with."""
ENVIRONMENTS = ("dev", "staging", "prod")


def kustomize(folder: Path) -> str:
    command = ["kubectl", "kustomize", str(folder)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def objects(folder: Path) -> list[Object]:
    """What kubectl builds, without the hashes it adds to names."""
    text = kustomize(folder)
    return list(strict_yaml.load_all(HASHED.sub(r"\1", text)))


def comparable(found: Iterable[Object]) -> dict[tuple[str, str], Any]:
    """By kind and name, what both readings tell alike."""
    return {
        (each["kind"], each["metadata"]["name"]): _comparable(each)
        for each in found
        if each["metadata"]["name"] != "site"
    }


def _comparable(each: Object) -> Any:
    if each["kind"] in {"ConfigMap", "Secret"}:
        return set(each["data"])
    if "template" not in each.get("spec", {}) or each["kind"] == "NodePool":
        return each["metadata"].get("labels", {})
    spec = dict(pod(each))
    for container in containers(each):
        container.pop("image")
        for field in ("env", "volumeMounts", "ports"):
            if field in container:
                container[field] = _sorted(container[field])
    spec["volumes"] = _sorted(spec.get("volumes", []))
    return each["metadata"]["labels"], each["spec"]["template"]["metadata"], spec


def _sorted(items: list[Object]) -> list[Object]:
    """In an order that does not depend on who merged them."""
    return sorted(items, key=lambda item: json.dumps(item, sort_keys=True))


@pytest.mark.parametrize("name", ["local", *ENVIRONMENTS])
def test_kustomize_builds_what_the_contract_tests_read(name: str) -> None:
    folder = K8S / "overlays" / name
    assert comparable(build(folder)) == comparable(objects(folder))


@pytest.mark.parametrize(
    "chosen",
    [chosen for count in range(len(OPTIONAL) + 1) for chosen in combinations(OPTIONAL, count)],
    ids=lambda chosen: "+".join(chosen) or "none",
)
def test_kustomize_builds_any_combination_of_components(
    chosen: tuple[str, ...], tmp_path: Path
) -> None:
    document = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": [os.path.relpath(K8S / "base", tmp_path)],
        "components": [os.path.relpath(K8S / "components" / name, tmp_path) for name in chosen],
    }
    (tmp_path / "kustomization.yaml").write_text(yaml.safe_dump(document))
    kinds = {each["kind"] for each in objects(tmp_path)}
    assert ("HorizontalPodAutoscaler" in kinds) == ("autoscaling" in chosen)
    assert ("PrometheusRule" in kinds) == ("monitoring" in chosen)


@pytest.mark.parametrize("chosen", ["grafana", "cloudwatch", "datadog"])
@pytest.mark.parametrize("folder", ["overlays", "argocd"])
def test_kustomize_builds_wherever_telemetry_goes(folder: str, chosen: str, tmp_path: Path) -> None:
    for part in ("deploy", "local"):
        shutil.copytree(ROOT / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__"))
    for path in (tmp_path / "deploy/k8s/site/prod").glob("*/kustomization.yaml"):
        path.write_text(path.read_text().replace("telemetry/grafana", f"telemetry/{chosen}"))
    built = objects(tmp_path / "deploy/k8s" / folder / "prod")
    names = {(each["kind"], each["metadata"]["name"]) for each in built}
    assert (("StatefulSet", "loki") in names) == ((folder, chosen) == ("overlays", "grafana"))
    assert (("Application", "datadog") in names) == ((folder, chosen) == ("argocd", "datadog"))


ANOTHER = """
project: quadros
account: "123456789012"
region: sa-east-1
repository: another/quadros
revision: stable
domain: {zone: example.org, host: quadros.example.org}
admins: {principals: ["arn:aws:iam::123456789012:role/admin"], networks: [198.51.100.0/24]}
size: large
mail: {sender: mail@quadros.example.org}
alerts: {emails: [somebody@example.org]}
budget: {monthly_usd: 5000}
network: 10.20.0.0/16
environments: {dev: {}, staging: {}, prod: {}}
"""
"""Differs from config/fotograma.yaml.example in everything."""


@pytest.fixture
def another(tmp_path: Path) -> Path:
    """A working copy with another installation's decisions, and what follows from them."""
    for part in ("deploy", "local", "infra/terraform/environments"):
        shutil.copytree(ROOT / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__"))
    config = tmp_path / "config/fotograma.yaml"
    config.parent.mkdir()
    config.write_text(ANOTHER)
    for each in read_environments(config).values():
        Checkout(tmp_path).write(each)
    return tmp_path


def of_the_example(environment: str) -> set[str]:
    """What stands in site.env of those who have not decided."""
    lines = (K8S / "site" / environment / "site.env").read_text().splitlines()
    values = {line.partition("=")[2] for line in lines if re.match("[A-Z_]+=", line)}
    # Words that mean something else elsewhere, and numbers.
    return {each for each in values if len(each) > 4} - {"fotograma", "staging"}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
@pytest.mark.parametrize("folder", ["overlays", "argocd"])
def test_decisions_of_another_installation_reach_every_place(
    folder: str, environment: str, another: Path
) -> None:
    built = kustomize(another / "deploy/k8s" / folder / environment).replace("0" * 40, "tag")
    assert [value for value in of_the_example(environment) if value in built] == []
    assert f"quadros-{environment}" in built
    assert not re.search(r"fotograma[-/](dev|staging|prod)", built)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_processes_are_told_which_environment_is_theirs(environment: str) -> None:
    built = objects(K8S / "overlays" / environment)
    (found,) = (each for each in built if each["metadata"]["name"] == "environment")
    assert found["data"] == {"ENVIRONMENT": environment}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_environments_say_nothing_of_each_other(environment: str) -> None:
    for folder in ("overlays", "argocd"):
        built = kustomize(K8S / folder / environment)
        for other in set(ENVIRONMENTS) - {environment}:
            assert f"fotograma-{other}" not in built
            assert f"fotograma/{other}" not in built


def test_size_decides_on_the_number_of_workers(another: Path) -> None:
    of = {(each["kind"], each["metadata"]["name"]): each for each in objects(another / PROD)}
    assert of["ScaledObject", "worker"]["spec"]["minReplicaCount"] == 2
    assert of["ScaledObject", "worker"]["spec"]["maxReplicaCount"] == 120
    assert of["NodePool", "fotograma-workers"]["spec"]["limits"]["cpu"] == 200


def test_maintenance_component_scales_down_all_that_writes(tmp_path: Path) -> None:
    for part in ("deploy", "local", "scripts"):
        shutil.copytree(ROOT / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__"))
    subprocess.run([tmp_path / "scripts/maintenance", "on"], check=True)
    folder = tmp_path / PROD
    built = objects(folder)
    assert comparable(build(folder)) == comparable(built)
    assert {
        each["metadata"]["name"]: each["spec"].get("replicas")
        for each in built
        if each["kind"] == "Deployment"
    } == {
        "alloy-traces": 2,
        "page": None,  # it says that the service is away
        "worker": None,  # KEDA's, which is told by an annotation
        **{
            f"{service}-{process}": 0
            for service in ("auth", "video", "notify")
            for process in ("api", "background")
        },
    }


@pytest.mark.parametrize("verb", KUBECTL)
def test_kubectl_has_the_flags_that_documents_use(verb: str) -> None:
    under = {
        "config": ["set-context"],
        "create": ["secret", "generic"],
        "rollout": ["status"],
        "set": ["image"],
    }.get(verb, [])
    texts = [
        subprocess.run(
            ["kubectl", *command], check=True, capture_output=True, text=True, timeout=60
        ).stdout
        for command in ([verb, *under, "--help"], ["options"])
    ]
    known = set(re.findall(r"(?<![\w-])--?[a-zA-Z][a-z-]*", "\n".join(texts)))
    assert KUBECTL[verb] - {"-it"} <= known


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_overlay_takes_our_images_from_the_registry(environment: str, another: Path) -> None:
    images = {
        container["image"]
        for each in objects(another / "deploy/k8s/overlays" / environment)
        if each["kind"] in {"Deployment", "Job"} and each["metadata"]["name"] != "alloy-traces"
        for container in containers(each)
    }
    assert {image.rsplit(":", 1)[0] for image in images} == {
        f"123456789012.dkr.ecr.sa-east-1.amazonaws.com/quadros/{service}"
        for service in ("auth", "video", "notify", "worker", "page")
    }
