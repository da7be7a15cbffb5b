"""Sends the traces that are sampled, and of the others what went wrong.

Whether a trace is sampled is decided where it begins, when nobody knows how it will end. So the
spans that a process has of the others are kept until the last of them ends, which is the first that
it began; if one of them failed, they are all sent. What other processes have of such a trace is
sent only if it failed there as well.
"""

from collections import OrderedDict

from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import SpanContext, StatusCode, TraceFlags

MAX_TRACES = 1_000
"""Under way at once; then the oldest is let go."""
MAX_SPANS = 200
"""Of one trace; more are let go."""


class KeptErrors(SpanProcessor):
    """Passes spans on to `exporter` in batches."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._batches = BatchSpanProcessor(exporter)
        self._kept: OrderedDict[int, list[ReadableSpan]] = OrderedDict()

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Nothing is done until it ends."""

    def on_end(self, span: ReadableSpan) -> None:
        """Send the span, keep it, or send all that were kept before it."""
        context = span.context
        if context is None:
            return
        if context.trace_flags.sampled:
            self._batches.on_end(span)
        elif not self._is_first(span):
            self._keep(context.trace_id, span)
        else:
            spans = [*self._kept.pop(context.trace_id, ()), span]
            if any(each.status.status_code is StatusCode.ERROR for each in spans):
                for each in spans:
                    self._batches.on_end(_sampled(each))

    def _is_first(self, span: ReadableSpan) -> bool:
        return span.parent is None or span.parent.is_remote

    def _keep(self, trace_id: int, span: ReadableSpan) -> None:
        spans = self._kept.setdefault(trace_id, [])
        if len(spans) < MAX_SPANS:
            spans.append(span)
        if len(self._kept) > MAX_TRACES:
            self._kept.popitem(last=False)

    def shutdown(self) -> None:
        """Send what waits, and nothing more."""
        self._batches.shutdown()  # type: ignore[no-untyped-call]

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Send what waits; returns whether that was done in time."""
        return self._batches.force_flush(timeout_millis)


def _sampled(span: ReadableSpan) -> ReadableSpan:
    """The same span, as one that is sent."""
    context = span.context
    assert context is not None  # noqa: S101 - it has ended
    return ReadableSpan(
        name=span.name,
        context=SpanContext(
            context.trace_id,
            context.span_id,
            is_remote=False,
            trace_flags=TraceFlags(context.trace_flags | TraceFlags.SAMPLED),
            trace_state=context.trace_state,
        ),
        parent=span.parent,
        resource=span.resource,
        attributes=span.attributes,
        events=span.events,
        links=span.links,
        kind=span.kind,
        instrumentation_scope=span.instrumentation_scope,
        status=span.status,
        start_time=span.start_time,
        end_time=span.end_time,
    )
