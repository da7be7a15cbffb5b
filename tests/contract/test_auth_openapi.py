"""The committed description of auth's API is the API's."""

import json
from pathlib import Path

from fotograma_auth.cli import app
from typer.testing import CliRunner

COMMITTED = Path(__file__).parents[2] / "services" / "auth" / "openapi.json"
REMEDY = "run `python -m fotograma_auth.cli openapi` into it and look at the difference"


def test_auth_openapi_document_is_current() -> None:
    printed = CliRunner().invoke(app, ["openapi"], catch_exceptions=False)
    assert json.loads(printed.stdout) == json.loads(COMMITTED.read_text()), REMEDY


def test_auth_routes_document_their_problems() -> None:
    paths = json.loads(COMMITTED.read_text())["paths"]
    for path, methods in paths.items():
        for method, operation in methods.items():
            for status, answer in operation["responses"].items():
                if int(status) >= 400:
                    assert list(answer["content"]) == ["application/problem+json"], (path, method)
