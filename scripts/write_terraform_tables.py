"""Writes the tables of inputs and outputs into the READMEs of Terraform's modules.

    write_terraform_tables.py [FOLDER]

Between two comments in each README, as terraform-docs does, for whom no machine must have it.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hcl2

MODULES = Path(__file__).resolve().parents[1] / "infra" / "terraform" / "modules"
BEGIN, END = "<!-- BEGIN_TF_DOCS -->", "<!-- END_TF_DOCS -->"


def blocks(path: Path, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The names and bodies of a file's blocks, in their order."""
    with path.open() as file:
        for block in hcl2.load(file).get(kind, []):
            for name, body in block.items():
                yield name.strip('"'), body


def tables(module: Path) -> str:
    """What stands between the comments."""
    inputs = "".join(
        f"| `{name}` | {_text(body['description'])} | `{_type(body['type'])}`"
        f" | {_default(body)} |\n"
        for name, body in blocks(module / "variables.tf", "variable")
    )
    outputs = "".join(
        f"| `{name}` | {_text(body['description'])} |\n"
        for name, body in blocks(module / "outputs.tf", "output")
    )
    parts = [BEGIN]
    if inputs:
        parts.append(f"## Inputs\n\n| name | is | type | default |\n|---|---|---|---|\n{inputs}")
    if outputs:
        parts.append(f"## Outputs\n\n| name | is |\n|---|---|\n{outputs}")
    return "\n\n".join([parts[0], *(part.strip() for part in parts[1:]), END])


def written(module: Path) -> str:
    """The README with its tables as they are now."""
    text = (module / "README.md").read_text()
    before, _, after = text.partition(BEGIN)
    rest = after.partition(END)[2]
    return f"{before.rstrip()}\n\n{tables(module)}\n{rest.lstrip()}"


def _text(value: str) -> str:
    return value.strip('"').replace("|", "\\|").replace('\\"', '"')


def _type(value: str) -> str:
    """The outer type: what an object holds is in the file."""
    return re.sub(r"^\$\{|\}$", "", value).strip('"').partition("(")[0]


def _default(body: dict[str, Any]) -> str:
    if "default" not in body:
        return "required"
    value = body["default"]
    shown = re.sub(r"^\$\{|\}$", "", value) if isinstance(value, str) else _plain(value)
    return f"`{shown}`".replace("|", "\\|")


def _plain(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, dict):
        inner = (f"{name} = {_plain(each)}" for name, each in value.items() if name[:2] != "__")
        return f"{{ {', '.join(inner)} }}" if value else "{}"
    if isinstance(value, list):
        return f"[{', '.join(map(_plain, value))}]"
    return str(value)


def main() -> None:
    """Write all of them."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else MODULES
    for module in sorted(path for path in folder.iterdir() if (path / "README.md").is_file()):
        (module / "README.md").write_text(written(module))


if __name__ == "__main__":
    main()
