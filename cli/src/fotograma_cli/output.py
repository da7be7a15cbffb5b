"""What commands print, for people and for scripts.

With `--json`, standard output holds one JSON document and nothing else. Everything else, such as
progress and errors, goes to standard error; progress only to a terminal.
"""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Self

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.table import Table
from rich.text import Text

from fotograma_cli.errors import CommandError, Refused, WrongUsage
from fotograma_cli.exits import Exit
from fotograma_cli.units import printable

UNWRAPPED_WIDTH = 1_000
"""Columns of a table that goes to a file or a pipe: nothing there is cut or wrapped."""

OnProgress = Callable[[int, int | None], None]
"""Called with how much is done and, once known, the total."""


class Output:
    """Prints a command's text and results."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        self._console = Console(highlight=False)
        if not self._console.is_terminal:
            self._console = Console(highlight=False, width=UNWRAPPED_WIDTH)
        self._errors = Console(stderr=True, highlight=False)

    def say(self, text: str) -> None:
        """A line for a person."""
        if not self._as_json:
            self._console.print(Text(printable(text)), soft_wrap=True)

    def note(self, text: str) -> None:
        """A line beside the result: a warning, an error."""
        self._errors.print(Text(printable(text)), soft_wrap=True)

    def table(self, columns: list[str], rows: list[list[str]]) -> None:
        """A table for a person."""
        if self._as_json:
            return
        table = Table(*columns, box=None, pad_edge=False, header_style="bold")
        for row in rows:
            table.add_row(*(Text(printable(cell)) for cell in row))
        self._console.print(table)

    def result(self, document: dict[str, Any]) -> None:
        """The document for a script."""
        if self._as_json:
            sys.stdout.write(json.dumps(document, indent=2) + "\n")
            sys.stdout.flush()

    def fail(self, error: CommandError) -> None:
        """Print an error in one line."""
        self.note(f"Error: {error}")
        self.result({"error": error_body(error)})

    def bytes_bar(self, label: str) -> "Bar":
        """A progress bar for bytes."""
        return Bar(
            self._errors,
            label,
            DownloadColumn(binary_units=True),
            TransferSpeedColumn(),
            TimeRemainingColumn(),
        )

    def frames_bar(self, label: str) -> "Bar":
        """A progress bar for frames."""
        return Bar(
            self._errors, label, MofNCompleteColumn(), TextColumn("frames"), TimeElapsedColumn()
        )


class Bar:
    """A progress bar on standard error, which is silent where that is no terminal."""

    def __init__(self, console: Console, label: str, *columns: ProgressColumn) -> None:
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            *columns,
            console=console,
            disable=not console.is_terminal,
        )
        self._task = self._progress.add_task(printable(label), total=None)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def __call__(self, done: int, total: int | None) -> None:
        """Show how much is done of how much."""
        self._progress.update(self._task, completed=done, total=total)

    def begin(self, done: int, total: int) -> None:
        """Show that so much was done before; the rate is that of what follows."""
        self._progress.reset(self._task, completed=done, total=total)

    def describe(self, label: str) -> None:
        """Show another label."""
        self._progress.update(self._task, description=printable(label))


def at_terminal() -> bool:
    """Whether standard input is a terminal."""
    return sys.stdin.isatty()


def ask(question: str) -> str:
    """Ask for a line. The question goes to standard error, unlike with `input`."""
    sys.stderr.write(f"{printable(question)} ")
    sys.stderr.flush()
    return sys.stdin.readline().strip()


def confirm(question: str, *, declined: str) -> None:
    """Go on only when a person says yes. Raises `WrongUsage` without a terminal."""
    if not at_terminal():
        raise WrongUsage("There is no terminal to ask for confirmation; use --yes.")
    if ask(f"{question} [y/N]").lower() not in {"y", "yes"}:
        raise CommandError(declined, code="declined")


def error_body(error: CommandError) -> dict[str, Any]:
    """An error for a script."""
    body = {"code": error.code, "message": str(error), "exit": int(error.exit)}
    return {**body, **error.members} if isinstance(error, Refused) else body


@contextmanager
def reporting(*, as_json: bool) -> Iterator[Output]:
    """A command's output. An error inside is printed in one line and becomes the exit code."""
    output = Output(as_json=as_json)
    try:
        yield output
    except CommandError as error:
        output.fail(error)
        raise typer.Exit(error.exit) from None
    except KeyboardInterrupt:
        output.fail(CommandError("Interrupted.", code="interrupted", exit_=Exit.INTERRUPTED))
        raise typer.Exit(Exit.INTERRUPTED) from None
