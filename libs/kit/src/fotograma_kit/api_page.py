"""The page that documents an API: plain HTML of its OpenAPI document, without any script."""

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem }
summary { cursor: pointer; padding: .4rem 0 }
details { border-top: 1px solid #8885 }
pre, code { font-family: ui-monospace, monospace }
pre { background: #8881; overflow: auto; padding: .6rem }
dt { font-weight: 600 }
:root { color-scheme: light dark }
"""
_DIGEST = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
CONTENT_SECURITY_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_DIGEST}'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
"""The page may use its own style, and nothing else."""


def api_page(document: Mapping[str, Any], document_url: str) -> str:
    """The page for an OpenAPI document that is served at `document_url`."""
    title = escape(document["info"]["title"])
    operations = "".join(_operations(document["paths"]))
    schemas = "".join(
        f"<details id={_quoted(name)}><summary><code>{escape(name)}</code></summary>{_json(schema)}"
        "</details>"
        for name, schema in document["components"]["schemas"].items()
    )
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_STYLE}</style></head><body><h1>{title}</h1>"
        f"<p>For programs: <a href={_quoted(document_url)}>OpenAPI</a>.</p>"
        f"<h2>Requests</h2>{operations}<h2>Bodies</h2>{schemas}</body></html>"
    )


def _operations(paths: Mapping[str, Any]) -> Iterator[str]:
    for path, methods in paths.items():
        for method, operation in methods.items():
            name = f"{method.upper()} {path}"
            paragraphs = escape(operation.get("description", "")).split("\n\n")
            yield (
                f"<details><summary><code>{escape(name)}</code> "
                f"{escape(operation.get('summary', ''))}</summary>"
                f"<p>{'</p><p>'.join(paragraphs)}</p>"
                f"{_asked(operation)}<dl>{_answered(operation)}</dl></details>"
            )


def _asked(operation: Mapping[str, Any]) -> str:
    asked = {name: operation[name] for name in ("parameters", "requestBody") if name in operation}
    return _json(asked) if asked else ""


def _answered(operation: Mapping[str, Any]) -> str:
    return "".join(
        f"<dt>{escape(status)}</dt><dd>{escape(response.get('description', ''))}"
        f"{_json(response['content']) if 'content' in response else ''}</dd>"
        for status, response in operation["responses"].items()
    )


def _json(value: Any) -> str:
    return f"<pre>{escape(json.dumps(value, indent=2, ensure_ascii=False))}</pre>"


def _quoted(value: str) -> str:
    return f'"{escape(value)}"'
