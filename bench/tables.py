"""Results as Markdown, and documents that quote them.

A document has a line `<!-- bench: engine -->` where the table of that subject begins, and a line
`<!-- /bench -->` behind it. What is between is written here, and nowhere else.
"""

import re
from pathlib import Path

from figures import Better, Figure, Outcome, Results, Unit, as_text

ROOT = Path(__file__).parents[1]
DOCUMENTS = tuple(ROOT / "docs" / f"{name}.md" for name in ("benchmarks", "capacity", "engine"))
_QUOTE = re.compile(r"(<!-- bench: ([a-z ]+) -->\n).*?(<!-- /bench -->)", re.DOTALL)
_WITHOUT_NAME = {Unit.TIMES, Unit.SHARE, Unit.NUMBER}
"""Units that a column's name says already, or that are none."""


def quoted(document: str, results: Results | None) -> str:
    """A document with what it quotes as it is in these results; nothing where there are none."""

    def block(match: re.Match[str]) -> str:
        begin, name, end = match.groups()
        return begin + (f"{markdown(results, name)}\n" if results else "") + end

    return _QUOTE.sub(block, document)


def markdown(results: Results, name: str) -> str:
    """The table of a subject, `targets`, or a sentence about the `machine`."""
    if name == "targets":
        return _targets(results)
    if name == "machine":
        return _machine(results)
    return table(name, results.of(name))


def table(subject: str, figures: list[Figure]) -> str:
    """A row for each of the figures' rows, in the order in which they came."""
    cells = {(figure.row, figure.column): figure for figure in figures}
    rows = list(dict.fromkeys(figure.row for figure in figures))
    heads = {figure.column: _head(figure) for figure in figures}
    lines = [_line(subject, *heads.values()), "|---" * (len(heads) + 1) + "|"]
    for row in rows:
        found = (cells.get((row, column)) for column in heads)
        lines.append(_line(row, *("" if each is None else each.text for each in found)))
    return "\n".join(lines)


def _head(figure: Figure) -> str:
    return figure.column if figure.unit in _WITHOUT_NAME else f"{figure.column}, {figure.unit}"


def _targets(results: Results) -> str:
    lines = ["| figure | target | measured | met |", "|---|---|---|---|"]
    lines += [_target(outcome) for outcome in results.outcomes]
    missed = [outcome for outcome in results.outcomes if not outcome.is_met]
    reasons = [f"- {outcome.name}: {outcome.why}" for outcome in missed]
    if reasons:
        lines += ["", "Not met:", "", *reasons]
    return "\n".join(lines)


def _target(outcome: Outcome) -> str:
    sign = "≤" if outcome.better is Better.LESS else "≥"
    unit = "" if outcome.unit in _WITHOUT_NAME else f" {outcome.unit}"
    value = "" if outcome.value is None else as_text(outcome.value, outcome.unit)
    met = "yes" if outcome.is_met else "**no**"
    return _line(outcome.name, f"{sign} {outcome.limit:g}{unit}", value, met)


def _machine(results: Results) -> str:
    machine = results.machine
    versions = ", ".join(f"{name} {version}" for name, version in results.versions.items())
    return (
        f"Commit {results.commit} on {results.began:%Y-%m-%d}, {results.minutes:.0f} minutes on "
        f"{machine.cores} cores of {machine.processor}, {machine.memory_gib:.0f} GiB, "
        f"{machine.system}, with a load of {machine.load:.1f} when it began. {versions}."
    )


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"
