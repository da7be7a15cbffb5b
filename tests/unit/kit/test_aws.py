"""The client of AWS's services."""

import pytest
from fotograma_kit.aws import AwsClient
from fotograma_kit.settings import AwsSettings


async def test_each_client_signs_with_the_credentials_that_were_there_when_it_was_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for key in ("first", "second"):
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", key)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        async with AwsClient("s3", AwsSettings(), "http://127.0.0.1:9") as client:
            url = client.boto3.generate_presigned_url("get_object", {"Bucket": "b", "Key": "k"})
        assert f"X-Amz-Credential={key}%2F" in url
