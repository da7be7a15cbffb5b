"""Requests by how they end and how long their answers take to begin: what objectives are about.

What a client sends or reads slowly is not the service's slowness. So the time runs until an answer
begins, and uploads and streams of events are kinds of their own.
"""

from functools import cache

from fastapi import FastAPI
from prometheus_client import Counter, Histogram
from prometheus_fastapi_instrumentator import Instrumentator
from prometheus_fastapi_instrumentator.metrics import Info

from fotograma_kit.requests import METHODS
from fotograma_kit.telemetry import exemplar

REQUESTS = Counter(
    "fotograma_requests",
    "Requests, by kind and first digit of the status",
    ["kind", "status"],
)
SECONDS = Histogram(
    "fotograma_request_seconds",
    "Seconds until the answer began, by kind and route",
    ["kind", "method", "handler"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 1, 2, 5, 10, 30),
)
_PROBES = ["^/health/", "^/metrics$"]
API, STREAM, UPLOAD = KINDS = ("api", "stream", "upload")
_STATUSES = ("2xx", "3xx", "4xx", "5xx")


def show_zeros() -> None:
    """Show every counter before its first event, or its first increase would not be seen."""
    for kind in KINDS:
        for status in _STATUSES:
            _counted(kind, status)


def measure_requests(app: FastAPI) -> None:
    """Count and time the app's requests that are no probes, those that middleware refuses too if it
    was added before.
    """
    show_zeros()
    Instrumentator(excluded_handlers=_PROBES).add(_observe).instrument(app)


def _observe(info: Info) -> None:
    kind = _kind(info)
    # Nothing that a client makes up may become a series.
    method = info.method if info.method in METHODS else "other"
    # A request whose answer never began has failed when it ended.
    seconds = info.modified_duration_without_streaming or info.modified_duration
    _timed(kind, method, info.modified_handler).observe(seconds, exemplar())
    _counted(kind, info.modified_status).inc()


def _kind(info: Info) -> str:
    answer = info.response.headers if info.response is not None else {}
    if answer.get("content-type", "").startswith("text/event-stream"):
        return STREAM
    is_form = info.request.headers.get("content-type", "").startswith("multipart/form-data")
    return UPLOAD if is_form else API


# Series are looked for once: that takes longer than to count.


@cache
def _counted(kind: str, status: str) -> Counter:
    return REQUESTS.labels(kind, status)


@cache
def _timed(kind: str, method: str, handler: str) -> Histogram:
    return SECONDS.labels(kind, method, handler)
