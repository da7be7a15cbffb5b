"""What docs/seeds.md says is there is there, and of the rest it says why not."""

import re
from dataclasses import dataclass

import pytest
from fixtures.compose import ROOT

PAGE = ROOT / "docs/seeds.md"
SEEDS = 5
STATES = {"built", "partly", "refused", "not built"}
SPAN = re.compile(r"`([^`]+)`")
LINK = re.compile(r"\[[^\]]+\]\((?!https?:)([^)#]+)[^)]*\)")
PATH = re.compile(r"[\w.-]+(?:/[\w.-]+)*")
REASON = 20
"""Characters, at least, beside names of files: less says nothing."""


@dataclass(frozen=True)
class Row:
    """A capability that a seed names."""

    capability: str
    state: str
    where: str

    @property
    def files(self) -> list[str]:
        """Paths from the repository's root: a span of code that has a folder or an ending."""
        named = [span for span in SPAN.findall(self.where) if PATH.fullmatch(span)]
        folders_and_endings = [span for span in named if "/" in span or "." in span]
        return folders_and_endings + [f"docs/{link}" for link in LINK.findall(self.where)]

    @property
    def targets(self) -> list[str]:
        """Targets of the Makefile. That they exist is asked of all documents."""
        return re.findall(r"`make ([a-z-]+)", self.where)

    @property
    def missing(self) -> list[str]:
        """Files that are named and are not there."""
        return [path for path in self.files if not (ROOT / path).exists()]

    @property
    def reason(self) -> str:
        """What is said in words, links to decisions among them."""
        return SPAN.sub("", self.where).strip()


def rows(section: str) -> list[Row]:
    """The lines of a section's table, without its head."""
    lines = [line.strip("|").split(" | ") for line in section.splitlines() if line.startswith("| ")]
    return [Row(*(cell.strip() for cell in cells)) for cells in lines[1:]]


SECTIONS = re.split(r"^## ", PAGE.read_text(), flags=re.MULTILINE)[1:]
ROWS = [row for section in SECTIONS for row in rows(section)]


def test_each_seed_has_a_table() -> None:
    assert len(SECTIONS) == SEEDS
    assert all(len(rows(section)) > 10 for section in SECTIONS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.capability)
def test_capability_is_where_the_page_says_or_it_says_why_not(row: Row) -> None:
    assert row.state in STATES
    assert row.missing == []
    if row.state in {"built", "partly"}:
        assert row.files or row.targets
    if row.state != "built":
        assert len(row.reason) >= REASON


def test_file_that_is_not_there_is_found() -> None:
    head = "ECS\n\n| capability | | where |\n|---|---|---|\n"
    (row,) = rows(f"{head}| services | built | `infra/ecs.tf`, [how](ecs.md#how) |\n")
    assert row.missing == ["infra/ecs.tf", "docs/ecs.md"]
