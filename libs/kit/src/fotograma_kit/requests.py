"""What everything that watches requests knows of them."""

from starlette.types import Scope

METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
"""Others are a client's inventions, and no name of a series or a span."""
_PROBES = ("/health/", "/metrics")


def is_watched(scope: Scope) -> bool:
    """Whether it is a request, and none of those that ask only how the process is."""
    return scope["type"] == "http" and not scope["path"].startswith(_PROBES)
