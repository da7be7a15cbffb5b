"""docs/targets.md compares the targets that there are, with the installer's own numbers."""

import re
from typing import get_args

from fixtures.compose import ROOT
from fotograma_installer.decisions import Environment
from fotograma_installer.derived.compose import WORKERS as WORKERS_OF_ONE_HOST
from fotograma_installer.sizes import MONTHLY_USD, WORKERS

PAGE = (ROOT / "docs/targets.md").read_text()


def row(name: str) -> list[str]:
    """The cells of the comparison's row, one for each target."""
    (found,) = re.findall(rf"^\| {re.escape(name)} \|(.+)\|$", PAGE, re.MULTILINE)
    return [cell.strip() for cell in found.split(" | ")]


def test_comparison_has_a_column_for_each_target() -> None:
    (head,) = re.findall(r"^\| \|(.+)\|$", PAGE, re.MULTILINE)
    targets = get_args(Environment.model_fields["target"].annotation)
    assert set(re.findall(r"`target: (\w+)`", head)) == set(targets)


def test_costs_are_those_that_preflight_says() -> None:
    _, eks = row("USD a month")
    assert eks.startswith(", ".join(str(dollars) for dollars in MONTHLY_USD.values()) + " for ")


def test_workers_are_those_that_each_size_has() -> None:
    compose, eks = row("workers")
    sizes = ", ".join(f"{size.value} {count}" for size, count in WORKERS_OF_ONE_HOST.items())
    assert f"(`size` {sizes})" in compose
    ranges = re.findall(r"(\d+)\N{EN DASH}(\d+)", eks)
    assert ranges == [(str(each.least), str(each.most)) for each in WORKERS.values()]
