"""Traces: one trace follows an upload over HTTP, the database's outbox and every message."""

import socket
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from importlib import metadata

from opentelemetry import propagate, trace
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import AlwaysRecordSampler
from opentelemetry.trace import Span, SpanKind, StatusCode
from opentelemetry.util.types import AttributeValue

from fotograma_kit.kept_errors import KeptErrors
from fotograma_kit.settings import TelemetrySettings

TRACEPARENT = "traceparent"
JOB = "fotograma.job"
"""The attribute of spans that leads to measurements: the `job` of the process in Prometheus."""

tracer = trace.get_tracer("fotograma")


def configure_tracing(settings: TelemetrySettings, service: str) -> None:
    """Export spans by OTLP when an endpoint is set; the process's first call wins.

    `OTEL_TRACES_SAMPLER` says which traces are sent; of the others, what went wrong is.
    """
    if settings.otel_exporter_otlp_endpoint is None:
        return
    # Protocol buffers and an HTTP client of its own: 5 MB that most processes do without.
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
        OTLPSpanExporter,
    )

    provider = TracerProvider(resource=_resource(service))
    provider.sampler = AlwaysRecordSampler(provider.sampler)
    endpoint = settings.otel_exporter_otlp_endpoint.rstrip("/") + "/v1/traces"
    provider.add_span_processor(KeptErrors(OTLPSpanExporter(endpoint=endpoint)))
    trace.set_tracer_provider(provider)


def _resource(service: str) -> Resource:
    """What every span says of its process; `OTEL_RESOURCE_ATTRIBUTES` adds, and prevails."""
    known = {SERVICE_VERSION: metadata.version("fotograma-kit"), "host.name": socket.gethostname()}
    told = Resource(known).merge(Resource.create())
    return told.merge(Resource({SERVICE_NAME: service, JOB: job_of(service)}))


def job_of(service: str) -> str:
    """What Prometheus calls `job`: an API and the background process beside it are one."""
    return service.removesuffix("-background")


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


def span(
    name: str,
    kind: SpanKind,
    traceparent: str | None = None,
    attributes: Mapping[str, AttributeValue] | None = None,
) -> AbstractContextManager[Span]:
    """A span below `traceparent` where one is given, else below the current span."""
    context = propagate.extract({TRACEPARENT: traceparent}) if traceparent else None
    begun = tracer.start_span(name, context=context, kind=kind, attributes=attributes)
    return trace.use_span(begun, end_on_exit=True)


@contextmanager
def call(
    name: str,
    attributes: Mapping[str, AttributeValue],
    failure: type[Exception] = Exception,
) -> Iterator[None]:
    """A span of a call to another system, below the current one, which only `failure` makes fail.

    Where there is no current one there is none: each idle poll and each probe would be a trace.
    """
    if not trace.get_current_span().get_span_context().is_valid:
        yield
        return
    begun = tracer.start_span(name, kind=SpanKind.CLIENT, attributes=attributes)
    with trace.use_span(
        begun, end_on_exit=True, record_exception=False, set_status_on_exception=False
    ):
        try:
            yield
        except failure as error:
            mark_failed(begun, type(error).__qualname__)
            raise


def mark_failed(current: Span, kind: str) -> None:
    """Have the span count as failed, and its trace be sent; `kind` is one of few."""
    current.set_status(StatusCode.ERROR)
    current.set_attribute("error.type", kind)
