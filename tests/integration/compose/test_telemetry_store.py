"""The real SeaweedFS, as docker compose provisions it: who keeps logs has a bucket of their own."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
from botocore.exceptions import ClientError
from fixtures.compose import DEPLOY, services
from fixtures.store import BUCKET, REGION, GuardedStore, guarded_store
from fotograma_local.provision import create_bucket

BUCKETS: list[str] = json.loads(services()["provision"]["environment"]["TELEMETRY_BUCKETS"])
KEEPERS = {
    name: service["environment"]["BUCKET"]
    for name, service in services().items()
    if service.get("environment", {}).get("BUCKET") in BUCKETS
}


def provision(store: GuardedStore) -> None:
    """Run the one-shot's script, for what it makes beside the product's own."""
    subprocess.run(
        [sys.executable, DEPLOY / "provision.py"],
        env={
            "PATH": os.environ["PATH"],
            "AWS_REGION": REGION,
            "AWS_SHARED_CREDENTIALS_FILE": str(store.credentials("provision")),
            "TELEMETRY_S3_ENDPOINT_URL": store.s3_url,
            "TELEMETRY_BUCKETS": json.dumps(BUCKETS),
        },
        check=True,
        timeout=60,
    )


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuardedStore]:
    """The store with all buckets, provisioned twice as by two starts."""
    with guarded_store(tmp_path_factory.mktemp("store")) as guarded:
        create_bucket(guarded.of("provision"), BUCKET, ["https://page.example"])
        provision(guarded)
        provision(guarded)
        yield guarded


def refused(ask: Callable[..., object], **arguments: object) -> bool:
    """Whether the store denies a call."""
    with pytest.raises(ClientError) as error:
        ask(**arguments)
    return bool(error.value.response["Error"]["Code"] == "AccessDenied")


def is_closed(store: GuardedStore, user: str, bucket: str) -> bool:
    """Whether a user may neither look into a bucket nor write there."""
    s3 = store.of(user).client("s3")
    return refused(s3.list_objects_v2, Bucket=bucket) and refused(
        s3.put_object, Bucket=bucket, Key="sources/stranger", Body=b"line"
    )


def test_every_bucket_of_telemetry_has_a_keeper() -> None:
    assert sorted(KEEPERS.values()) == sorted(BUCKETS)


@pytest.mark.parametrize("keeper", KEEPERS)
def test_keeper_reads_writes_and_deletes_in_its_bucket(store: GuardedStore, keeper: str) -> None:
    s3 = store.of(keeper).client("s3")
    bucket = KEEPERS[keeper]
    s3.put_object(Bucket=bucket, Key="index/1", Body=b"line")
    assert s3.get_object(Bucket=bucket, Key="index/1")["Body"].read() == b"line"
    assert [each["Key"] for each in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["index/1"]
    s3.delete_object(Bucket=bucket, Key="index/1")
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


@pytest.mark.parametrize("keeper", KEEPERS)
def test_keeper_opens_no_other_bucket(store: GuardedStore, keeper: str) -> None:
    for bucket in {BUCKET, *BUCKETS} - {KEEPERS[keeper]}:
        assert is_closed(store, keeper, bucket)


@pytest.mark.parametrize("user", ["video", "worker"])
@pytest.mark.parametrize("bucket", BUCKETS)
def test_services_open_no_bucket_of_telemetry(store: GuardedStore, user: str, bucket: str) -> None:
    assert is_closed(store, user, bucket)
