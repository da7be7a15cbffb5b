"""One trace leads from the event to the mail."""

import pytest
from fixtures.notify_stack import Stack, User
from fotograma_kit import telemetry
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind


async def test_one_trace_leads_to_the_mail(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(telemetry, "tracer", provider.get_tracer("test"))

    ana = User()
    async with stack.background():
        await stack.publish(ana.registered())
        with telemetry.span("upload", SpanKind.SERVER) as upload:
            await stack.publish(ana.processed())
        await stack.until_mailed(ana)
        await stack.until_statuses(ana, "sent")
        await stack.until_queue_is_empty(stack.settings.notify_mail_queue_url)

    trace_id = upload.get_span_context().trace_id
    spans = {
        span.name: span
        for span in exporter.get_finished_spans()
        if span.context is not None and span.context.trace_id == trace_id
    }
    way = (
        "publish video.processed",
        "process video.processed",
        "send SQS message",
        "sqs send_message",
        "process mail",
        "send mail",
        "sesv2 send_email",
    )
    assert set(way) <= set(spans)
    for above, below in (("process mail", "send mail"), ("send mail", "sesv2 send_email")):
        parent, context = spans[below].parent, spans[above].context
        assert parent is not None
        assert context is not None
        assert parent.span_id == context.span_id
