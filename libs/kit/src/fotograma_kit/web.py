"""The FastAPI application every process of Fotograma serves.

A process without an API of its own (background work, the worker) serves health and metrics only.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, TypeVar

from fastapi import APIRouter, FastAPI, Request
from fastapi.middleware.cors import CORSMiddleware
from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor
from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_fastapi_instrumentator import Instrumentator

from fotograma_kit.health import Check, health_router
from fotograma_kit.hosts import HostGuard
from fotograma_kit.logs import configure_logs
from fotograma_kit.problems import install_problem_handlers, problem_schemas
from fotograma_kit.settings import OriginSettings, TelemetrySettings
from fotograma_kit.telemetry import configure_tracing

T = TypeVar("T")
Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]
_PROBES = "/health/.*,/metrics"
_PREFLIGHT_SECONDS = 3_600
"""How long a browser need not ask again."""


def create_web_app(
    settings: TelemetrySettings,
    *,
    service: str,
    checks: Mapping[str, Check],
    lifespan: Lifespan,
    prefix: str | None = None,
    registry: CollectorRegistry = REGISTRY,
    routers: Sequence[APIRouter] = (),
) -> FastAPI:
    """An app with logs, traces, metrics, health and problem details.

    `prefix` is the service's path at the gateway; its API documentation is served below it.
    With `OriginSettings` among the settings, pages of the origins named there may call it too.
    """
    configure_logs(settings, service)
    configure_tracing(settings, service)
    app = FastAPI(
        title=f"Fotograma {service}",
        lifespan=lifespan,
        docs_url=f"{prefix}/docs" if prefix else None,
        openapi_url=f"{prefix}/openapi.json" if prefix else None,
        redoc_url=None,
        swagger_ui_oauth2_redirect_url=f"{prefix}/docs/oauth2-redirect" if prefix else None,
    )
    install_problem_handlers(app)
    for router in (health_router(checks), *routers):
        # `include_router` would build each route once more, at the first request.
        app.router.routes.extend(router.routes)
    Instrumentator(excluded_handlers=_PROBES.split(","), registry=registry).instrument(app).expose(
        app, include_in_schema=False
    )
    FastAPIInstrumentor.instrument_app(
        app, excluded_urls=_PROBES, exclude_spans=["send", "receive"]
    )
    if isinstance(settings, OriginSettings) and settings.allowed_origins:
        _open_to(app, settings.allowed_origins)
    if settings.allowed_hosts:
        app.add_middleware(HostGuard, hosts=settings.allowed_hosts)
    if prefix is not None:
        _describe_problems(app, f"fotograma_{prefix.strip('/')}")
    return app


def _describe_problems(app: FastAPI, package: str) -> None:
    """Describe problems in the API's description, with all codes that clients may translate."""
    described = app.openapi

    def openapi() -> dict[str, Any]:
        document = described()
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        schemas.update(problem_schemas(package))
        return document

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's own way to extend it


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
        expose_headers=["Content-Range", "ETag", "Location", "Retry-After"],
        max_age=_PREFLIGHT_SECONDS,
    )
