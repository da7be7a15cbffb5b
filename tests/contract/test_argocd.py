"""Argo CD gives up on what fails, leaves operators their say, and takes the product down by Git."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from fixtures.compose import ROOT
from fixtures.kubernetes import K8S, Object, Overlay, build, overlay

APPLICATIONS = {
    each["metadata"]["name"]: each
    for each in build(K8S / "argocd")
    if each["kind"] == "Application"
}
MODULE = ROOT / "infra/terraform/modules/argocd"
ROOT_APPLICATION = (MODULE / "main.tf").read_text()
IDLE = {"alloy-traces", "page"}
"""Deployments that write nothing of ours."""
PROGRESS_DEADLINE_SECONDS = 600
"""After which Kubernetes says that a Deployment does not come up, unless it is told another."""


def sync_policy(name: str) -> dict[str, Any]:
    found: dict[str, Any] = APPLICATIONS[name]["spec"]["syncPolicy"]
    return found


@pytest.mark.parametrize("name", APPLICATIONS)
def test_sync_retries_with_the_newest_commit(name: str) -> None:
    """Or the commit that mends a failing one waits until that one has been tried to the end."""
    retry = sync_policy(name)["retry"]
    assert retry["refresh"] is True
    assert retry["limit"] <= 5


def test_root_application_retries_with_the_newest_commit() -> None:
    assert re.search(r"refresh += true", ROOT_APPLICATION)
    assert re.search(r"limit += 5\b", ROOT_APPLICATION)


def test_sync_retries_longer_than_a_release_takes_and_ends() -> None:
    assert re.search(
        r'"controller.sync.timeout.seconds" = var.sync_timeout_seconds', ROOT_APPLICATION
    )
    variables = (MODULE / "variables.tf").read_text()
    (seconds,) = re.findall(r'"sync_timeout_seconds" \{[^}]*default += (\d+)', variables)
    jobs = [each["spec"]["activeDeadlineSeconds"] for each in overlay("prod").of("Job")]
    assert max(jobs) + PROGRESS_DEADLINE_SECONDS < int(seconds) <= 3600


def test_sync_jobs_have_a_deadline_of_minutes() -> None:
    jobs = overlay("prod").of("Job")
    assert len(jobs) == 3
    for job in jobs:
        assert job["spec"]["activeDeadlineSeconds"] <= 300
        assert job["spec"]["backoffLimit"] <= 3


def test_production_application_is_not_synced_automatically() -> None:
    """What it stands on is, and does not wait for it: who is synced by hand is `Suspended`."""
    for name in APPLICATIONS:
        automated = sync_policy(name).get("automated")
        assert automated == (
            None if name == "fotograma-prod" else {"prune": True, "selfHeal": True}
        )
    assert re.search(
        r"not policy\.automated then\s+return \{ status = \"Suspended\"", ROOT_APPLICATION
    )
    turned_on = (
        "argocd app set fotograma-prod --core --sync-policy automated --auto-prune --self-heal"
    )
    assert turned_on in (ROOT / "docs/deploy.md").read_text()


def test_root_application_ignores_automated_sync_set_by_an_operator() -> None:
    """What `argocd app set --sync-policy` did was undone in seconds by the root application."""
    (ignored,) = re.findall(r"ignoreDifferences = \[\{(.*?)\}\]", ROOT_APPLICATION, re.DOTALL)
    assert re.search(r'kind += "Application"', ignored)
    assert re.search(r'jsonPointers = \["/spec/syncPolicy/automated"\]', ignored)
    assert re.search(r'syncOptions = \["RespectIgnoreDifferences=true"\]', ROOT_APPLICATION)


def test_repository_placeholder_is_a_reserved_name() -> None:
    """Names below `.invalid` are never anybody's (RFC 2606)."""
    site = (K8S / "site/prod/site.env").read_text()
    (repository,) = re.findall(r"^REPOSITORY=(.*)$", site, re.MULTILINE)
    sources = {
        url
        for each in build(K8S / "argocd")
        if each["metadata"]["name"].startswith("fotograma")
        for url in _sources(each)
    }
    assert sources == {repository}
    assert re.match(r"https://[a-z-]+\.invalid/", repository)


def _sources(each: Object) -> list[str]:
    if each["kind"] == "AppProject":
        return list(each["spec"]["sourceRepos"])
    return [each["spec"]["source"]["repoURL"]]


class TestMaintenance:
    """`scripts/maintenance`, in a copy of what it changes."""

    PROD = Path("deploy/k8s/overlays/prod")

    @pytest.fixture
    def copy(self, tmp_path: Path) -> Path:
        for part in ("deploy", "local", "scripts"):
            shutil.copytree(
                ROOT / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__")
            )
        return tmp_path

    def run(self, copy: Path, *arguments: str) -> str:
        done = subprocess.run(
            [copy / "scripts/maintenance", *arguments],
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    def test_scales_down_everything_that_writes(self, copy: Path) -> None:
        self.run(copy, "on")
        down = Overlay(build(copy / self.PROD))
        writers = [each for each in down.of("Deployment") if each["metadata"]["name"] not in IDLE]
        assert len(writers) == 7
        for each in writers:
            if each["metadata"]["name"] != "worker":
                assert each["spec"]["replicas"] == 0
        (worker,) = down.of("ScaledObject")
        assert worker["metadata"]["annotations"]["autoscaling.keda.sh/paused-replicas"] == "0"
        assert [each["metadata"]["name"] for each in down.of("Job")] == ["broker-topology"]

    def test_argo_cd_applies_the_patches(self) -> None:
        """A number of replicas that is ignored as a scaler's would be ignored here too."""
        spec = APPLICATIONS["fotograma-prod"]["spec"]
        assert "ignoreDifferences" not in spec
        assert "ServerSideApply=true" in spec["syncPolicy"]["syncOptions"]

    def test_restores_everything_afterwards(self, copy: Path) -> None:
        before = (copy / self.PROD / "kustomization.yaml").read_text()
        assert self.run(copy) == "off"
        self.run(copy, "on")
        self.run(copy, "on")
        assert self.run(copy) == "on"
        self.run(copy, "off")
        assert (copy / self.PROD / "kustomization.yaml").read_text() == before

    def test_is_last_of_one_environment(self, copy: Path) -> None:
        """What it says is not said otherwise by another; and the others go on."""
        self.run(copy, "on", "dev")
        for environment, last in (("dev", "maintenance"), ("prod", "site")):
            folder = copy / "deploy/k8s/overlays" / environment
            document = yaml.safe_load((folder / "kustomization.yaml").read_text())
            assert Path(document["components"][-1]).name == last
