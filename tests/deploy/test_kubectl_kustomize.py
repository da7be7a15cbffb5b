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
from fixtures.kubernetes import K8S, OVERLAYS, Object, build, containers, pod

OPTIONAL = ("autoscaling", "monitoring", "network-policies", "tracing")
HASHED = re.compile(r"(\b(?:name|secretName): \S+)-[2456789bcdfghkmt]{10}$", re.MULTILINE)
"""A reference to a generated object; the letters are all that Kustomize writes hashes with."""
ANOTHER = {
    "ACCOUNT_ID": "123456789012",
    "REGION": "sa-east-1",
    "REGISTRY": "123456789012.dkr.ecr.sa-east-1.amazonaws.com",
    "HOST": "quadros.example.org",
    "VPC_CIDR": "10.20.0.0/16",
    "PUBLIC_CIDR_A": "10.20.0.0/24",
    "PUBLIC_CIDR_B": "10.20.1.0/24",
    "PUBLIC_CIDR_C": "10.20.2.0/24",
    "BUCKET": "quadros-videos",
    "WEB_ACL": "quadros-stable",
    "REPOSITORY": "https://github.com/another/fotograma.git",
    "RUNBOOKS": "https://example.org/runbooks",
    "REVISION": "stable",
}


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


@pytest.mark.parametrize("name", OVERLAYS)
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


EVERYWHERE = {"REVISION", "WEB_ACL"}
"""What is written in other places too, and means something else there."""


@pytest.mark.parametrize("folder", ["overlays/prod", "argocd"])
def test_overlay_of_another_installation_changes_one_file(folder: str, tmp_path: Path) -> None:
    for part in ("deploy", "local"):
        shutil.copytree(ROOT / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__"))
    site = tmp_path / "deploy/k8s/site/site.env"
    given = dict(
        line.split("=", 1) for line in site.read_text().splitlines() if re.match("[A-Z_]+=", line)
    )
    assert set(given) == set(ANOTHER)
    site.write_text("".join(f"{name}={value}\n" for name, value in ANOTHER.items()))
    built = kustomize(tmp_path / "deploy/k8s" / folder)
    of_images = re.sub(r":0{40}$", "", built, flags=re.MULTILINE)
    assert [
        line
        for line in of_images.splitlines()
        for name, value in given.items()
        if name not in EVERYWHERE and value in line
    ] == []
    assert (ANOTHER["WEB_ACL"] in built) is (folder == "overlays/prod")


def test_maintenance_component_scales_down_all_that_writes(tmp_path: Path) -> None:
    for part in ("deploy", "local", "scripts"):
        shutil.copytree(ROOT / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__"))
    subprocess.run([tmp_path / "scripts/maintenance", "on"], check=True)
    folder = tmp_path / "deploy/k8s/overlays/prod"
    built = objects(folder)
    assert comparable(build(folder)) == comparable(built)
    assert {
        each["metadata"]["name"]: each["spec"].get("replicas")
        for each in built
        if each["kind"] == "Deployment"
    } == {
        "jaeger": None,
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
    under = {"config": ["set-context"], "rollout": ["status"], "set": ["image"]}.get(verb, [])
    texts = [
        subprocess.run(
            ["kubectl", *command], check=True, capture_output=True, text=True, timeout=60
        ).stdout
        for command in ([verb, *under, "--help"], ["options"])
    ]
    known = set(re.findall(r"(?<![\w-])--?[a-zA-Z][a-z-]*", "\n".join(texts)))
    assert KUBECTL[verb] - {"-it"} <= known


def test_overlay_takes_our_images_from_the_registry() -> None:
    images = {
        container["image"]
        for each in objects(K8S / "overlays/prod")
        if each["kind"] in {"Deployment", "Job"} and each["metadata"]["name"] != "jaeger"
        for container in containers(each)
    }
    (account,) = re.findall(r"^REGISTRY=(.+)$", (K8S / "site/site.env").read_text(), re.MULTILINE)
    assert {image.rsplit(":", 1)[0] for image in images} == {
        f"{account}/fotograma/{service}"
        for service in ("auth", "video", "notify", "worker", "page")
    }
