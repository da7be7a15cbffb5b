"""What SES is asked, and what its answers mean for a mail that must not be sent twice."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ReadTimeoutError,
)
from botocore.stub import Stubber
from fotograma_kit.aws import AwsClient
from fotograma_kit.settings import AwsSettings
from fotograma_notify.domain import DeliveryKey
from fotograma_notify.errors import MailerUnavailable, MailRefused, MailUncertain
from fotograma_notify.ports import RenderedMail
from fotograma_notify.ses import SesMailer

URL = "http://127.0.0.1:9"
LETTER = RenderedMail(
    "Pronto: férias.mp4", "texto", "<p>texto</p>", "https://fotograma.example/#/p"
)
KEY = DeliveryKey(UUID(int=1), UUID(int=2))


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> AwsClient:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "of-a-test")
    return AwsClient("sesv2", AwsSettings(), URL, attempts=1)


@pytest.fixture
def ses(client: AwsClient) -> Iterator[Any]:
    with Stubber(client.boto3) as stubber:
        yield stubber


async def send(client: AwsClient, configuration_set: str | None = None) -> str:
    async with client:
        mailer = SesMailer(client, "Fotograma <no-reply@fotograma.example>", configuration_set)
        return await mailer.send("ana@example.com", LETTER, KEY)


async def test_mail_is_whole(client: AwsClient, ses: Any) -> None:
    expected = {
        "FromEmailAddress": "Fotograma <no-reply@fotograma.example>",
        "Destination": {"ToAddresses": ["ana@example.com"]},
        "Content": {
            "Simple": {
                "Subject": {"Data": LETTER.subject, "Charset": "UTF-8"},
                "Body": {
                    "Text": {"Data": LETTER.text, "Charset": "UTF-8"},
                    "Html": {"Data": LETTER.html, "Charset": "UTF-8"},
                },
                "Headers": [
                    {"Name": "List-Unsubscribe", "Value": f"<{LETTER.unsubscribe_url}>"},
                    {"Name": "Auto-Submitted", "Value": "auto-generated"},
                ],
            }
        },
        "EmailTags": [
            {"Name": "user_id", "Value": str(KEY.user_id)},
            {"Name": "delivery_id", "Value": str(KEY.delivery_id)},
        ],
        "ConfigurationSetName": "fotograma",
    }
    ses.add_response("send_email", {"MessageId": "0100"}, expected)
    assert await send(client, "fotograma") == "0100"


@pytest.mark.parametrize(
    ("code", "status", "meaning"),
    [
        ("MessageRejected", 400, MailRefused),
        ("BadRequestException", 400, MailRefused),
        ("TooManyRequestsException", 429, MailerUnavailable),
        ("Throttling", 400, MailerUnavailable),
        ("LimitExceededException", 400, MailerUnavailable),
        ("SendingPausedException", 400, MailerUnavailable),
        ("AccountSuspendedException", 400, MailerUnavailable),
        ("MailFromDomainNotVerifiedException", 400, MailerUnavailable),
        ("NotFoundException", 404, MailerUnavailable),
        ("AccessDeniedException", 403, MailerUnavailable),
        ("ServiceUnavailable", 503, MailerUnavailable),
        ("InternalFailure", 500, MailUncertain),
        ("GatewayTimeout", 504, MailUncertain),
    ],
)
async def test_ses_refusals_map_to_mailer_errors(
    client: AwsClient, ses: Any, code: str, status: int, meaning: type[Exception]
) -> None:
    ses.add_client_error("send_email", code, http_status_code=status)
    with pytest.raises(meaning):
        await send(client)


@pytest.mark.parametrize(
    ("error", "meaning"),
    [
        (EndpointConnectionError(endpoint_url=URL), MailerUnavailable),
        (ConnectTimeoutError(endpoint_url=URL), MailerUnavailable),
        (NoCredentialsError(), MailerUnavailable),
        (ReadTimeoutError(endpoint_url=URL), MailUncertain),
        (ConnectionClosedError(endpoint_url=URL), MailUncertain),
    ],
)
async def test_lost_connections_map_to_mailer_errors(
    client: AwsClient,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    meaning: type[Exception],
) -> None:
    def fail(**_parameters: Any) -> None:
        raise error

    monkeypatch.setattr(client.boto3, "send_email", fail)
    with pytest.raises(meaning):
        await send(client)


async def test_refused_connection_is_unavailable_and_not_uncertain(client: AwsClient) -> None:
    with pytest.raises(MailerUnavailable):
        await send(client)
