"""Copies every object from the S3 server of this host to the bucket on AWS. May be repeated.

Workers read a source only while it has the ETag that the video service noted. A copy may be cut
into other parts and have another one, so what each source is called now is noted in the end.
"""

import asyncio
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.session import Session

SOURCES = "sources/"
_DATABASE_SECONDS = 60.0
_CONFIG = Config(
    connect_timeout=5,
    read_timeout=60,
    retries={"mode": "standard", "total_max_attempts": 5},
    signature_version="s3v4",
)


@dataclass(frozen=True)
class Bucket:
    """A bucket, and the client that may enter it."""

    s3: Any
    name: str

    @classmethod
    def of(cls, name: str, credentials_file: str, endpoint_url: str) -> "Bucket":
        """A bucket at `endpoint_url`; on AWS if that is empty."""
        session = Session()
        session.set_config_variable("credentials_file", credentials_file)
        session.set_config_variable("region", os.environ["AWS_REGION"])
        boto = boto3.Session(botocore_session=session)
        return cls(boto.client("s3", endpoint_url=endpoint_url or None, config=_CONFIG), name)

    def sizes(self) -> Iterator[tuple[str, int]]:
        """Every key, and its bytes."""
        for page in self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.name):
            for found in page.get("Contents", []):
                yield found["Key"], found["Size"]

    def look(self, key: str) -> Mapping[str, Any] | None:
        """What S3 says of an object, if it is there."""
        try:
            found: Mapping[str, Any] = self.s3.head_object(Bucket=self.name, Key=key)
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
                return None
            raise
        return found

    def take(self, key: str, other: "Bucket") -> None:
        """Copy an object of the other bucket; memory stays at a few parts."""
        found = other.s3.get_object(Bucket=other.name, Key=key)
        kept = {"ContentType": found["ContentType"]}
        self.s3.upload_fileobj(found["Body"], self.name, key, ExtraArgs=kept)


def copy(here: Bucket, there: Bucket) -> dict[str, str]:
    """Bring over what is missing; returns the ETags of the sources on AWS by key."""
    etags = {}
    for key, size in here.sizes():
        found = there.look(key)
        if found is None or found["ContentLength"] != size:
            there.take(key, here)
            print(key, size, flush=True)
            found = there.look(key)
        if key.startswith(SOURCES) and found is not None:
            etags[key] = found["ETag"]
    return etags


async def note(database_url: str, etags: Mapping[str, str]) -> None:
    """Write down what the sources are called now, all or none."""
    connection = await asyncpg.connect(
        database_url.replace("+asyncpg", ""), timeout=_DATABASE_SECONDS
    )
    try:
        await connection.executemany(
            "UPDATE videos SET source_etag = $2 WHERE source_key = $1",
            list(etags.items()),
            timeout=_DATABASE_SECONDS,
        )
    finally:
        await connection.close()


def main() -> None:
    """Copy, then note."""
    here = Bucket.of(
        os.environ["LOCAL_S3_BUCKET"],
        os.environ["LOCAL_CREDENTIALS_FILE"],
        os.environ["LOCAL_S3_ENDPOINT_URL"],
    )
    there = Bucket.of(
        os.environ["S3_BUCKET"],
        os.environ["AWS_SHARED_CREDENTIALS_FILE"],
        os.environ["S3_ENDPOINT_URL"],
    )
    etags = copy(here, there)
    asyncio.run(note(Path(os.environ["DATABASE_URL_FILE"]).read_text(), etags))


if __name__ == "__main__":
    main()
