"""Traces are shown as trees, as soon as nothing more comes of them."""

import asyncio
from io import StringIO

from fixtures.deadlines import until
from fotograma_local.traces import TraceReceiver
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import StatusCode
from rich.console import Console


async def test_what_processes_send_is_shown_as_a_tree() -> None:
    shown = StringIO()
    console = Console(file=shown, width=80)
    async with TraceReceiver(console.print, quiet_seconds=0.2).running() as endpoint:
        provider = TracerProvider(resource=Resource({"service.name": "video"}))
        exporter = OTLPSpanExporter(endpoint=f"{endpoint}/v1/traces")
        provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=20))
        tracer = provider.get_tracer("test")
        with tracer.start_as_current_span("POST /video"):
            with tracer.start_as_current_span("transaction video"):
                pass
            with tracer.start_as_current_span("publish extraction.plan") as failed:
                failed.set_status(StatusCode.ERROR)
        await until(lambda: "publish" in shown.getvalue())
        await asyncio.to_thread(provider.shutdown)
    title, request, transaction, publish = shown.getvalue().splitlines()
    assert title.startswith("trace ")
    assert request.startswith("└── POST /video video, ")
    assert transaction.startswith("    ├── transaction video video, ")
    assert publish.startswith("    └── publish extraction.plan video, ")
    assert publish.endswith(" failed")
    assert request.endswith(" ms")


async def test_spans_whose_parent_was_not_sent_are_shown_too() -> None:
    shown = StringIO()
    console = Console(file=shown, width=80)
    async with TraceReceiver(console.print).running() as endpoint:
        provider = TracerProvider(resource=Resource({"service.name": "worker"}))
        exporter = OTLPSpanExporter(endpoint=f"{endpoint}/v1/traces")
        provider.add_span_processor(BatchSpanProcessor(exporter))
        tracer = provider.get_tracer("test")
        above = tracer.start_span("never ends")
        with trace.use_span(above), tracer.start_as_current_span("process segment.extract"):
            pass
        await asyncio.to_thread(provider.shutdown)
    assert "└── process segment.extract worker" in shown.getvalue()
