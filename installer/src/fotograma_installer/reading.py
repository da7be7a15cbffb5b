"""config/fotograma.yaml: an environment's own decisions over those for all; mistakes by line."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from fotograma_installer.decisions import ENVIRONMENTS, Environment
from fotograma_installer.errors import InstallerError

Keys = tuple[str | int, ...]


class WrongDecisions(InstallerError):
    """The file says what cannot be; each line names where, and what is wrong there."""


def read_environments(path: Path, repository: str | None = None) -> dict[str, Environment]:
    """Every environment that the file names, in its order; of this repository if it says none.

    Raises `WrongDecisions`.
    """
    root, document = _load(path)
    document.setdefault("repository", repository)
    own = document.pop("environments", None)
    if not isinstance(own, dict) or not own:
        raise WrongDecisions(f"{path}: environments: name one of {', '.join(ENVIRONMENTS)}")
    found: dict[str, Environment] = {}
    for name, differences in own.items():
        if name not in ENVIRONMENTS:
            line = _line(root, ("environments", name))
            raise WrongDecisions(
                f"{path}:{line}: environments.{name}: not one of {', '.join(ENVIRONMENTS)}"
            )
        merged = _merge(document, differences or {}) | {"name": name}
        merged.setdefault("first_of_account", _is_first(merged.get("account"), found))
        found[name] = _validated(path, root, name, merged)
    return found


def read_environment(path: Path, name: str, repository: str | None = None) -> Environment:
    """One environment. Raises `WrongDecisions`, also for one that the file does not name."""
    if not path.exists():
        raise WrongDecisions(f"{path} is not there yet: cp {path}.example {path}, and decide")
    environments = read_environments(path, repository)
    if name not in environments:
        raise WrongDecisions(
            f"{path}: environments: {name or 'none'} is not there, but {', '.join(environments)}"
        )
    return environments[name]


def _load(path: Path) -> tuple[yaml.Node, dict[str, Any]]:
    text = path.read_text()
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        document = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise WrongDecisions(f"{path}:{line}: {error.problem}") from error
    if root is None or not isinstance(document, dict):
        raise WrongDecisions(f"{path}: {path}.example shows what it holds")
    for line, key in _twice(root):
        raise WrongDecisions(f"{path}:{line}: {key}: a second time")
    return root, document


def _twice(node: yaml.Node) -> Iterator[tuple[int, str]]:
    """Keys that a mapping has already; YAML's loader would take the last one."""
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if key.value in seen:
                yield key.start_mark.line + 1, key.value
            seen.add(key.value)
            yield from _twice(value)


def _merge(common: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """Mappings key by key; all else is replaced."""
    merged = dict(common)
    for key, value in own.items():
        before = merged.get(key)
        both = isinstance(before, dict) and isinstance(value, dict)
        merged[key] = _merge(merged[key], value) if both else value
    return merged


def _is_first(account: object, before: dict[str, Environment]) -> bool:
    """Of the environments in one account the first makes what an account has once."""
    return account not in {each.account for each in before.values()}


def _validated(path: Path, root: yaml.Node, name: str, merged: dict[str, Any]) -> Environment:
    try:
        return Environment.model_validate(merged)
    except ValidationError as error:
        raise WrongDecisions("\n".join(_complaints(path, root, name, error))) from error


def _complaints(path: Path, root: yaml.Node, name: str, error: ValidationError) -> Iterator[str]:
    for each in error.errors():
        keys = each["loc"]
        line = _line(root, ("environments", name, *keys), within=3) or _line(root, keys)
        message = each["msg"].removeprefix("Value error, ")
        where = ".".join(map(str, keys))
        yield f"{path}:{line}: {where + ': ' if where else ''}{message} ({name})"


def _line(root: yaml.Node, keys: Keys, within: int = 0) -> int:
    """Where the last of these keys that is there stands; 0 if fewer than `within` of them are."""
    node, line = root, 1
    for depth, key in enumerate(keys):
        inner = _child(node, key)
        if inner is None:
            return line if depth >= within else 0
        node, line = inner[1], inner[0].start_mark.line + 1
    return line


def _child(node: yaml.Node, key: str | int) -> tuple[yaml.Node, yaml.Node] | None:
    """The key and the value of an entry of a mapping or a list."""
    if isinstance(node, yaml.MappingNode):
        return next(((k, v) for k, v in node.value if k.value == str(key)), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
        return node.value[key], node.value[key]
    return None
