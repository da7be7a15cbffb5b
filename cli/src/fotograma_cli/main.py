"""The command line: what belongs to no server, and the families of commands."""

from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Annotated

import typer

from fotograma_cli.commands import accounts, videos
from fotograma_cli.embedded import run_embedded
from fotograma_cli.exits import EXIT_CODES
from fotograma_cli.output import reporting

app = typer.Typer(
    name="fotograma",
    help="Upload a video, get its frames.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(value: bool) -> None:  # noqa: FBT001 - typer calls it so
    if value:
        typer.echo(installed_version("fotograma-cli"))
        raise typer.Exit


@app.callback()
def fotograma(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version.", callback=_print_version, is_eager=True
        ),
    ] = False,
) -> None:
    """Upload a video, get its frames."""


@app.command()
def up(
    *,
    port: Annotated[
        int | None, typer.Option(help="Where to answer.", min=1, max=65_535, show_default="8080")
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(help="The folder to keep everything in.", show_default=".fotograma"),
    ] = None,
    workers: Annotated[int | None, typer.Option(help="How many workers.", min=1, max=64)] = None,
    https: Annotated[
        bool, typer.Option("--https", help="Answer by https, with an authority of its own.")
    ] = False,
    traces: Annotated[
        bool, typer.Option("--traces", help="Print what each request went through, as a tree.")
    ] = False,
) -> None:
    """Run Fotograma on this machine, until Ctrl-C."""
    with reporting(as_json=False):
        status = run_embedded(port=port, data=data, workers=workers, https=https, traces=traces)
        raise typer.Exit(status)


app.add_typer(accounts.app)
app.add_typer(videos.app)
