"""The FastAPI application every process of Fotograma serves.

A process without an API of its own (background work, the worker) serves health and metrics only.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, TypeVar

from fastapi import APIRouter, FastAPI, Request
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import HTMLResponse
from fastapi.telemetry import TelemetryConfig

from fotograma_kit.api_page import CONTENT_SECURITY_POLICY, api_page
from fotograma_kit.body_pace import BodyPace
from fotograma_kit.exposition import metrics_router
from fotograma_kit.failures import Failures
from fotograma_kit.headers import SecurityHeaders
from fotograma_kit.health import Check, health_router
from fotograma_kit.hosts import HostGuard
from fotograma_kit.logs import configure_logs
from fotograma_kit.problems import (
    TooManyRequests,
    install_problem_handlers,
    problem_schemas,
    with_problems,
)
from fotograma_kit.rate_limits import RateLimiter, RateLimits
from fotograma_kit.request_log import HEADER as REQUEST_ID
from fotograma_kit.request_log import RequestLog
from fotograma_kit.request_metrics import measure_requests
from fotograma_kit.requests import is_watched
from fotograma_kit.settings import OriginSettings, RateSettings, TelemetrySettings
from fotograma_kit.telemetry import configure_tracing

T = TypeVar("T")
Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]
_TRACES: TelemetryConfig = {
    "operation_spans": False,
    "metrics": False,
    "logs": False,
    "auto_configure": False,
    "exclude": lambda scope: not is_watched(scope),
}
"""FastAPI traces requests, where the process has tracing: one span each, as those of its own steps
take twice as long again."""
_PREFLIGHT_SECONDS = 3_600
"""How long a browser need not ask again."""


@dataclass(frozen=True, slots=True)
class Api:
    """What a process serves beside health and metrics."""

    prefix: str
    """Its path at the gateway; the documentation is served below it."""
    routers: Sequence[APIRouter]
    limits: RateLimits | None = None
    """What requests are counted by. The lifespan runs them."""


_NOTHING = Api(prefix="", routers=())


def create_web_app(
    settings: TelemetrySettings,
    *,
    service: str,
    checks: Mapping[str, Check],
    lifespan: Lifespan,
    api: Api = _NOTHING,
) -> FastAPI:
    """An app with logs, traces, metrics, health and problem details.

    With `OriginSettings` among the settings, pages of the origins named there may call it too; with
    `RateSettings`, bodies that come too slowly are broken off.
    """
    prefix = api.prefix
    configure_logs(settings, service)
    configure_tracing(settings, service)
    app = FastAPI(
        title=f"Fotograma {service}",
        lifespan=lifespan,
        telemetry=_TRACES,
        docs_url=None,
        openapi_url=f"{prefix}/openapi.json" if prefix and settings.api_documentation else None,
        redoc_url=None,
        redirect_slashes=False,  # to an address that is made of what the request says of its host
    )
    install_problem_handlers(app)
    if app.openapi_url is not None:  # before routes that take anything below the prefix
        _document(app, f"{prefix}/docs", app.openapi_url)
    health = health_router(checks, stays_ready=bool(prefix))
    for router in (health, metrics_router(), *api.routers):
        # `include_router` would build each route once more, at the first request.
        app.router.routes.extend(router.routes)
    _guard(app, settings, api.limits)
    app.add_middleware(Failures)
    if prefix:
        measure_requests(app)
        app.add_middleware(RequestLog)
        _describe_problems(app, f"fotograma_{prefix.strip('/')}")
    return app


def _document(app: FastAPI, url: str, document_url: str) -> None:
    """Serve the page of the API's documentation."""

    async def documentation() -> HTMLResponse:
        return HTMLResponse(
            api_page(app.openapi(), document_url),
            headers={"Content-Security-Policy": CONTENT_SECURITY_POLICY},
        )

    app.add_api_route(url, documentation, include_in_schema=False)


def _guard(app: FastAPI, settings: TelemetrySettings, limits: RateLimits | None) -> None:
    """Add what stands before the routes; what is added last is asked first."""
    if isinstance(settings, RateSettings):
        app.add_middleware(BodyPace, settings=settings)
    if limits is not None:
        app.add_middleware(RateLimiter, limits=limits)
    if isinstance(settings, OriginSettings) and settings.allowed_origins:
        _open_to(app, settings.allowed_origins)
    if settings.allowed_hosts:
        app.add_middleware(HostGuard, hosts=settings.allowed_hosts)
    app.add_middleware(SecurityHeaders)


def _describe_problems(app: FastAPI, package: str) -> None:
    """Describe problems in the API's description, with all codes that clients may translate."""
    described = app.openapi

    def openapi() -> dict[str, Any]:
        document = described()
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        schemas.update(problem_schemas(package))
        for path in document["paths"].values():
            for operation in path.values():
                operation["responses"] = _with_limits(operation["responses"])
        return document

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's own way to extend it


def _with_limits(responses: Mapping[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Add to a route's responses what any route may answer."""
    by_status: dict[int | str, dict[str, Any]] = {int(key): responses[key] for key in responses}
    described = with_problems(by_status, TooManyRequests)
    return {str(status): described[status] for status in sorted(described, key=int)}


def provide(app: FastAPI, *parts: object) -> None:
    """Let the app's routes ask for each of the parts by its class. Called by the app's lifespan."""
    app.state.parts = {type(given): given for given in parts}


def part(kind: type[T]) -> Callable[[Request], Awaitable[T]]:
    """A dependency: the part of this class. `Annotated[Library, Depends(part(Library))]`."""

    async def find(request: Request) -> T:
        found: T = request.app.state.parts[kind]
        return found

    return find


def _open_to(app: FastAPI, origins: Sequence[str]) -> None:
    """Let pages of other origins call the API, with their users' tokens and without cookies."""
    app.add_middleware(
        CORSMiddleware,
        allow_origins=list(origins),
        allow_methods=["GET", "POST", "PATCH", "DELETE"],
        allow_headers=[
            "Authorization",
            "Content-Type",
            "Idempotency-Key",
            "Last-Event-ID",
            "Range",
        ],
        expose_headers=[
            "Content-Range",
            "ETag",
            "Location",
            "RateLimit",
            "RateLimit-Policy",
            "Retry-After",
            REQUEST_ID,
        ],
        max_age=_PREFLIGHT_SECONDS,
    )
