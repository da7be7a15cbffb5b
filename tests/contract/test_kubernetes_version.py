"""One version of Kubernetes, which EKS still supports, and which Renovate keeps so."""

import json
import re
from pathlib import Path
from typing import Any

from fixtures.compose import ROOT

FOLDERS = ("infra/terraform", "scripts")
NAMED = re.compile(r'kubernetes(?:_version)?"? *=\s*"?(1\.\d+)', re.IGNORECASE)
DEFAULT = re.compile(r'variable "kubernetes_version" \{[^}]*?default +=\s*"(1\.\d+)"')
SUPPORTED = (1, 35)
"""The least: EKS ends the support of 1.34 on 2026-12-02."""


def manager() -> dict[str, Any]:
    configuration = json.loads((ROOT / "renovate.json").read_text())
    (found,) = (
        each
        for each in configuration["customManagers"]
        if each.get("depNameTemplate") == "amazon-eks"
    )
    return dict(found)


def updated() -> dict[Path, set[str]]:
    """The files that Renovate changes, and the versions that it finds there."""
    of = manager()
    folders = [re.compile(pattern.strip("/")) for pattern in of["managerFilePatterns"]]
    # What JavaScript writes (?<name>…).
    patterns = [re.compile(each.replace("(?<", "(?P<")) for each in of["matchStrings"]]
    found: dict[Path, set[str]] = {}
    for path in files():
        if any(each.search(str(path.relative_to(ROOT))) for each in folders):
            text = path.read_text()
            for each in patterns:
                for match in each.finditer(text):
                    found.setdefault(path, set()).add(match["currentValue"])
    return found


def files() -> list[Path]:
    return [
        path
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and ".terraform" not in path.parts
    ]


def test_kubernetes_version_is_one_and_supported() -> None:
    (version,) = set.union(*updated().values())
    assert tuple(map(int, version.split("."))) >= SUPPORTED


def test_renovate_finds_every_kubernetes_version() -> None:
    named = {
        path
        for path in files()
        if NAMED.search(path.read_text()) or DEFAULT.search(path.read_text())
    }
    assert ROOT / "scripts/check-deploy" in named
    assert ROOT / "infra/terraform/modules/platform/variables.tf" in named
    assert named <= set(updated())


def test_renovate_raises_kubernetes_by_one_minor_version() -> None:
    rules = json.loads((ROOT / "renovate.json").read_text())["packageRules"]
    (rule,) = (each for each in rules if each.get("matchDepNames") == ["amazon-eks"])
    assert rule["separateMultipleMinor"] is True
