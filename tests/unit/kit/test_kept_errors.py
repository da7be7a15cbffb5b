"""Which spans are sent: those of sampled traces, and what went wrong in others."""

from collections.abc import Iterator

import pytest
from fotograma_kit import kept_errors
from fotograma_kit.kept_errors import MAX_SPANS, KeptErrors
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import (
    ALWAYS_OFF,
    ALWAYS_ON,
    AlwaysRecordSampler,
    ParentBased,
    Sampler,
)
from opentelemetry.trace import Status, StatusCode, Tracer

FAILED = Status(StatusCode.ERROR)


class Process:
    """One that traces by a sampler."""

    def __init__(self, sampler: Sampler) -> None:
        self.exporter = InMemorySpanExporter()
        self.provider = TracerProvider(sampler=AlwaysRecordSampler(ParentBased(sampler)))
        self.provider.add_span_processor(KeptErrors(self.exporter))

    @property
    def tracer(self) -> Tracer:
        return self.provider.get_tracer("test")

    def sent(self) -> list[str]:
        """The names of the spans that were sent."""
        self.provider.force_flush()
        return [span.name for span in self.exporter.get_finished_spans()]


@pytest.fixture
def unsampled() -> Iterator[Process]:
    process = Process(ALWAYS_OFF)
    yield process
    process.provider.shutdown()


def test_sampled_trace_is_sent_however_it_ends() -> None:
    process = Process(ALWAYS_ON)
    tracer = process.tracer
    with tracer.start_as_current_span("request"), tracer.start_as_current_span("query"):
        pass
    assert process.sent() == ["query", "request"]
    process.provider.shutdown()


def test_trace_that_is_not_sampled_is_sent_as_a_whole_once_something_failed(
    unsampled: Process,
) -> None:
    tracer = unsampled.tracer
    with tracer.start_as_current_span("request") as request:
        with tracer.start_as_current_span("before"):
            pass
        with tracer.start_as_current_span("query") as query:
            query.set_status(FAILED)
        with tracer.start_as_current_span("after"):
            pass
    assert unsampled.sent() == ["before", "query", "after", "request"]
    spans = unsampled.exporter.get_finished_spans()
    assert {span.context.trace_id for span in spans if span.context} == {
        request.get_span_context().trace_id
    }
    assert all(span.context and span.context.trace_flags.sampled for span in spans)


def test_trace_that_ends_well_is_not_sent_unless_it_is_sampled(unsampled: Process) -> None:
    tracer = unsampled.tracer
    with tracer.start_as_current_span("request"), tracer.start_as_current_span("query"):
        pass
    assert unsampled.sent() == []
    assert not tracer.start_span("a message").get_span_context().trace_flags.sampled


def test_no_more_is_kept_than_there_is_room_for(
    unsampled: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_errors, "MAX_TRACES", 2)
    tracer = unsampled.tracer
    requests = [tracer.start_span(f"request {number}") for number in range(3)]
    for request in requests:
        with trace.use_span(request), tracer.start_as_current_span("query"):
            pass
    for request in requests:
        request.set_status(FAILED)
        request.end()
    assert unsampled.sent() == ["request 0", "query", "request 1", "query", "request 2"]

    with tracer.start_as_current_span("long") as long:
        for _ in range(MAX_SPANS + 5):
            tracer.start_span("query").end()
        long.set_status(FAILED)
    assert len(unsampled.sent()) == 5 + MAX_SPANS + 1
