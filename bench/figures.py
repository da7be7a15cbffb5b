"""What `make bench` has found: figures, how a file keeps them, and what has become worse.

.venv/bin/python bench/figures.py > bench/results.schema.json
"""

import json
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict

RESULTS = Path(__file__).with_name("results.json")
SCHEMA = Path(__file__).with_name("results.schema.json")


class Unit(StrEnum):
    """What a figure counts."""

    SECONDS = "s"
    MILLISECONDS = "ms"
    TIMES = "times"
    PERCENT = "%"
    MIB = "MiB"
    PER_SECOND = "a second"
    SHARE = "share"
    NUMBER = ""


class Better(StrEnum):
    """Which way a figure improves."""

    LESS = "less"
    MORE = "more"


TOLERANCES: Mapping[Unit, float] = {
    Unit.SECONDS: 0.3,
    Unit.MILLISECONDS: 0.3,
    Unit.TIMES: 0.15,
    Unit.PERCENT: 0.05,
    Unit.MIB: 0.15,
    Unit.PER_SECOND: 0.3,
    Unit.SHARE: 0.05,
    Unit.NUMBER: 0.02,
}
"""By how much of what it was a figure may be worse. Times are those of a machine, which is faster
on one day than on another; ratios were measured side by side.
"""


class _Record(BaseModel):
    """Nothing unknown, and nothing changed later."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Figure(_Record):
    """One measured number: a cell of its subject's table."""

    subject: str
    row: str
    column: str
    value: float
    unit: Unit
    better: Better | None = None
    """None where it describes only, as the time of FFmpeg."""

    @property
    def place(self) -> tuple[str, str, str]:
        """What is the same from run to run."""
        return self.subject, self.row, self.column

    @property
    def text(self) -> str:
        """The value, as tables have it."""
        return as_text(self.value, self.unit)

    def is_worse_than(self, before: "Figure") -> bool:
        """Whether it is, beyond its tolerance."""
        factor = 1 + TOLERANCES[self.unit]
        if self.better is Better.LESS:
            return self.value > before.value * factor
        if self.better is Better.MORE:
            return self.value * factor < before.value
        return False


class Outcome(_Record):
    """A target, and what was measured."""

    name: str
    limit: float
    better: Better
    value: float | None
    """None if its part failed."""
    unit: Unit
    is_met: bool
    why: str | None
    """Where it is not met, the reason."""


class Machine(_Record):
    """What was measured on."""

    processor: str
    cores: int
    memory_gib: float
    system: str
    load: float
    """Processes at work when the run began, in the average of a minute."""


class Results(_Record):
    """A run."""

    began: datetime
    commit: str
    """What was measured, as Git names it."""
    minutes: float
    machine: Machine
    versions: Mapping[str, str]
    figures: tuple[Figure, ...]
    outcomes: tuple[Outcome, ...]
    failed: Mapping[str, str]
    """What a part that did not end said last, by its name."""

    @classmethod
    def read(cls, path: Path) -> "Results":
        """From a file. Raises `ValidationError`."""
        return cls.model_validate_json(path.read_bytes())

    def write(self, path: Path) -> None:
        """Into a file."""
        path.write_text(self.model_dump_json(indent=1) + "\n")

    def of(self, subject: str) -> list[Figure]:
        """The figures of a table."""
        return [figure for figure in self.figures if figure.subject == subject]

    def worse_than(self, before: "Results") -> Iterator[tuple[Figure, Figure]]:
        """Figures that are worse than those of another run, beyond their tolerance, with those.

        Times of another machine are not compared.
        """
        same = self.machine.processor == before.machine.processor
        known = {figure.place: figure for figure in before.figures}
        for figure in self.figures:
            is_of_machine = figure.unit in {Unit.SECONDS, Unit.MILLISECONDS, Unit.PER_SECOND}
            was = known.get(figure.place)
            if was and (same or not is_of_machine) and figure.is_worse_than(was):
                yield figure, was


def as_text(value: float, unit: Unit) -> str:
    """A value, as tables have it."""
    if unit in {Unit.SHARE, Unit.NUMBER}:
        return f"{round(value, 2):,}" if value % 1 else f"{value:,.0f}"
    digits = 0 if unit in {Unit.MIB, Unit.PER_SECOND} else 1
    if unit in {Unit.SECONDS, Unit.MILLISECONDS, Unit.TIMES} and value < 10:
        digits = 2
    return f"{value:,.{digits}f}"


def now() -> datetime:
    """The time, to the second."""
    return datetime.now(UTC).replace(microsecond=0)


def schema() -> str:
    """What a file of results is, as JSON Schema."""
    return json.dumps(Results.model_json_schema(), indent=2) + "\n"


if __name__ == "__main__":
    sys.stdout.write(schema())
