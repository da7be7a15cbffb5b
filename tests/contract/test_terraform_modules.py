"""Terraform's modules are alike, and their READMEs show calls that work."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import hcl2
import pytest
from fixtures.kubernetes import overlay

TERRAFORM = Path(__file__).resolve().parents[2] / "infra/terraform"
MODULES = sorted(path for path in (TERRAFORM / "modules").iterdir() if path.is_dir())
PINNED = {"aws": "~> 6.25", "kubernetes": "~> 2.38", "helm": "~> 3.1", "tls": "~> 4.1"}
"""The newest of a major version, which an environment's lock file then names exactly."""


def unquoted(value: Any) -> Any:
    return value.strip('"') if isinstance(value, str) else value


def load(path: Path) -> dict[str, Any]:
    with path.open() as file:
        document: dict[str, Any] = hcl2.load(file)
    return document


def variables(module: Path) -> dict[str, dict[str, Any]]:
    blocks = load(module / "variables.tf").get("variable", [])
    return {unquoted(name): body for block in blocks for name, body in block.items()}


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.name)
def test_modules_have_the_same_files(module: Path) -> None:
    files = {path.name for path in module.iterdir() if path.is_file()} - {".terraform.lock.hcl"}
    assert files == {"main.tf", "variables.tf", "outputs.tf", "versions.tf", "README.md"}


@pytest.mark.parametrize(
    "folder",
    [*MODULES, *sorted((TERRAFORM / "environments").iterdir())],
    ids=lambda path: path.name,
)
def test_modules_pin_their_providers(folder: Path) -> None:
    (settings,) = load(folder / "versions.tf")["terraform"]
    (providers,) = settings["required_providers"]
    for name, provider in providers.items():
        if not name.startswith("__"):
            assert unquoted(provider["version"]) == PINNED[name]


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.name)
def test_module_readmes_call_their_module_with_its_inputs(module: Path) -> None:
    example = re.search(r"```hcl\n(.*?)```", (module / "README.md").read_text(), re.DOTALL)
    if example is None:
        assert module.name == "environment"  # which environments/ call
        return
    (call,) = hcl2.loads(example[1])["module"]
    (arguments,) = call.values()
    given = {name for name in arguments if not name.startswith("__")} - {"source"}
    known = variables(module)
    assert given <= set(known)
    assert {name for name, body in known.items() if "default" not in body} <= given


def secret_values() -> dict[str, set[str]]:
    """What Terraform writes into each secret, by the secret's name."""
    merged: dict[str, Any] = {}
    for block in load(TERRAFORM / "modules/service-secrets/main.tf")["locals"]:
        merged |= block
    return {name: set(values) for name, values in merged["values"].items()}


def test_new_passwords_keep_signing_keys() -> None:
    """A secret is written whole, so keys are in another than passwords, with its own version."""
    for name, values in secret_values().items():
        signs = {value for value in values if "signing_keys" in value}
        assert signs == (values if name.endswith("-keys") else set())
    text = (TERRAFORM / "modules/service-secrets/main.tf").read_text()
    assert 'var.key_versions : "${service}-keys" => version' in text
    assert "var.versions.auth" not in text


def test_pods_read_the_parameters_that_terraform_writes() -> None:
    written = secret_values()
    asked = [
        (reference["key"].removeprefix("fotograma/prod/"), reference["property"])
        for each in overlay("prod").of("ExternalSecret")
        for reference in (
            *(entry["remoteRef"] for entry in each["spec"].get("data", [])),
            *(entry["extract"] for entry in each["spec"].get("dataFrom", [])),
        )
        if each["metadata"]["name"] != "alerting"
    ]
    assert asked
    for name, value in asked:
        assert value in written[name]


def test_alertmanager_reads_the_secret_that_operators_fill() -> None:
    """It is whole: whatever is in it."""
    (entry,) = overlay("prod").by_name["ExternalSecret", "alerting"]["spec"]["dataFrom"]
    assert entry == {"extract": {"key": "fotograma/prod/alerting"}}
    text = (TERRAFORM / "modules/alarms/main.tf").read_text()
    assert '"${var.project_name}/${var.environment}/alerting"' in text


def test_modules_create_the_service_linked_role_of_spot() -> None:
    (role,) = (
        block['"aws_iam_service_linked_role"']['"spot"']
        for block in load(TERRAFORM / "modules/karpenter/main.tf")["resource"]
        if '"aws_iam_service_linked_role"' in block
    )
    assert unquoted(role["aws_service_name"]) == "spot.amazonaws.com"
    assert role["count"] == "${var.create_spot_role ? 1 : 0}"
    environment = (TERRAFORM / "modules/environment/main.tf").read_text()
    assert "coalesce(var.create_spot_role, var.first_of_account)" in environment


def test_environments_differ_in_size_only() -> None:
    environments = TERRAFORM / "environments"
    for name in ("outputs.tf", "variables.tf", "versions.tf"):
        for other in ("dev", "staging"):
            assert (environments / other / name).resolve() == environments / "prod" / name


@pytest.mark.parametrize("environment", ["dev", "staging", "prod"])
def test_tfvars_example_gives_every_required_input(environment: str) -> None:
    folder = TERRAFORM / "environments" / environment
    given = {
        name for name in load(folder / "terraform.tfvars.example") if not name.startswith("__")
    }
    known = variables(folder)
    assert given <= set(known)
    assert {name for name, body in known.items() if "default" not in body} <= given


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.name)
def test_module_readmes_have_tables_of_what_goes_in_and_comes_out(
    module: Path, tmp_path: Path
) -> None:
    """`make documents` writes them."""
    for name in ("README.md", "variables.tf", "outputs.tf"):
        (tmp_path / module.name).mkdir(exist_ok=True)
        (tmp_path / module.name / name).write_bytes((module / name).read_bytes())
    script = TERRAFORM.parents[1] / "scripts/write_terraform_tables.py"
    subprocess.run([sys.executable, script, tmp_path], check=True)
    written = (tmp_path / module.name / "README.md").read_text()
    assert written == (module / "README.md").read_text()
    assert all(f"| `{name}` |" in written for name in variables(module))
