"""What moves a host's objects and its table to AWS; two buckets and two tables of one server stand
for here and there."""

import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import boto3
import pytest
from fixtures.compose import DEPLOY
from fixtures.servers import fresh_name
from fotograma_local.aws import REGION, Aws
from fotograma_local.provision import create_bucket, create_table

MIB = 1024**2
SOURCE_BYTES = 9 * MIB
"""Two parts, for whoever cuts at eight."""


def move(script: str, environment: Mapping[str, str]) -> str:
    done = subprocess.run(
        [sys.executable, DEPLOY / script],
        env={"AWS_REGION": REGION, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def credentials(s3_server: Aws, tmp_path: Path) -> Path:
    """A shared credentials file."""
    path = tmp_path / "aws-credentials"
    path.write_text(
        "[default]\n"
        f"aws_access_key_id = {s3_server.access_key_id}\n"
        f"aws_secret_access_key = {s3_server.secret_access_key}\n"
    )
    return path


@pytest.fixture
async def videos(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """The two columns of the video service's table that are looked at."""
    connection = await asyncpg.connect(database_url.replace("+asyncpg", ""))
    await connection.execute("CREATE TABLE videos (source_key text, source_etag text)")
    yield connection
    await connection.close()


async def test_move_objects_copies_them_and_finds_sources_again(
    s3_server: Aws,
    bucket: str,
    credentials: Path,
    database_url: str,
    videos: asyncpg.Connection,
    tmp_path: Path,
) -> None:
    s3 = s3_server.client("s3")
    source, archive = f"sources/{uuid4()}/1", f"extractions/{uuid4()}/archive"
    # One part here, two there.
    etag = s3.put_object(Bucket=bucket, Key=source, Body=bytes(SOURCE_BYTES))["ETag"]
    s3.put_object(Bucket=bucket, Key=archive, Body=b"zip", ContentType="application/zip")
    await videos.executemany(
        "INSERT INTO videos VALUES ($1, $2)", [(source, etag), ("sources/deleted", "gone")]
    )
    there = fresh_name("there")
    create_bucket(s3_server, there, allowed_origins=["*"])
    url = tmp_path / "database_url"
    url.write_text(database_url)
    environment = {
        "LOCAL_S3_BUCKET": bucket,
        "LOCAL_S3_ENDPOINT_URL": s3_server.endpoint_url,
        "LOCAL_CREDENTIALS_FILE": str(credentials),
        "S3_BUCKET": there,
        "S3_ENDPOINT_URL": s3_server.endpoint_url,
        "AWS_SHARED_CREDENTIALS_FILE": str(credentials),
        "DATABASE_URL_FILE": str(url),
    }

    first = move("move_objects.py", environment)
    second = move("move_objects.py", environment)

    assert {line.split()[0] for line in first.splitlines()} == {source, archive}
    assert second == ""
    found = s3.get_object(Bucket=there, Key=archive)
    assert found["Body"].read() == b"zip"
    assert found["ContentType"] == "application/zip"
    copied = s3.head_object(Bucket=there, Key=source)
    assert copied["ContentLength"] == SOURCE_BYTES
    assert copied["ETag"] != etag
    noted = dict(await videos.fetch("SELECT source_key, source_etag FROM videos"))
    assert noted == {source: copied["ETag"], "sources/deleted": "gone"}


def test_move_table_copies_every_item(aws: Aws, table: str, credentials: Path) -> None:
    there = fresh_name("there")
    create_table(aws, there)
    items: list[dict[str, Any]] = [
        {"pk": f"USER#{number}", "sk": "PREFERENCES", "email_on_failed": False, "revision": number}
        for number in range(40)
    ]
    resource = boto3.resource("dynamodb", endpoint_url=aws.endpoint_url, region_name=REGION)
    with resource.Table(table).batch_writer() as batch:
        for item in items:
            batch.put_item(Item=item)
    environment = {
        "LOCAL_NOTIFY_TABLE": table,
        "LOCAL_DYNAMODB_ENDPOINT_URL": aws.endpoint_url,
        "NOTIFY_TABLE": there,
        "DYNAMODB_ENDPOINT_URL": aws.endpoint_url,
        "AWS_SHARED_CREDENTIALS_FILE": str(credentials),
    }

    assert move("move_table.py", environment) == "40 items\n"
    assert move("move_table.py", environment) == "40 items\n"

    found = resource.Table(there).scan()["Items"]
    assert sorted(found, key=lambda item: int(item["revision"])) == items
