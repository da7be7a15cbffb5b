"""One trace leads from the upload's request through every message to the mail."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from fixtures.clips import make_clip
from fixtures.in_process import run_in_process
from fixtures.product import PASSWORD, Json, Product, answered, found_within
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

pytestmark = pytest.mark.middle

REQUEST = "POST /video"
MESSAGES = (
    "extraction.plan",
    "extraction.planned",
    "segment.extract_short",
    "segment.extracted",
    "archive.assemble",
    "archive.assembled",
    "video.processed",
)
WAY = {
    REQUEST,
    "s3 create_multipart_upload",
    "s3 upload_part",
    "s3 complete_multipart_upload",
    "publish video.uploaded",
    *(f"{what} {message}" for message in MESSAGES for what in ("publish", "process")),
    "sqs send_message",
    "process mail",
    "send mail",
    "sesv2 send_email",
}
"""The spans of an upload that every upload has."""
BACK_FROM_THE_MAIL = [
    "sesv2 send_email",
    "send mail",
    "process mail",
    "process video.processed",
    "publish video.processed",
    "process archive.assembled",
    "publish archive.assembled",
    "process archive.assemble",
    "publish archive.assemble",
    REQUEST,
]
"""Each below one that follows, perhaps with others between."""


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    """The spans that end in this process while the test runs.

    A process has one tracer provider for good; a test only listens to it for a while.
    """
    provider = trace.get_tracer_provider()
    if not isinstance(provider, TracerProvider):
        provider = TracerProvider()
        trace.set_tracer_provider(provider)
    exporter = InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    yield exporter
    exporter.shutdown()


async def test_trace_leads_from_the_upload_to_the_mail(
    product: Product, spans: InMemorySpanExporter, tmp_path: Path
) -> None:
    clip = make_clip(tmp_path / "clip.mp4", seconds=2)
    email = f"{uuid4().hex}@example.org"

    async def mailed(count: int) -> list[Json]:
        async def look() -> list[Json]:
            mails = [mail for mail in product.stack.aws.mailbox() if email in mail["To"]]
            return mails if len(mails) >= count else []

        return await found_within(30, look, f"{count} mails")

    async with run_in_process(product.stack) as here:
        async with httpx.AsyncClient(timeout=30, trust_env=False) as http:
            account = {"email": email, "password": PASSWORD}
            answered(await http.post(f"{here.auth_url}/auth/register", json=account), 201)
            [token] = re.findall(r"/#/verify/([\w-]+)", (await mailed(1))[0]["BodyText"])
            answer = await http.post(f"{here.auth_url}/auth/verify", json={"token": token})
            assert answer.status_code == 204, answer.text
            tokens = answered(await http.post(f"{here.auth_url}/auth/login", json=account), 200)
            http.headers["Authorization"] = f"Bearer {tokens['access_token']}"
            form = {"file": ("clip.mp4", clip.read_bytes())}
            answered(await http.post(f"{here.video_url}/video", files=form), 201)

        assert len(await mailed(2)) == 2

    # The mail that confirms the address has a trace of its own, which begins by registering.
    (upload,) = (span for span in spans.get_finished_spans() if span.name == REQUEST)
    of_the_way = [
        span
        for span in spans.get_finished_spans()
        if span.name in WAY and trace_id(span) == trace_id(upload)
    ]
    assert {span.name for span in of_the_way} == WAY
    by_id = {span_id(span): span for span in spans.get_finished_spans()}
    (sent,) = (span for span in of_the_way if span.name == "sesv2 send_email")
    names = [span.name for span in ancestry(sent, by_id)]
    assert [name for name in names if name in BACK_FROM_THE_MAIL] == BACK_FROM_THE_MAIL


def trace_id(span: ReadableSpan) -> int:
    """Of the trace that the span belongs to."""
    assert span.context is not None
    return int(span.context.trace_id)


def span_id(span: ReadableSpan) -> int:
    """The span's own."""
    assert span.context is not None
    return int(span.context.span_id)


def ancestry(span: ReadableSpan, by_id: Mapping[int, ReadableSpan]) -> Iterator[ReadableSpan]:
    """The span, and all those above it."""
    yield span
    while span.parent is not None:
        span = by_id[span.parent.span_id]
        yield span
