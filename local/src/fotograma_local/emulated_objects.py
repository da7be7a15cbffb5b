"""Objects that the emulator kept on the disk, before S3 was SeaweedFS, are brought over once."""

import hashlib
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError
from fotograma_video.uploads.direct_uploads import part_size

from fotograma_local.aws import Aws
from fotograma_local.supervisor import Report

_UPLOAD_PART_BYTES = 8 * 1024**2
"""What uploads were cut into."""
_NOTES = ".meta.json"


class ObjectsNotMoved(Exception):
    """An object would not be the same in its new place."""


@dataclass(frozen=True)
class _Object:
    """A file, and what the emulator noted of it."""

    path: Path
    key: str
    etag: str
    content_type: str

    @property
    def size_bytes(self) -> int:
        return self.path.stat().st_size

    @property
    def came_in_parts(self) -> bool:
        return "-" in self.etag

    @property
    def must_keep_its_etag(self) -> bool:
        """Workers read a source only while it has the ETag that was noted when it came. Archives
        were joined of parts that cannot be told any more, and nobody has noted what they are."""
        return not self.came_in_parts or self.key.startswith("sources/")

    def parts(self) -> Iterator[bytes]:
        """Its content, cut as an upload was."""
        part_bytes = part_size(self.size_bytes, _UPLOAD_PART_BYTES)
        with self.path.open("rb") as file:
            while part := file.read(part_bytes):
                yield part

    def new_etag(self) -> str:
        """What S3 calls it when it is sent in these parts, or as a whole."""
        if not self.came_in_parts:
            return self.etag
        digests = [hashlib.md5(part, usedforsecurity=False).digest() for part in self.parts()]
        joined = hashlib.md5(b"".join(digests), usedforsecurity=False).hexdigest()
        return f"{joined}-{len(digests)}"


def move_objects(folder: Path, s3: Aws, bucket: str, report: Report) -> None:
    """Copy a bucket's objects, and then remove `folder`, in which the emulator kept them.

    May be ended at any time and begun again. Raises `ObjectsNotMoved`.
    """
    moved = folder.with_name(f"{folder.name}.moved")
    if folder.exists():
        objects = [*_objects(folder, bucket)]
        report(f"bringing {len(objects)} objects over into SeaweedFS, once")
        client = s3.client("s3")
        for each in objects:
            _copy(client, bucket, each)
        folder.rename(moved)  # what is deleted from now on must not be brought back
    if moved.exists():
        shutil.rmtree(moved)


def _objects(folder: Path, bucket: str) -> Iterator[_Object]:
    """What the bucket holds; the emulator keeps it below the number of an account."""
    for notes in sorted(folder.glob(f"*/{bucket}/**/*{_NOTES}")):
        path = notes.with_name(notes.name.removesuffix(_NOTES))
        if path.is_file():
            noted = json.loads(notes.read_text())
            yield _Object(path, noted["key"], noted["etag"].strip('"'), noted["content_type"])


def _copy(client: Any, bucket: str, old: _Object) -> None:
    """Copy one object unless it is there already, and see that it is the same."""
    expected = (old.new_etag(), old.size_bytes)
    if old.must_keep_its_etag and expected[0] != old.etag:
        raise ObjectsNotMoved(f"{old.path} is not what the emulator noted, {old.etag}")
    if _find(client, bucket, old.key) == expected:
        return
    if old.came_in_parts:
        _send_in_parts(client, bucket, old)
    else:
        _send(client, bucket, old)
    found = _find(client, bucket, old.key)
    if found != expected:
        raise ObjectsNotMoved(f"{old.path} has become {found}, not {expected}")


def _find(client: Any, bucket: str, key: str) -> tuple[str, int] | None:
    """The ETag and the size of an object, if it is there."""
    try:
        found = client.head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
            return None
        raise
    return found["ETag"].strip('"'), found["ContentLength"]


def _send(client: Any, bucket: str, old: _Object) -> None:
    with old.path.open("rb") as file:
        client.put_object(Bucket=bucket, Key=old.key, Body=file, ContentType=old.content_type)


def _send_in_parts(client: Any, bucket: str, old: _Object) -> None:
    named = {"Bucket": bucket, "Key": old.key}
    for begun in client.list_multipart_uploads(Bucket=bucket, Prefix=old.key).get("Uploads", []):
        client.abort_multipart_upload(**named, UploadId=begun["UploadId"])  # and cut short
    upload = client.create_multipart_upload(**named, ContentType=old.content_type)
    named["UploadId"] = upload["UploadId"]
    sent = [
        {
            "PartNumber": number,
            "ETag": client.upload_part(**named, PartNumber=number, Body=part)["ETag"],
        }
        for number, part in enumerate(old.parts(), 1)
    ]
    client.complete_multipart_upload(**named, MultipartUpload={"Parts": sent})
