"""Pages for developers name what exists, and the dev container is what its specification says."""

import json
import re
from pathlib import Path

import pytest
from fixtures.compose import ROOT

PAGES = [
    *sorted((ROOT / "docs/development").glob("*.md")),
    *(ROOT / name for name in ("CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "README.md")),
    ROOT / "tests/README.md",
]
MAP = ROOT / "docs/development/map.md"
CHANGES = 10
PATH = re.compile(r"(?:[\w.-]+/)+[\w.-]+")
OURS = {path.name for path in ROOT.iterdir()} - {".git"}


def paths_in(text: str) -> list[str]:
    """Paths of this repository in code spans: those whose first folder is one of its own.

    Folders too, unlike what is asked of all documents.
    """
    spans = re.findall(r"`([^`\n]+)`", text)
    words = [word for span in spans for word in PATH.findall(span)]
    return [word for word in words if word.split("/")[0] in OURS]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_paths_named_in_pages_for_developers_exist(page: Path) -> None:
    made = (".venv/", ".fotograma/")
    named = [path for path in paths_in(page.read_text()) if not path.startswith(made)]
    assert [path for path in named if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_for_developers_lead_to_files(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_decisions_have_a_number_each_without_a_gap() -> None:
    decisions = sorted((ROOT / "docs/adr").glob("*.md"))
    assert [int(path.name[:4]) for path in decisions] == list(range(1, len(decisions) + 1))
    for path in decisions:
        assert path.read_text().startswith(f"# {int(path.name[:4])}. "), path.name


def test_map_answers_ten_changes_each_with_files() -> None:
    sections = re.split(r"^## ", MAP.read_text(), flags=re.MULTILINE)[1:]
    changes, always = sections[:CHANGES], sections[CHANGES:]
    assert [section.splitlines()[0] for section in always] == ["With every change"]
    for section in changes:
        assert paths_in(section) or "(add-a-service.md)" in section, section.splitlines()[0]


def test_dev_container_builds_from_a_file_and_installs_what_development_needs() -> None:
    container = json.loads((ROOT / ".devcontainer/devcontainer.json").read_text())
    assert (ROOT / ".devcontainer" / container["build"]["dockerfile"]).is_file()
    assert container["postCreateCommand"] == "make setup"
    assert container["forwardPorts"] == [8080]
