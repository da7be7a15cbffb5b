"""Makes what the services find on AWS: bucket, queues, table and mail identity. Idempotent.

What has no endpoint of its own is on AWS, where it is made otherwise, and is left alone.
"""

import json
import os
from collections.abc import Sequence
from configparser import ConfigParser

from fotograma_local import provision
from fotograma_local.aws import Aws


def store(endpoint_url: str) -> Aws:
    """The S3 server, for the user who may make buckets."""
    file = ConfigParser(interpolation=None)
    file.read(os.environ["AWS_SHARED_CREDENTIALS_FILE"])
    return Aws(
        endpoint_url,
        region=os.environ["AWS_REGION"],
        access_key_id=file["default"]["aws_access_key_id"],
        secret_access_key=file["default"]["aws_secret_access_key"],
    )


def main() -> None:
    """Make all of it."""
    if endpoint_url := os.environ.get("S3_ENDPOINT_URL"):
        origins = [os.environ["PUBLIC_URL"], *json.loads(os.environ.get("ALLOWED_ORIGINS") or "[]")]
        provision.create_bucket(store(endpoint_url), os.environ["S3_BUCKET"], origins)
    if endpoint_url := os.environ.get("SQS_ENDPOINT_URL"):
        aws = Aws(endpoint_url, region=os.environ["AWS_REGION"])
        for name in ("NOTIFY_MAIL_QUEUE_URL", "NOTIFY_FEEDBACK_QUEUE_URL"):
            provision.create_queue(aws, os.environ[name].rsplit("/", 1)[-1])
        provision.create_table(aws, os.environ["NOTIFY_TABLE"])
        provision.create_mail_identity(aws, os.environ["NOTIFY_SENDER"])
    if endpoint_url := os.environ.get("TELEMETRY_S3_ENDPOINT_URL"):
        buckets = json.loads(os.environ.get("TELEMETRY_BUCKETS") or "[]")
        create_private_buckets(store(endpoint_url), buckets)


def create_private_buckets(aws: Aws, names: Sequence[str]) -> None:
    """Buckets that no page of a browser reaches."""
    s3 = aws.client("s3")
    existing = {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}
    for name in names:
        if name not in existing:
            s3.create_bucket(Bucket=name)


if __name__ == "__main__":
    main()
