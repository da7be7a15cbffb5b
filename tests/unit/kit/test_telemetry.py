"""Which traces are sampled, and what every span of a process says of it."""

import pytest
from fotograma_kit.settings import TelemetrySettings
from fotograma_kit.telemetry import configure_tracing
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider


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
    configure_tracing(settings, "video background")
    (provider,) = providers
    provider.shutdown()
    assert "root:TraceIdRatioBased{0.25}" in provider.sampler.get_description()
    assert (
        provider.resource.attributes.items()
        >= {
            "service.name": "video background",
            "service.version": "1.2",
            "deployment.environment.name": "test",
        }.items()
    )


def test_without_an_endpoint_nothing_is_traced(providers: list[TracerProvider]) -> None:
    configure_tracing(TelemetrySettings(), "video")
    assert providers == []
