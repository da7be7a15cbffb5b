"""No file of settings names a thing twice: one of the two would be lost, or nothing would start."""

import json
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import hcl2
import pytest
from fixtures import strict_yaml
from fixtures.trees import files, relative

ASSIGNMENT = re.compile(r"#?([A-Z][A-Z0-9_]*)=")
"""A setting in a file of settings; in an example it is commented out."""


def doubled(names: Iterable[str]) -> set[str]:
    """What is there more than once."""
    return {name for name, times in Counter(names).items() if times > 1}


def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object whose names are unique."""
    assert not doubled(name for name, _ in pairs)
    return dict(pairs)


def attributes_of(body: Any) -> list[str]:
    """The names that a block or an object of Terraform gives values to."""
    elements = (child for child in body.children if getattr(child, "data", "") in _NAMED)
    return ["".join(map(str, _tokens(element.children[0]))).strip('"') for element in elements]


_NAMED = {"attribute", "object_elem"}


def _tokens(tree: Any) -> list[Any]:
    return [tree] if isinstance(tree, str) else [t for c in tree.children for t in _tokens(c)]


@pytest.mark.parametrize("path", files("*.yml", "*.yaml"), ids=relative)
def test_yaml_files_name_nothing_twice(path: Path) -> None:
    assert list(strict_yaml.load_all(path.read_text()))


@pytest.mark.parametrize("path", files("*.json"), ids=relative)
def test_json_files_name_nothing_twice(path: Path) -> None:
    assert json.loads(path.read_text(), object_pairs_hook=unique)


@pytest.mark.parametrize("path", files("*.env", ".env.example"), ids=relative)
def test_settings_files_name_nothing_twice(path: Path) -> None:
    matches = map(ASSIGNMENT.match, path.read_text().splitlines())
    names = [match[1] for match in matches if match]
    assert names
    assert not doubled(names)


@pytest.mark.parametrize("path", files("*.tf", "*.hcl", "*.hcl.example"), ids=relative)
def test_terraform_files_name_nothing_twice(path: Path) -> None:
    tree = hcl2.parses_to_tree(path.read_text())
    for body in tree.find_pred(lambda each: each.data in {"body", "object"}):
        assert not doubled(attributes_of(body))


def test_strict_yaml_refuses_a_doubled_key() -> None:
    text = "a: &a {x: 1}\nb:\n  <<: *a\n  x: 2\n"
    assert strict_yaml.load(text)["b"] == {"x": 2}
    with pytest.raises(strict_yaml.DoubledKey, match=r"'x' is named twice(?s:.)*line 5"):
        strict_yaml.load(f"{text}  x: 2\n")


def test_terraform_check_finds_a_doubled_name() -> None:
    body = next(hcl2.parses_to_tree('a = {x = 1, "x" = 2}\n').find_data("object"))
    assert doubled(attributes_of(body)) == {"x"}
