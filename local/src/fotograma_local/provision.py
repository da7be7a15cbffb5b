"""What the services find on AWS: bucket, queues, table and mail identity. Idempotent.

The counterpart of what Terraform makes in an AWS account.
"""

import json
from collections.abc import Sequence
from typing import Any

from botocore.exceptions import ClientError
from fotograma_notify.dynamodb.shape import TABLE_SCHEMA, TIME_TO_LIVE

from fotograma_local.aws import Aws

MAX_RECEIVE_COUNT = 5
"""How often a message of SQS is tried before it goes to the dead-letter queue."""
ABORT_UPLOADS_DAYS = 7
"""After which S3 drops the parts of an upload that nobody finished. The product does so earlier, by
`VIDEO_DIRECT_UPLOAD_SECONDS`. SeaweedFS notes the rule, but runs nothing that heeds it."""
_DEAD_LETTER_SECONDS = 14 * 24 * 3600


def create_bucket(aws: Aws, name: str, allowed_origins: Sequence[str]) -> None:
    """A bucket that pages of `allowed_origins` may upload to and download from, and its rules."""
    s3 = aws.client("s3")
    if not _exists(lambda: s3.head_bucket(Bucket=name)):
        s3.create_bucket(Bucket=name)
    s3.put_bucket_cors(
        Bucket=name,
        CORSConfiguration={
            "CORSRules": [
                {
                    "AllowedOrigins": list(allowed_origins),
                    "AllowedMethods": ["GET", "HEAD", "PUT"],
                    "AllowedHeaders": ["*"],
                    # What a browser must read of an uploaded part to complete the upload.
                    "ExposeHeaders": ["ETag"],
                    "MaxAgeSeconds": 3600,
                }
            ]
        },
    )
    s3.put_bucket_lifecycle_configuration(
        Bucket=name,
        LifecycleConfiguration={
            "Rules": [
                {
                    "ID": "uploads-nobody-finished",
                    "Status": "Enabled",
                    "Filter": {"Prefix": ""},
                    "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": ABORT_UPLOADS_DAYS},
                }
            ]
        },
    )


def create_queue(aws: Aws, name: str) -> str:
    """A queue and its dead-letter queue (`<name>-dlq`); returns the queue's URL."""
    sqs = aws.client("sqs")
    dead = sqs.create_queue(
        QueueName=f"{name}-dlq",
        Attributes={"MessageRetentionPeriod": str(_DEAD_LETTER_SECONDS)},
    )["QueueUrl"]
    dead_arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])
    redrive = {
        "deadLetterTargetArn": dead_arn["Attributes"]["QueueArn"],
        "maxReceiveCount": str(MAX_RECEIVE_COUNT),
    }
    queue = sqs.create_queue(QueueName=name)["QueueUrl"]
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"RedrivePolicy": json.dumps(redrive)})
    return str(queue)


def create_table(aws: Aws, name: str) -> None:
    """The notify service's table."""
    dynamodb = aws.client("dynamodb")
    if not _exists(lambda: dynamodb.describe_table(TableName=name)):
        dynamodb.create_table(TableName=name, **TABLE_SCHEMA)
        dynamodb.get_waiter("table_exists").wait(TableName=name)
    expiry = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    if expiry["TimeToLiveStatus"] == "DISABLED":
        dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification=TIME_TO_LIVE)


def create_mail_identity(aws: Aws, address: str) -> None:
    """The identity that `address` sends as: its domain."""
    domain = address.rsplit("@", 1)[-1].rstrip(">")
    ses = aws.client("sesv2")
    if not _exists(lambda: ses.get_email_identity(EmailIdentity=domain)):
        ses.create_email_identity(EmailIdentity=domain)


def _exists(look: Any) -> bool:
    try:
        look()
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] in {400, 404}:
            return False
        raise
    return True
