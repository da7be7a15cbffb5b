"""The committed OpenAPI document is the one the code serves."""

from pathlib import Path

from fotograma_video.cli import openapi_document

COMMITTED = Path(__file__).parents[2] / "services" / "video" / "openapi.json"


def test_video_openapi_document_is_current() -> None:
    assert COMMITTED.read_text(encoding="utf-8") == openapi_document(), (
        "run: uv run fotograma-video openapi > services/video/openapi.json"
    )
