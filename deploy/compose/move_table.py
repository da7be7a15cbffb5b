"""Copies recipients, preferences and deliveries from the emulator on this host to the table on AWS.

May be repeated: an item takes the place of the one with its key.
"""

import os
from typing import Any

import boto3
from botocore.config import Config

_CONFIG = Config(
    connect_timeout=5, read_timeout=60, retries={"mode": "standard", "total_max_attempts": 5}
)
_ANY = "local"
"""The emulator takes any credentials."""


def table(name: str, endpoint_url: str, **credentials: str) -> Any:
    """A table at `endpoint_url`; on AWS if that is empty, with the credentials found there."""
    resource = boto3.resource(
        "dynamodb",
        endpoint_url=endpoint_url or None,
        region_name=os.environ["AWS_REGION"],
        config=_CONFIG,
        **credentials,
    )
    return resource.Table(name)


def copy(here: Any, there: Any) -> int:
    """Copy every item; returns how many there were."""
    count = 0
    with there.batch_writer() as batch:
        for page in here.meta.client.get_paginator("scan").paginate(TableName=here.name):
            for item in page["Items"]:
                batch.put_item(Item=item)
            count += len(page["Items"])
    return count


def main() -> None:
    """Copy the whole table."""
    here = table(
        os.environ["LOCAL_NOTIFY_TABLE"],
        os.environ["LOCAL_DYNAMODB_ENDPOINT_URL"],
        aws_access_key_id=_ANY,
        aws_secret_access_key=_ANY,
    )
    there = table(os.environ["NOTIFY_TABLE"], os.environ["DYNAMODB_ENDPOINT_URL"])
    print(copy(here, there), "items")


if __name__ == "__main__":
    main()
