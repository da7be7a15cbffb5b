"""The command line. Each command is a target of the Makefile, with the environment as ENV."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from fotograma_installer.aws import Aws
from fotograma_installer.checkout import Checkout
from fotograma_installer.decisions import Environment
from fotograma_installer.deploying.deployment import Deployment
from fotograma_installer.deploying.operator import Operator
from fotograma_installer.derived.policy import deploying_policy
from fotograma_installer.derived.workflows import workflow_outputs
from fotograma_installer.errors import InstallerError
from fotograma_installer.git import github_repository
from fotograma_installer.outside import has_api_key
from fotograma_installer.patience import Patience
from fotograma_installer.programs import Programs
from fotograma_installer.reading import read_environment, read_environments
from fotograma_installer.smoke_account import secret_name

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
    of = read_environment(here.config, name, github_repository(here.root))
    return here.with_known_address(of)


def _deployment(name: str, *, yes: bool) -> Deployment:
    here = _here()
    of = _environment(here, name)
    own = Path(sys.executable).parent
    programs = Programs(here.root, {"PATH": f"{own}{os.pathsep}{os.environ.get('PATH', '')}"})
    operator = Operator(say=typer.echo, confirm=lambda question: yes or typer.confirm(question))
    return Deployment(of, here, programs, Aws(of.region), operator, Patience())


@app.command()
def config(name: Name) -> None:
    """Write what follows from config/fotograma.yaml: for Terraform, deploy/k8s, or Compose."""
    with _sentences():
        here = _here()
        for path in here.write(_environment(here, name)):
            typer.echo(f"wrote {path.relative_to(here.root)}")


@app.command()
def preflight(name: Name) -> None:
    """Look whether all is there that a deployment takes, and what it will cost."""
    with _sentences():
        _deployment(name, yes=False).preflight()


@app.command()
def deploy(
    name: Name,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Agree to the plan unseen.")] = False,
) -> None:
    """Bring an environment up, from an empty account to the first frames; again after a break."""
    with _sentences():
        _deployment(name, yes=yes).deploy()


@app.command()
def validate(name: Name) -> None:
    """Look at an environment from outside, and send it a clip."""
    with _sentences():
        deployment = _deployment(name, yes=False)
        account = None if has_api_key() else deployment.aws.secret(secret_name(deployment.of))
        if account is None and not has_api_key():
            raise InstallerError("no account: make deploy makes one; or set FOTOGRAMA_API_KEY")
        deployment.validate(account)


@app.command()
def policy(name: Name) -> None:
    """Print what whoever deploys must be allowed, as an IAM policy."""
    with _sentences():
        typer.echo(json.dumps(deploying_policy(_environment(_here(), name)), indent=2))


@app.command()
def workflow(name: Name) -> None:
    """Print what a workflow must know of an environment, as GITHUB_OUTPUT takes it."""
    with _sentences():
        for key, value in workflow_outputs(_environment(_here(), name)).items():
            typer.echo(f"{key}={value}")


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
