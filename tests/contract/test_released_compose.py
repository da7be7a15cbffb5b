"""The docker-compose.yml of a release needs no file beside it."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from fixtures import strict_yaml
from fixtures.compose import ROOT, services

PREFIX, VERSION = "ghcr.io/someone/fotograma", "1.2.0"
HOST_IMAGE = ROOT / "deploy/images/host/Dockerfile"


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """It, in a folder of its own."""
    script = ROOT / "scripts/write_released_compose.py"
    written = subprocess.run(
        [sys.executable, script, PREFIX, VERSION], capture_output=True, text=True, check=True
    )
    path = tmp_path_factory.mktemp("host") / "docker-compose.yml"
    path.write_text(written.stdout)
    return path


@pytest.fixture(scope="module")
def document(released: Path) -> dict[str, Any]:
    found: dict[str, Any] = strict_yaml.load(released.read_text())
    return found


def test_compose_takes_it_without_a_warning(released: Path) -> None:
    profiles = {name for each in services().values() for name in each.get("profiles", [])}
    flags = [word for name in sorted(profiles) for word in ("--profile", name)]
    command = [Path(sys.executable).with_name("docker-compose"), *flags, "config", "--quiet"]
    done = subprocess.run(command, cwd=released.parent, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_runs_what_the_repository_runs(document: dict[str, Any]) -> None:
    written = strict_yaml.load((ROOT / "docker-compose.yml").read_text())
    assert set(document["services"]) == {*written["services"], "files"}
    assert document["networks"] == written["networks"]
    assert set(document["volumes"]) == {*written["volumes"], "files"}
    for name, service in written["services"].items():
        for part in ("environment", "networks", "ports", "command", "profiles", "read_only"):
            assert document["services"][name].get(part) == service.get(part)


def test_builds_nothing_and_names_released_images(document: dict[str, Any]) -> None:
    for name, service in document["services"].items():
        assert "build" not in service, name
        assert "local" not in service["image"]
    assert document["services"]["worker"]["image"] == (
        f"${{IMAGE_PREFIX:-{PREFIX}}}/worker:${{VERSION:-{VERSION}}}"
    )


def test_mounts_nothing_that_is_not_in_the_image_of_files(document: dict[str, Any]) -> None:
    copied = re.findall(r"^COPY (\S+) /files/(\S+)$", HOST_IMAGE.read_text(), re.MULTILINE)
    assert copied
    assert all(source == target for source, target in copied)
    mounted = 0
    for service in document["services"].values():
        for mount in service.get("volumes", []):
            if isinstance(mount, str):
                assert not mount.startswith(".")
            else:
                path = mount["volume"]["subpath"]
                assert mount["read_only"] is True
                assert (ROOT / path).exists()
                assert any(path == each or path.startswith(f"{each}/") for each, _ in copied), path
                mounted += 1
    assert mounted > 10


def test_whoever_mounts_files_waits_for_them(document: dict[str, Any]) -> None:
    for name, service in document["services"].items():
        if any(not isinstance(each, str) for each in service.get("volumes", [])):
            assert service["depends_on"]["files"] == {"condition": "service_completed_successfully"}
            assert name != "files"


def test_files_are_filled_in_without_rights(document: dict[str, Any]) -> None:
    filling = document["services"]["files"]
    assert filling["cap_drop"] == ["ALL"]
    assert filling["network_mode"] == "none"
    assert filling["read_only"] is True
