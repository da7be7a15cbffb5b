"""GitHub's workflows: valid, pinned, with no more rights than they need, their scripts sound."""

import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from fixtures import strict_yaml

ROOT = Path(__file__).resolve().parents[2]
GITHUB = ROOT / ".github"
WORKFLOWS = sorted(GITHUB.glob("workflows/*.yml"))
ACTIONS = sorted(GITHUB.glob("actions/*/action.yml"))
SCRIPTS = sorted(
    path
    for path in (ROOT / "scripts").iterdir()
    if path.read_text().startswith("#!/usr/bin/env ba")
)
TOOLS = Path(sys.executable).parent

MAY = {
    ("build-push", "push"): {"contents": "read", "id-token": "write"},
    ("build-push", "release"): {"contents": "write", "id-token": "write"},
    ("release", "release"): {"contents": "write", "id-token": "write"},
    ("publish", "image"): {"contents": "read", "packages": "write"},
    ("publish", "manifest"): {"contents": "read", "packages": "write"},
    ("publish", "release"): {"contents": "write"},
    ("terraform-plan", "plan"): {
        "contents": "read",
        "id-token": "write",
        "pull-requests": "write",
    },
    ("terraform-apply", "apply"): {"contents": "read", "id-token": "write"},
    ("terraform-destroy", "destroy"): {"contents": "read", "id-token": "write"},
}
"""What a job may do beside reading the code. A pull request's code runs with none of it but
terraform-plan's, whose role reads configuration only."""

Step = Mapping[str, Any]


def load(path: Path) -> dict[Any, Any]:
    document: dict[Any, Any] = strict_yaml.load(path.read_text())
    return document


def jobs() -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for path in WORKFLOWS:
        for name, job in load(path)["jobs"].items():
            yield path.stem, name, job


def steps() -> Iterator[tuple[str, Step]]:
    for workflow, name, job in jobs():
        for number, step in enumerate(job.get("steps", ())):
            yield f"{workflow}.{name}.{number}", step
    for path in ACTIONS:
        for number, step in enumerate(load(path)["runs"]["steps"]):
            yield f"{path.parent.name}.{number}", step


RUN = {name: step["run"] for name, step in steps() if "run" in step}


def shellcheck(script: str) -> str:
    found = subprocess.run(
        [TOOLS / "shellcheck", "--shell=bash", "--severity=style", "-"],
        input=script,
        capture_output=True,
        text=True,
        check=False,
    )
    return found.stdout + found.stderr


