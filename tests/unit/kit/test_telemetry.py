"""Which traces are sampled, and what every span of a process says of it."""

import socket
from contextlib import suppress
from importlib import metadata

import pytest
from fotograma_kit import telemetry
from fotograma_kit.settings import TelemetrySettings
from fotograma_kit.telemetry import configure_tracing
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode


@pytest.fixture
def providers(monkeypatch: pytest.MonkeyPatch) -> list[TracerProvider]:
    """Those that a process would have."""
    made: list[TracerProvider] = []
    monkeypatch.setattr(trace, "set_tracer_provider", made.append)
    return made


def test_share_and_attributes_are_those_of_the_environment(
    providers: list[TracerProvider], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "parentbased_traceidratio")
    monkeypatch.setenv("OTEL_TRACES_SAMPLER_ARG", "0.25")
    monkeypatch.setenv(
        "OTEL_RESOURCE_ATTRIBUTES", "service.version=1.2,deployment.environment.name=test"
    )
    settings = TelemetrySettings(otel_exporter_otlp_endpoint="http://127.0.0.1:9")
    configure_tracing(settings, "video-background")
    (provider,) = providers
    provider.shutdown()
    assert "root:TraceIdRatioBased{0.25}" in provider.sampler.get_description()
    assert (
        provider.resource.attributes.items()
        >= {
            "service.name": "video-background",
            "service.version": "1.2",
            "deployment.environment.name": "test",
            "host.name": socket.gethostname(),
        }.items()
    )


@pytest.mark.parametrize(
    ("service", "job"), [("video", "video"), ("video-background", "video"), ("worker", "worker")]
)
def test_spans_say_which_release_and_job_they_are_of(
    providers: list[TracerProvider], service: str, job: str
) -> None:
    configure_tracing(TelemetrySettings(otel_exporter_otlp_endpoint="http://127.0.0.1:9"), service)
    (provider,) = providers
    provider.shutdown()
    attributes = provider.resource.attributes
    assert attributes["service.name"] == service
    assert attributes["service.version"] == metadata.version("fotograma-kit")
    assert attributes["fotograma.job"] == job


def test_call_is_a_span_only_below_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """An idle poll would be a trace of its own."""
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(telemetry, "tracer", provider.get_tracer("test"))
    with telemetry.call("an idle poll", {}):
        pass
    assert exporter.get_finished_spans() == ()
    with telemetry.span("a message", SpanKind.CONSUMER), telemetry.call("a query", {"a": "b"}):
        pass
    query, message = exporter.get_finished_spans()
    assert (query.name, dict(query.attributes or {})) == ("a query", {"a": "b"})
    assert (query.parent, message.name) == (message.context, "a message")


@pytest.mark.parametrize(("error", "is_failure"), [(KeyError(), True), (ValueError(), False)])
def test_call_fails_by_what_counts_as_its_failure(
    monkeypatch: pytest.MonkeyPatch, error: Exception, *, is_failure: bool
) -> None:
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(telemetry, "tracer", provider.get_tracer("test"))
    with (
        telemetry.span("a message", SpanKind.CONSUMER),
        suppress(type(error)),
        telemetry.call("a query", {}, failure=KeyError),
    ):
        raise error
    query, _ = exporter.get_finished_spans()
    assert (query.status.status_code is StatusCode.ERROR) is is_failure
    assert ("error.type" in (query.attributes or {})) is is_failure


def test_without_an_endpoint_nothing_is_traced(providers: list[TracerProvider]) -> None:
    configure_tracing(TelemetrySettings(), "video")
    assert providers == []
