"""The files of this repository that the installer writes, and those it reads."""

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from textwrap import fill

from fotograma_installer.decisions import LOAD_BALANCERS, Environment
from fotograma_installer.derived.compose import compose_settings
from fotograma_installer.derived.gitops import site_values
from fotograma_installer.derived.terraform import terraform_backend, terraform_variables
from fotograma_installer.errors import InstallerError
from fotograma_installer.names import registry

WRITTEN = (
    "# Written by `make config ENV=%s` from config/fotograma.yaml: what is changed here is lost.\n"
)


class NotOurs(InstallerError):
    """A file was written by hand, and would be overwritten."""


@dataclass(frozen=True)
class Checkout:
    """A working copy of the repository."""

    root: Path

    @property
    def config(self) -> Path:
        """Where the operator decides."""
        return self.root / "config" / "fotograma.yaml"

    def terraform(self, name: str) -> Path:
        """Terraform's root module of an environment."""
        return self.root / "infra" / "terraform" / "environments" / name

    def site(self, name: str) -> Path:
        """What Kustomize is told of an environment."""
        return self.root / "deploy" / "k8s" / "site" / name

    @property
    def sample(self) -> Path:
        """Ten seconds of video, drawn here."""
        return self.root / "web" / "app" / "first-visit" / "sample.mp4"

    @property
    def version(self) -> str:
        """The release that this is, or becomes."""
        project = tomllib.loads((self.root / "pyproject.toml").read_text())["project"]
        return str(project["version"])

    def with_known_address(self, of: Environment) -> Environment:
        """With the load balancer's name that was found before, where there is no domain."""
        path = self.site(of.name) / "site.env"
        if of.domain is not None or not path.exists():
            return of
        known = dict(re.findall(r"^([A-Z_]+)=(.*)$", path.read_text(), re.MULTILINE))
        is_its = known.get("ACCOUNT_ID") == of.account and known["HOST"].endswith(LOAD_BALANCERS)
        return of.model_copy(update={"address": known["HOST"]}) if is_its else of

    def write(self, of: Environment) -> list[Path]:
        """Write all that follows from the decisions. Returns the files whose contents changed.

        Raises `NotOurs` for a `.env` that somebody else wrote.
        """
        if of.target == "compose":
            return self._write_compose(of)
        terraform = self.terraform(of.name)
        return self._write(
            {
                terraform / "terraform.tfvars.json": json.dumps(terraform_variables(of), indent=2)
                + "\n",
                terraform / "backend.hcl": WRITTEN % of.name + backend_file(of),
                self.site(of.name) / "site.env": site_file(of),
                self.site(of.name) / "kustomization.yaml": self._with_registry(of),
                **self._telemetry(of),
                self._database(of): database_file(of, verified=self._has_authorities(of)),
            }
        )

    def write_example(self, of: Environment) -> list[Path]:
        """Write what is committed for those who have not decided yet."""
        terraform = self.terraform(of.name)
        return self._write(
            {
                terraform / "terraform.tfvars.example": terraform_example(of),
                terraform / "backend.hcl.example": backend_file(of),
                self.site(of.name) / "site.env": site_file(of),
                self.site(of.name) / "kustomization.yaml": self._with_registry(of),
                **self._telemetry(of),
                self._database(of): database_file(of, verified=False),
            }
        )

    def _write_compose(self, of: Environment) -> list[Path]:
        path = self.root / ".env"
        if path.exists() and not path.read_text().startswith("# Written by"):
            raise NotOurs(f"{path} was written by hand: move it away, and try again")
        return self._write({path: compose_file(of)})

    def authorities(self, of: Environment) -> Path:
        """Who signs the certificates of databases; empty until `make deploy` has asked AWS."""
        return self.site(of.name) / "database" / "authorities.pem"

    def _has_authorities(self, of: Environment) -> bool:
        path = self.authorities(of)
        return path.exists() and bool(path.read_text())

    def _database(self, of: Environment) -> Path:
        return self.authorities(of).with_name("kustomization.yaml")

    def _kustomization(self, name: str) -> Path:
        return self.site(name) / "kustomization.yaml"

    def _with_registry(self, of: Environment) -> str:
        return re.sub(
            r"newName: \S+/(\w+)",
            rf"newName: {registry(of)}/\1",
            self._kustomization(of.name).read_text(),
        )

    def _telemetry(self, of: Environment) -> dict[Path, str]:
        """What brings that which logs and traces need: for the product, and beside it."""
        kinds = {"telemetry": "components", "agents": "argocd"}
        return {
            self.site(of.name) / folder / "kustomization.yaml": telemetry_file(of, kind)
            for folder, kind in kinds.items()
        }

    def _write(self, files: Mapping[Path, str]) -> list[Path]:
        changed = [
            path for path, text in files.items() if not path.exists() or path.read_text() != text
        ]
        for path in changed:
            path.parent.mkdir(exist_ok=True)
            path.write_text(files[path])
        return changed


def site_file(of: Environment) -> str:
    """The contents of site.env."""
    parts = [
        fill(f"{about}.", 98, initial_indent="# ", subsequent_indent="# ")
        + "".join(f"\n{name}={value}" for name, value in values.items())
        for about, values in site_values(of).items()
    ]
    return WRITTEN % of.name + "\n" + "\n\n".join(parts) + "\n"


def telemetry_file(of: Environment, kind: str) -> str:
    """The contents of a component that stands for one of `kind`, by where telemetry goes."""
    return WRITTEN % of.name + (
        "apiVersion: kustomize.config.k8s.io/v1alpha1\n"
        "kind: Component\n\n"
        f"components: [../../../{kind}/telemetry/{of.telemetry}]\n"
    )


def database_file(of: Environment, *, verified: bool) -> str:
    """How processes look at a database's certificate. RDS takes nothing without TLS anyhow."""
    return (
        WRITTEN % of.name
        + f"""apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component

configMapGenerator:
  - name: database
    namespace: fotograma
    literals: [PGSSLMODE={"verify-full" if verified else "prefer"}]
    files: [authorities.pem]
"""
    )


def compose_file(of: Environment) -> str:
    """The contents of .env."""
    return WRITTEN % of.name + _assignments(compose_settings(of))


def terraform_example(of: Environment) -> str:
    """The contents of terraform.tfvars.example, for those who use Terraform alone."""
    given = {name: value for name, value in terraform_variables(of).items() if value is not None}
    lines = (f"{name} = {json.dumps(value)}\n" for name, value in given.items())
    return (
        "# cp terraform.tfvars.example terraform.tfvars, without config/fotograma.yaml\n"
        + "".join(lines)
    )


def backend_file(of: Environment) -> str:
    """The contents of backend.hcl."""
    return _assignments(terraform_backend(of), '"', " = ")


def _assignments(values: Mapping[str, str], quote: str = "", equals: str = "=") -> str:
    return "".join(f"{name}{equals}{quote}{value}{quote}\n" for name, value in values.items())
