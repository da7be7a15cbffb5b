"""The notify service over real DynamoDB, SQS, SES and RabbitMQ protocols."""

from collections.abc import AsyncIterator

import pytest
from fixtures.notify_stack import Proxy, Stack
from fixtures.servers import fresh_name
from fotograma_local.aws import Aws
from fotograma_local.ports import free_ports
from fotograma_local.provision import create_mail_identity, create_queue
from fotograma_notify.settings import NotifySettings
from pydantic import SecretStr

SENDER = "Fotograma <no-reply@fotograma.test>"


@pytest.fixture
def notify_settings(aws: Aws, table: str, rabbitmq_url: str) -> NotifySettings:
    """Everything empty and of this test's own, with times short enough to wait for."""
    create_mail_identity(aws, SENDER)
    return NotifySettings(
        rabbitmq_url=SecretStr(rabbitmq_url),
        retry_delays_seconds=(0.3,),
        drain_seconds=5,
        jwks_url="http://127.0.0.1:9/",
        public_url="https://fotograma.example",
        dynamodb_endpoint_url=aws.endpoint_url,
        sqs_endpoint_url=aws.endpoint_url,
        ses_endpoint_url=aws.endpoint_url,
        aws_region=aws.region,
        aws_connect_seconds=1,
        aws_read_seconds=2,
        notify_table=table,
        notify_mail_queue_url=create_queue(aws, fresh_name("mail")),
        notify_feedback_queue_url=create_queue(aws, fresh_name("feedback")),
        notify_sender=SENDER,
        notify_poll_seconds=1,
        notify_lease_seconds=4,
        notify_visibility_seconds=9,
        notify_retry_seconds=1,
    )


@pytest.fixture
async def stack(notify_settings: NotifySettings, aws: Aws) -> AsyncIterator[Stack]:
    async with Stack.open(notify_settings, aws) as stack:
        yield stack


@pytest.fixture
async def ses_proxy(aws: Aws) -> AsyncIterator[Proxy]:
    """Not started: until a test starts it, nobody listens there."""
    proxy = Proxy(aws.endpoint_url, free_ports(1)[0])
    yield proxy
    await proxy.stop()
