"""What the emulator kept before S3 was SeaweedFS is brought over whole, once, whatever happens."""

import multiprocessing
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from fixtures.deadlines import until
from fixtures.emulators import OpenAwsServer
from fotograma_local.aws import Aws
from fotograma_local.emulated_objects import ObjectsNotMoved, move_objects
from fotograma_local.ports import free_ports

pytestmark = pytest.mark.middle

MIB = 1024**2
WHOLE, IN_PARTS = "sources/1/whole", "sources/2/in-parts"
ARCHIVE, LAST = "extractions/1/archive.1.zip", "sources/3/last"
TYPES = {ARCHIVE: "application/zip"}


class FormerAwsServer(OpenAwsServer):
    """MiniStack as it was started when it was S3 as well."""

    def settings(self) -> Mapping[str, str]:
        """Those of S3."""
        return {"S3_PERSIST": "1", "S3_DATA_DIR": str(self._folder / "s3"), "SERVICES": "s3"}


def content(key: str) -> bytes:
    """Some bytes that no other object has: 20 MiB and a few."""
    return key.encode() * (20 * MIB // len(key) + 1)


def send(s3: Any, bucket: str, key: str, sizes: list[int]) -> None:
    """Send an object in parts of these sizes."""
    named = {"Bucket": bucket, "Key": key}
    kind = TYPES.get(key, "application/octet-stream")
    named["UploadId"] = s3.create_multipart_upload(**named, ContentType=kind)["UploadId"]
    rest, parts = content(key), []
    for number, size in enumerate([*sizes, len(rest)], 1):
        body, rest = rest[:size], rest[size:]
        etag = s3.upload_part(**named, PartNumber=number, Body=body)["ETag"]
        parts.append({"PartNumber": number, "ETag": etag})
    s3.complete_multipart_upload(**named, MultipartUpload={"Parts": parts})


@pytest.fixture
def emulated(tmp_path: Path, bucket: str) -> Mapping[str, str]:
    """The ETags of objects that the emulator keeps below `tmp_path / "s3"`."""
    (port,) = free_ports(1)
    server = FormerAwsServer(tmp_path, port=port, secret="secret", log=tmp_path / "log")
    server.start()
    s3 = server.address.client("s3")
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key=WHOLE, Body=content(WHOLE))
    send(s3, bucket, IN_PARTS, [8 * MIB, 8 * MIB])
    send(s3, bucket, ARCHIVE, [5 * MIB, 7 * MIB])
    send(s3, bucket, LAST, [8 * MIB, 8 * MIB])
    listed = s3.list_objects_v2(Bucket=bucket)["Contents"]
    server.stop()
    return {each["Key"]: each["ETag"] for each in listed}


def left_of(folder: Path) -> list[Path]:
    """What the emulator kept there."""
    return [*folder.glob("s3*")]


def assert_all_there(s3: Any, bucket: str, etags: Mapping[str, str]) -> None:
    for key in (WHOLE, IN_PARTS, ARCHIVE, LAST):
        found = s3.get_object(Bucket=bucket, Key=key)
        assert found["Body"].read() == content(key)
        assert found["ContentType"] == TYPES.get(key, found["ContentType"])
        assert found["ETag"] == etags[key] or key == ARCHIVE
    assert not s3.list_multipart_uploads(Bucket=bucket).get("Uploads")


def test_emulated_objects_are_the_same_afterwards(
    s3_server: Aws, bucket: str, emulated: Mapping[str, str], tmp_path: Path
) -> None:
    said: list[str] = []
    move_objects(tmp_path / "s3", s3_server, bucket, said.append)
    s3 = s3_server.client("s3")
    assert_all_there(s3, bucket, emulated)
    assert said == ["bringing 4 objects over into SeaweedFS, once"]
    assert left_of(tmp_path) == []

    s3.delete_object(Bucket=bucket, Key=WHOLE)
    move_objects(tmp_path / "s3", s3_server, bucket, said.append)
    assert WHOLE not in str(s3.list_objects_v2(Bucket=bucket)["Contents"])
    assert len(said) == 1


async def test_emulated_objects_are_brought_over_after_a_kill(
    s3_server: Aws, bucket: str, emulated: Mapping[str, str], tmp_path: Path
) -> None:
    s3 = s3_server.client("s3")
    killed = multiprocessing.get_context("spawn").Process(
        target=move_objects, args=(tmp_path / "s3", s3_server, bucket, print)
    )
    killed.start()
    await until(lambda: "Uploads" in s3.list_multipart_uploads(Bucket=bucket), 60)
    killed.kill()
    killed.join()
    assert (tmp_path / "s3").exists()

    move_objects(tmp_path / "s3", s3_server, bucket, print)
    assert_all_there(s3, bucket, emulated)
    assert left_of(tmp_path) == []


def test_emulated_objects_whose_removal_was_cut_short_are_not_brought_back(
    s3_server: Aws, bucket: str, emulated: Mapping[str, str], tmp_path: Path
) -> None:
    (tmp_path / "s3").rename(tmp_path / "s3.moved")
    move_objects(tmp_path / "s3", s3_server, bucket, print)
    assert "Contents" not in s3_server.client("s3").list_objects_v2(Bucket=bucket)
    assert left_of(tmp_path) == []


@pytest.mark.parametrize("key", [WHOLE, IN_PARTS])
def test_emulated_object_that_is_not_what_was_noted_stays_where_it_is(
    s3_server: Aws, bucket: str, emulated: Mapping[str, str], tmp_path: Path, key: str
) -> None:
    (path,) = (tmp_path / "s3").glob(f"*/{bucket}/{key}")
    path.write_bytes(content(key)[:-1] + b"?")
    with pytest.raises(ObjectsNotMoved, match=key):
        move_objects(tmp_path / "s3", s3_server, bucket, print)
    assert path.exists()
