"""What moves a host's objects and its table to AWS; two buckets and two tables of one server stand
for here and there."""

import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import boto3
import pytest
from fixtures.compose import DEPLOY
from fixtures.emulators import OpenAwsServer
from fixtures.servers import fresh_name
from fotograma_local.aws import REGION, Aws
from fotograma_local.ports import free_ports
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


def credentials_of(server: Aws, folder: Path) -> str:
    """A shared credentials file."""
    path = folder / "aws-credentials"
    path.write_text(
        "[default]\n"
        f"aws_access_key_id = {server.access_key_id}\n"
        f"aws_secret_access_key = {server.secret_access_key}\n"
    )
    return str(path)


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
    credentials = credentials_of(s3_server, tmp_path)
    url = tmp_path / "database_url"
    url.write_text(database_url)
    environment = {
        "LOCAL_S3_BUCKET": bucket,
        "LOCAL_S3_ENDPOINT_URL": s3_server.endpoint_url,
        "LOCAL_CREDENTIALS_FILE": credentials,
        "S3_BUCKET": there,
        "S3_ENDPOINT_URL": s3_server.endpoint_url,
        "AWS_SHARED_CREDENTIALS_FILE": credentials,
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


@pytest.fixture
def emulator(tmp_path: Path) -> Iterator[Aws]:
    """DynamoDB of a host."""
    (port,) = free_ports(1)
    server = OpenAwsServer(tmp_path, port=port, secret="any", log=tmp_path / "log")
    server.start()
    yield server.address
    server.stop()


def test_move_table_copies_every_item(emulator: Aws, tmp_path: Path) -> None:
    table, there = fresh_name("here"), fresh_name("there")
    create_table(emulator, table)
    create_table(emulator, there)
    items: list[dict[str, Any]] = [
        {"pk": f"USER#{number}", "sk": "PREFERENCES", "email_on_failed": False, "revision": number}
        for number in range(40)
    ]
    resource = boto3.resource("dynamodb", endpoint_url=emulator.endpoint_url, region_name=REGION)
    with resource.Table(table).batch_writer() as batch:
        for item in items:
            batch.put_item(Item=item)
    environment = {
        "LOCAL_NOTIFY_TABLE": table,
        "LOCAL_DYNAMODB_ENDPOINT_URL": emulator.endpoint_url,
        "NOTIFY_TABLE": there,
        "DYNAMODB_ENDPOINT_URL": emulator.endpoint_url,
        "AWS_SHARED_CREDENTIALS_FILE": credentials_of(emulator, tmp_path),
    }

    assert move("move_table.py", environment) == "40 items\n"
    assert move("move_table.py", environment) == "40 items\n"

    found = resource.Table(there).scan()["Items"]
    assert sorted(found, key=lambda item: int(item["revision"])) == items
