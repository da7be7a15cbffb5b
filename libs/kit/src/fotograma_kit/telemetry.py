"""Traces: one trace follows an upload over HTTP, the database's outbox and every message."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from opentelemetry import propagate, trace
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind

from fotograma_kit.settings import TelemetrySettings

TRACEPARENT = "traceparent"
tracer = trace.get_tracer("fotograma")


def configure_tracing(settings: TelemetrySettings, service: str) -> None:
    """Export spans by OTLP when an endpoint is set; the process's first call wins."""
    if settings.otel_exporter_otlp_endpoint is None:
        return
    # Protocol buffers and an HTTP client of its own: 5 MB that most processes do without.
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
        OTLPSpanExporter,
    )

    provider = TracerProvider(resource=Resource.create({SERVICE_NAME: service}))
    endpoint = settings.otel_exporter_otlp_endpoint.rstrip("/") + "/v1/traces"
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint)))
    trace.set_tracer_provider(provider)


def current_traceparent() -> str | None:
    """The current span's W3C `traceparent`, to be stored or sent."""
    carrier: dict[str, str] = {}
    propagate.inject(carrier)
    return carrier.get(TRACEPARENT)


def exemplar() -> dict[str, str] | None:
    """What a measurement says of the current trace, if that is sent: it leads to its spans."""
    context = trace.get_current_span().get_span_context()
    if not context.trace_flags.sampled:
        return None
    return {"trace_id": trace.format_trace_id(context.trace_id)}


@contextmanager
def span(name: str, kind: SpanKind, traceparent: str | None = None) -> Iterator[Span]:
    """A span below `traceparent` where one is given, else below the current span."""
    carrier: Mapping[str, str] = {TRACEPARENT: traceparent} if traceparent else {}
    context = propagate.extract(carrier) if traceparent else None
    with tracer.start_as_current_span(name, context=context, kind=kind) as current:
        yield current
