"""The FastAPI application every process of Fotograma serves.

A process without an API of its own (background work, the worker) serves health and metrics only.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager

from fastapi import APIRouter, FastAPI
from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor
from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_fastapi_instrumentator import Instrumentator

from fotograma_kit.health import Check, health_router
from fotograma_kit.logs import configure_logs
from fotograma_kit.problems import install_problem_handlers
from fotograma_kit.settings import TelemetrySettings
from fotograma_kit.telemetry import configure_tracing

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]
_PROBES = "/health/.*,/metrics"


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
    app.include_router(health_router(checks))
    for router in routers:
        app.include_router(router)
    Instrumentator(excluded_handlers=_PROBES.split(","), registry=registry).instrument(app).expose(
        app, include_in_schema=False
    )
    FastAPIInstrumentor.instrument_app(
        app, excluded_urls=_PROBES, exclude_spans=["send", "receive"]
    )
    return app
