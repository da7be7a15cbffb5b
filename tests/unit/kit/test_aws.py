"""The client of AWS's services."""

from collections.abc import Callable

import pytest
from botocore.exceptions import ClientError
from fotograma_kit.aws import AwsClient, AwsRefused, AwsUnavailable
from fotograma_kit.settings import AwsSettings
from prometheus_client import REGISTRY


async def test_each_client_signs_with_the_credentials_that_were_there_when_it_was_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for key in ("first", "second"):
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", key)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        async with AwsClient("s3", AwsSettings(), "http://127.0.0.1:9") as client:
            url = client.boto3.generate_presigned_url("get_object", {"Bucket": "b", "Key": "k"})
        assert f"X-Amz-Credential={key}%2F" in url


def refuse(code: str, status: int) -> Callable[[], None]:
    """A call that a service refuses."""

    def call() -> None:
        raise ClientError(
            {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}, "PutItem"
        )

    return call


async def test_throttled_calls_are_counted_from_zero_on() -> None:
    def counted() -> float | None:
        labels = {"aws_service": "dynamodb"}
        return REGISTRY.get_sample_value("fotograma_aws_throttled_total", labels)

    async with AwsClient("dynamodb", AwsSettings(), "http://127.0.0.1:9") as client:
        before = counted()
        assert before is not None
        with pytest.raises(AwsRefused):
            await client.run(refuse("ConditionalCheckFailedException", 400))
        assert counted() == before
        with pytest.raises(AwsUnavailable):
            await client.run(refuse("ProvisionedThroughputExceededException", 400))
        assert counted() == before + 1
