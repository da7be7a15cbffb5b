"""What clients rely on in every problem: its code is one of a list, and it names a wrong field."""

import json
import re
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

import fotograma_auth.errors
import fotograma_notify.errors
import fotograma_video.errors
import pytest
from fotograma_kit.problems import MEDIA_TYPE, FieldProblem, InvalidRequest, Problem

SERVICES = Path(__file__).parents[2] / "services"
DOCUMENTS = sorted(SERVICES.glob("*/openapi.json"))
MODULES = (fotograma_auth.errors, fotograma_notify.errors, fotograma_video.errors)


def problem_responses(document: Any) -> Iterator[tuple[str, Any]]:
    """Description and resolved schema of every response that is a problem."""
    schemas = document["components"]["schemas"]
    for methods in document["paths"].values():
        for operation in methods.values():
            for response in operation["responses"].values():
                if found := response.get("content", {}).get(MEDIA_TYPE):
                    schema = found["schema"]
                    name = schema.get("$ref", "").rpartition("/")[2]
                    yield response["description"], schemas[name] if name else schema


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.parent.name)
def test_problem_response_lists_every_code_and_describes_its_members(path: Path) -> None:
    document = json.loads(path.read_text())
    schemas = document["components"]["schemas"]
    responses = list(problem_responses(document))
    assert len(responses) > 10
    for description, schema in responses:
        members = schema["properties"]
        assert members["code"]["$ref"] == "#/components/schemas/ProblemCode"
        assert members["errors"]["items"]["$ref"] == "#/components/schemas/FieldError"
        assert {"which", "limit", "detail"} <= members.keys()
        assert set(re.findall(r"`(\w+)`", description)) <= set(schemas["ProblemCode"]["enum"])
    assert "enum" in schemas["FieldError"]["properties"]["code"]


def test_problem_about_a_value_names_its_field() -> None:
    kinds = {
        kind
        for module in MODULES
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, Problem) and hasattr(kind, "code")
    }
    silent = {
        kind.__name__
        for kind in kinds
        if kind.status == HTTPStatus.UNPROCESSABLE_ENTITY
        and not issubclass(kind, FieldProblem | InvalidRequest)
    }
    assert silent == set()
    for kind in kinds:
        if issubclass(kind, FieldProblem) and hasattr(kind, "field"):
            (error,) = kind().extensions["errors"]
            assert error["field"].partition(".")[0] in {"body", "header", "query"}, kind
