"""The command line. Each command is a target of the Makefile, with the environment as ENV."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from fotograma_installer.checkout import Checkout
from fotograma_installer.decisions import Environment
from fotograma_installer.errors import InstallerError
from fotograma_installer.git import github_repository
from fotograma_installer.reading import read_environment, read_environments

app = typer.Typer(
    name="fotograma-installer",
    help="Bring Fotograma onto AWS, from one file of decisions.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

Name = Annotated[str, typer.Argument(metavar="ENV", help="dev, staging or prod.")]


@contextmanager
def _sentences() -> Iterator[None]:
    """What stops the installer is said, not shown as a traceback."""
    try:
        yield
    except InstallerError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error


def _here() -> Checkout:
    return Checkout(Path.cwd())


def _environment(here: Checkout, name: str) -> Environment:
    return read_environment(here.config, name, github_repository(here.root))


@app.command()
def config(name: Name) -> None:
    """Write what follows from config/fotograma.yaml: for Terraform, deploy/k8s, or Compose."""
    with _sentences():
        here = _here()
        for path in here.write(_environment(here, name)):
            typer.echo(f"wrote {path.relative_to(here.root)}")


@app.command()
def examples() -> None:
    """Write what is committed of config/fotograma.yaml.example: placeholders, and examples."""
    with _sentences():
        here = _here()
        example = here.config.with_name("fotograma.yaml.example")
        for each in read_environments(example).values():
            here.write_example(each)


if __name__ == "__main__":
    sys.exit(app())
