"""The committed OpenAPI document is the one the code serves."""

from pathlib import Path

from fotograma_notify.cli import openapi_document

COMMITTED = Path(__file__).parents[2] / "services" / "notify" / "openapi.json"


def test_notify_openapi_document_is_current() -> None:
    assert COMMITTED.read_text(encoding="utf-8") == openapi_document(), (
        "run: uv run fotograma-notify openapi > services/notify/openapi.json"
    )