@pytest.mark.parametrize(
    ("schema", "paths"),
    [("vendor.github-workflows", WORKFLOWS), ("vendor.github-actions", ACTIONS)],
)
def test_workflows_are_valid(schema: str, paths: list[Path]) -> None:
    found = subprocess.run(
        [TOOLS / "check-jsonschema", "--builtin-schema", schema, *paths],
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stdout


@pytest.mark.parametrize("name", RUN)
def test_workflow_scripts_pass_shellcheck(name: str) -> None:
    # As GitHub runs it: bash -e.
    assert not shellcheck("#!/usr/bin/env bash\nset -e\n" + RUN[name])


@pytest.mark.parametrize("name", RUN)
def test_workflow_scripts_interpolate_no_input(name: str) -> None:
    """Values come as variables: an expression would become part of the program."""
    assert "${{" not in RUN[name]


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_shell_scripts_pass_shellcheck(path: Path) -> None:
    assert not shellcheck(path.read_text())


@pytest.mark.parametrize(
    "path", [*WORKFLOWS, *ACTIONS], ids=lambda path: path.parent.name + path.stem
)
def test_workflows_pin_actions_by_commit(path: Path) -> None:
    """To a commit, with the version it was in a comment: a tag can be moved."""
    for line in re.findall(r"uses: (.*)", path.read_text()):
        assert line.startswith("./.github/") or re.fullmatch(
            r"[\w.-]+/[\w.-]+@[0-9a-f]{40} # v[\d.]+", line
        ), line


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_workflows_read_only_and_run_once_at_a_time(path: Path) -> None:
    workflow = load(path)
    assert workflow["permissions"] == {"contents": "read"}
    assert workflow["concurrency"]["group"].startswith((path.stem, "terraform-"))


def test_workflow_jobs_have_the_rights_they_need_only() -> None:
    given = {
        (workflow, name): job["permissions"]
        for workflow, name, job in jobs()
        if "permissions" in job
    }
    assert given == MAY


def test_workflow_jobs_that_change_aws_need_an_environment() -> None:
    assert {
        workflow
        for workflow, _, job in jobs()
        if job.get("environment") == "${{ inputs.environment }}"
    } == {"terraform-apply", "terraform-destroy"}


def test_workflow_jobs_have_a_timeout() -> None:
    without = [
        name for _, name, job in jobs() if "timeout-minutes" not in job and "uses" not in job
    ]
    assert not without


def test_workflow_tests_every_supported_python() -> None:
    test = load(GITHUB / "workflows/ci.yml")["jobs"]["test"]
    assert test["strategy"]["matrix"]["python"] == ["3.11", "3.12", "3.13", "3.14"]


def test_workflows_run_campaigns_at_middle_size_for_a_commit_and_long_at_night() -> None:
    more = load(GITHUB / "workflows/ci.yml")["jobs"]["more"]["steps"]
    assert "make test-more" in [step.get("run") for step in more]
    nightly = load(GITHUB / "workflows/nightly.yml")
    assert nightly[True]["schedule"] == [{"cron": "17 2 * * *"}]
    assert "make test-all" in [step.get("run") for step in nightly["jobs"]["test-all"]["steps"]]


def test_release_workflow_stops_after_a_roll_back() -> None:
    """Reverting a release changes the overlay only, and that starts no build."""
    # YAML 1.1 reads `on` as a boolean.
    on = load(GITHUB / "workflows/build-push.yml")[True]
    assert "deploy/k8s/**" in on["push"]["paths-ignore"]


def test_release_workflow_waits_for_the_tests() -> None:
    """Of the same commit, in the same run: nothing is released that a test refuses."""
    of = load(GITHUB / "workflows/build-push.yml")["jobs"]
    assert set(of["release"]["needs"]) == {"tests", "settings", "push"}
    assert of["tests"]["uses"] == "./.github/workflows/ci.yml"
    assert of["settings"]["if"].startswith(of["tests"]["if"])
    assert of["push"]["needs"] == "settings"
    # A condition of its own could let it run after a failure.
    assert "if" not in of["release"]
    assert "workflow_call" in load(GITHUB / "workflows/ci.yml")[True]


def test_publish_workflow_names_no_image_before_its_tests_have_passed() -> None:
    of = load(GITHUB / "workflows/publish.yml")["jobs"]
    assert of["tests"]["uses"] == "./.github/workflows/ci.yml"
    assert set(of["manifest"]["needs"]) == {"tests", "version", "image"}
    assert "manifest" in of["release"]["needs"]
    assert not [name for name, job in of.items() if "if" in job]


def test_publish_workflow_builds_each_image_for_both_architectures() -> None:
    jobs_of = load(GITHUB / "workflows/publish.yml")["jobs"]
    matrix = jobs_of["image"]["strategy"]["matrix"]
    assert matrix["machine"] == ["ubuntu-24.04", "ubuntu-24.04-arm"]
    (step,) = jobs_of["manifest"]["steps"]
    assert f"for service in {' '.join(matrix['service'])}; do" in step["run"]
    assert '"$image:$VERSION-X64" "$image:$VERSION-ARM64"' in step["run"]


class TestReleaseNotes:
    def run(self, version: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [ROOT / "scripts/release-notes", version], capture_output=True, text=True, check=False
        )

    def test_prints_the_section_of_a_version(self) -> None:
        told = self.run("Unreleased")
        assert told.returncode == 0
        assert "### Added" in told.stdout
        assert "## [" not in told.stdout

    def test_version_without_a_section_fails(self) -> None:
        assert self.run("99.0.0").returncode == 1


def test_ci_workflow_tests_pushes_that_start_no_build() -> None:
    """A push is code, which build-push lets ci test, or all of it is what ci itself looks at."""
    ignored = load(GITHUB / "workflows/build-push.yml")[True]["push"]["paths-ignore"]
    assert load(GITHUB / "workflows/ci.yml")[True]["push"] == {
        "branches": ["main"],
        "paths": ignored,
    }


def test_release_workflow_looks_for_its_images_first() -> None:
    runs = [
        step.get("run", "")
        for step in load(GITHUB / "workflows/release.yml")["jobs"]["release"]["steps"]
    ]
    (checked,) = [n for n, run in enumerate(runs) if "scripts/check-images" in run]
    (released,) = [n for n, run in enumerate(runs) if "scripts/set-images" in run]
    assert checked < released


class TestSetImages:
    """`scripts/set-images`, in a copy of what it changes."""

    COMMIT = "0123456789abcdef0123456789abcdef01234567"
    OVERLAY = Path("deploy/k8s/site/staging/kustomization.yaml")

    @pytest.fixture
    def copy(self, tmp_path: Path) -> Path:
        for path in (Path("scripts/set-images"), self.OVERLAY):
            (tmp_path / path).parent.mkdir(parents=True)
            (tmp_path / path).write_bytes((ROOT / path).read_bytes())
        return tmp_path

    def run(self, copy: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", copy / "scripts/set-images", "staging", *arguments],
            capture_output=True,
            text=True,
            check=False,
        )

    def test_sets_every_image_to_the_commit(self, copy: Path) -> None:
        assert self.run(copy, self.COMMIT).returncode == 0
        images = load(copy / self.OVERLAY)["images"]
        assert {image["name"] for image in images} == {
            f"fotograma/{service}" for service in ("auth", "video", "notify", "worker", "page")
        }
        assert {image["newTag"] for image in images} == {self.COMMIT}

    def test_changes_images_only(self, copy: Path) -> None:
        before = (copy / self.OVERLAY).read_text()
        self.run(copy, self.COMMIT)
        after = (copy / self.OVERLAY).read_text()
        assert re.sub("newTag: .*", "", after) == re.sub("newTag: .*", "", before)

    def test_prints_the_commit_that_runs(self, copy: Path) -> None:
        self.run(copy, self.COMMIT)
        assert self.run(copy).stdout == self.COMMIT + "\n"

    @pytest.mark.parametrize("commit", ["", "-1", "a/b", "0" * 39 + '"'])
    def test_refuses_what_is_no_tag(self, copy: Path, commit: str) -> None:
        before = (copy / self.OVERLAY).read_text()
        assert self.run(copy, commit).returncode == 2
        assert (copy / self.OVERLAY).read_text() == before
