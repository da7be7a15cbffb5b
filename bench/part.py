"""A part of `make bench`: what it measures with, and where it puts what it finds."""

from dataclasses import dataclass

from figures import Better, Figure, Unit
from footage import Footage


@dataclass(frozen=True)
class Part:
    """One subject. Each figure is printed when it is known, so that none is lost with what fails
    later.
    """

    subject: str
    footage: Footage
    quick: bool
    """Whether it is to be seen that it runs, and no more."""

    def note(
        self, row: str, column: str, value: float, unit: Unit, better: Better | None = None
    ) -> None:
        """Keep a figure."""
        figure = Figure(
            subject=self.subject, row=row, column=column, value=value, unit=unit, better=better
        )
        print(figure.model_dump_json(), flush=True)
