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
from opentelemetry.trace import StatusCode

pytestmark = pytest.mark.middle

REQUEST = "POST /video"
MESSAGES = (
    "extraction.plan",
    "extraction.planned",
    "segment.extract_short",
    "segment.extracted",
    "video.processed",
)
WAY = {
    REQUEST,
    "transaction",
    "s3 create_multipart_upload",
    "s3 upload_part",
    "s3 complete_multipart_upload",
    "publish video.uploaded",
    *(f"{what} {message}" for message in MESSAGES for what in ("publish", "process")),
    "dynamodb get_item",
    "send SQS message",
    "sqs send_message",
    "process mail",
    "send mail",
    "sesv2 send_email",
}
"""The spans of an upload of one segment that every one has. (Transactions say their database.)"""
EDGES = {
    ("publish video.uploaded", REQUEST),
    ("publish extraction.plan", REQUEST),
    ("process extraction.plan", "publish extraction.plan"),
    ("publish extraction.planned", "process extraction.plan"),
    ("process extraction.planned", "publish extraction.planned"),
    ("publish segment.extract_short", REQUEST),
    ("process segment.extract_short", "publish segment.extract_short"),
    ("publish segment.extracted", "process segment.extract_short"),
    ("process segment.extracted", "publish segment.extracted"),
    ("publish video.processed", "process segment.extracted"),
    ("process video.processed", "publish video.processed"),
    ("send SQS message", "process video.processed"),
    ("process mail", "send SQS message"),
    ("send mail", "process mail"),
    ("sesv2 send_email", "send mail"),
}
"""From each to the one right above it, or above the transaction that stored the message."""


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
            uploaded = await http.post(f"{here.video_url}/video", files=form)
            video_id = answered(uploaded, 201)["id"]
            request_id = uploaded.headers["X-Request-ID"]

        assert len(await mailed(2)) == 2

    # The mail that confirms the address has a trace of its own, which begins by registering.
    (upload,) = (span for span in spans.get_finished_spans() if span.name == REQUEST)
    of_upload = [each for each in spans.get_finished_spans() if trace_id(each) == trace_id(upload)]
    assert WAY - {short_name(span) for span in of_upload} == set()
    by_id = {span_id(span): span for span in of_upload}
    edges = {(span.name, above(span, by_id)) for span in of_upload if span.parent is not None}
    assert EDGES - edges == set(), sorted(edges)
    assert [span.name for span in of_upload if span.parent is None] == [REQUEST]
    assert [span.name for span in of_upload if span.status.status_code is StatusCode.ERROR] == []
    assert_attributes(of_upload, request_id, video_id)


SAID: dict[str, dict[str, object]] = {
    "transaction": {"db.system.name": "postgresql"},
    "dynamodb get_item": {"db.system.name": "aws.dynamodb", "rpc.method": "DynamoDB/GetItem"},
    "s3 upload_part": {"rpc.system.name": "aws-api", "rpc.method": "S3/UploadPart"},
    "send SQS message": {"messaging.system": "aws_sqs", "messaging.operation.name": "send"},
    "process mail": {"messaging.system": "aws_sqs", "messaging.operation.name": "process"},
    "sesv2 send_email": {"rpc.method": "SESv2/SendEmail"},
    REQUEST: {"http.route": "/video", "http.response.status_code": 201},
}
"""What spans must say, by the semantic conventions of what they call."""


def assert_attributes(spans: list[ReadableSpan], request_id: str, video_id: str) -> None:
    """What the conventions, and those who search, want to be told."""
    for span in spans:
        name, told = short_name(span), dict(span.attributes or {})
        assert told.items() >= SAID.get(name, {}).items()
        operation, _, message = name.partition(" ")
        if message in MESSAGES:
            assert told["messaging.system"] == "rabbitmq"
            assert told["messaging.rabbitmq.destination.routing_key"] == message
            assert told["messaging.message.conversation_id"] == request_id
            assert told["messaging.operation.name"] == operation
            assert operation == "publish" or "fotograma.extraction_id" in told
        if name in {"process extraction.plan", "process segment.extract_short"}:
            assert told["fotograma.video_id"] == video_id


def above(span: ReadableSpan, by_id: Mapping[int, ReadableSpan]) -> str:
    """The name of the span that the span follows from."""
    assert span.parent is not None
    parent = by_id[span.parent.span_id]
    return above(parent, by_id) if short_name(parent) == "transaction" else parent.name


def short_name(span: ReadableSpan) -> str:
    """Its name; databases here have names of their own."""
    return "transaction" if span.name.startswith("transaction ") else span.name


def trace_id(span: ReadableSpan) -> int:
    """Of the trace that the span belongs to."""
    assert span.context is not None
    return int(span.context.trace_id)


def span_id(span: ReadableSpan) -> int:
    """The span's own."""
    assert span.context is not None
    return int(span.context.span_id)
