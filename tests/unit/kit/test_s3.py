"""S3's rules, kept before it is asked, and the translation of its errors."""

import asyncio
from typing import Any

import pytest
from fixtures.deadlines import until
from fotograma_kit.aws import AwsRefused, AwsUnavailable
from fotograma_kit.object_writer import ObjectWriter
from fotograma_kit.s3 import (
    MAX_PART_BYTES,
    MAX_PARTS,
    MIN_PART_BYTES,
    Bucket,
    MultipartUpload,
    ObjectMissing,
    PartRuleBroken,
    PartsChanged,
    StoredObject,
    StoredPart,
    StoreUnavailable,
)

STORED = StoredObject('"etag"', None)


class Client:
    """The kit's client, without S3: records calls and answers with `error`, if there is one."""

    boto3: Any = None

    def __init__(self, error: Exception | None = None) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.error = error
        self.unanswered: str | None = None
        """A method whose calls never return."""

    async def call(self, method: str, **parameters: Any) -> Any:
        self.calls.append((method, parameters))
        if method == self.unanswered:
            await asyncio.Event().wait()
        if self.error is not None:
            raise self.error
        return {
            "ETag": '"etag"',
            "UploadId": "upload",
            "ContentLength": 5,
            "CopyPartResult": {"ETag": '"copied"'},
        }

    @property
    def methods(self) -> list[str]:
        return [method for method, _ in self.calls]


def bucket_with(client: Client) -> Bucket:
    return Bucket(client, "bucket")  # type: ignore[arg-type] # a fake of the kit's client


async def upload_with(client: Client) -> MultipartUpload:
    return await bucket_with(client).start_upload("key", "application/zip")


async def test_multipart_upload_refuses_a_short_part_before_the_last() -> None:
    upload = await upload_with(Client())
    assert upload.reserve(MIN_PART_BYTES) == 1
    assert upload.reserve(MIN_PART_BYTES - 1) == 2
    with pytest.raises(PartRuleBroken, match="part 2 has only"):
        upload.reserve(MIN_PART_BYTES)


@pytest.mark.parametrize("size", [-1, MAX_PART_BYTES + 1])
async def test_multipart_upload_refuses_a_part_of_a_wrong_size(size: int) -> None:
    with pytest.raises(PartRuleBroken):
        (await upload_with(Client())).reserve(size)


async def test_multipart_upload_takes_an_empty_part_only_as_its_first() -> None:
    upload = await upload_with(Client())
    upload.reserve(MIN_PART_BYTES)
    with pytest.raises(PartRuleBroken):
        upload.reserve(0)
    assert (await upload_with(Client())).reserve(0) == 1


async def test_multipart_upload_refuses_too_many_parts() -> None:
    upload = await upload_with(Client())
    for number in range(1, MAX_PARTS + 1):
        assert upload.reserve(MIN_PART_BYTES) == number
    with pytest.raises(PartRuleBroken, match="10000"):
        upload.reserve(1)


async def test_multipart_upload_completes_parts_in_order() -> None:
    client = Client()
    upload = await upload_with(client)
    first, second = upload.reserve(MAX_PART_BYTES), upload.reserve(1)
    await upload.upload_part(second, b"x")
    await upload.copy_part(first, "piece", '"piece etag"', 3, 3 + MAX_PART_BYTES)
    assert await upload.complete() == STORED
    copy = dict(client.calls)["upload_part_copy"]
    assert copy["CopySourceIfMatch"] == '"piece etag"'
    assert copy["CopySourceRange"] == f"bytes=3-{2 + MAX_PART_BYTES}"
    assert dict(client.calls)["complete_multipart_upload"]["MultipartUpload"] == {
        "Parts": [
            {"PartNumber": 1, "ETag": '"copied"'},
            {"PartNumber": 2, "ETag": '"etag"'},
        ]
    }


@pytest.mark.parametrize(
    ("error", "becomes"),
    [
        (AwsUnavailable("timeout"), StoreUnavailable),
        (AwsRefused("NoSuchKey", 404, ""), ObjectMissing),
        (AwsRefused("PreconditionFailed", 412, ""), ObjectMissing),
        (AwsRefused("InvalidRequest", 400, ""), StoreUnavailable),
        (AwsRefused("InvalidAccessKeyId", 403, ""), StoreUnavailable),
        (AwsRefused("AccessDenied", 403, ""), StoreUnavailable),
    ],
)
async def test_bucket_translates_errors(error: Exception, becomes: type[Exception]) -> None:
    with pytest.raises(becomes):
        await bucket_with(Client(error)).size("key", "etag")


@pytest.mark.parametrize(
    ("error", "becomes"),
    [
        (AwsRefused("NoSuchUpload", 404, ""), PartsChanged),
        (AwsRefused("InvalidPart", 400, ""), PartsChanged),
        (AwsRefused("NoSuchBucket", 404, ""), ObjectMissing),
        (AwsUnavailable("timeout"), StoreUnavailable),
    ],
)
async def test_multipart_upload_complete_tells_changed_parts_from_other_errors(
    error: Exception, becomes: type[Exception]
) -> None:
    upload = bucket_with(Client(error)).started_upload("key", "upload")
    with pytest.raises(becomes) as raised:
        await upload.complete([StoredPart(1, 5, '"etag"')])
    assert type(raised.value) is becomes


async def test_multipart_upload_parts_are_none_for_an_upload_that_s3_does_not_know() -> None:
    client = Client(AwsRefused("NoSuchUpload", 404, ""))
    assert await bucket_with(client).started_upload("key", "upload").parts() is None
    client.error = AwsRefused("NoSuchBucket", 404, "")
    with pytest.raises(ObjectMissing):
        await bucket_with(client).started_upload("key", "upload").parts()


async def test_bucket_finds_no_object_where_there_is_none() -> None:
    client = Client()
    assert await bucket_with(client).find("key") == STORED
    client.error = AwsRefused("404", 404, "")
    assert await bucket_with(client).find("key") is None


@pytest.mark.parametrize("number", [0, MAX_PARTS + 1])
async def test_bucket_signs_no_part_beyond_the_limit(number: int) -> None:
    with pytest.raises(PartRuleBroken):
        await bucket_with(Client()).sign_parts("key", "upload", {number: 5}, 60)


async def test_multipart_upload_discard_is_best_effort() -> None:
    client = Client()
    upload = await upload_with(client)
    client.error = AwsUnavailable("timeout")
    await upload.discard()
    assert client.methods[-1] == "abort_multipart_upload"


async def test_object_writer_sends_a_small_object_in_one_request() -> None:
    client = Client()
    writer = ObjectWriter(bucket_with(client), "key", "text/plain", part_bytes=MIN_PART_BYTES)
    await writer.write(b"one", b"two")
    assert await writer.close() == STORED
    assert client.calls == [
        (
            "put_object",
            {"Bucket": "bucket", "Key": "key", "Body": b"onetwo", "ContentType": "text/plain"},
        )
    ]


async def test_object_writer_sends_parts_while_the_object_grows() -> None:
    client = Client()
    writer = ObjectWriter(bucket_with(client), "key", "text/plain", part_bytes=MIN_PART_BYTES)
    for _ in range(5):
        await writer.write(bytes(2 << 20))
    await writer.close()
    parts = [bytes(c["Body"]) for method, c in client.calls if method == "upload_part"]
    assert [len(part) for part in parts] == [5 << 20, 5 << 20]


async def test_object_writer_sends_larger_parts_of_larger_objects() -> None:
    client, mib = Client(), 1 << 20
    writer = ObjectWriter(bucket_with(client), "key", part_bytes=5 * mib, most_bytes=16 * mib)
    data = bytes(range(256)) * 256
    for _ in range(60 * 16):
        await writer.write(data)
    await writer.close()
    parts = [bytes(c["Body"]) for method, c in client.calls if method == "upload_part"]
    assert [len(part) // mib for part in parts] == [5, 5, 10, 16, 16, 8]
    assert b"".join(parts) == data * (60 * 16)


async def test_object_writer_that_was_started_writes_an_empty_object_as_one_part() -> None:
    client = Client()
    writer = ObjectWriter(bucket_with(client), "key", part_bytes=MIN_PART_BYTES)
    await writer.start()
    assert await writer.close() == STORED
    assert client.methods == [
        "create_multipart_upload",
        "upload_part",
        "complete_multipart_upload",
    ]
    assert "ContentType" not in client.calls[0][1]


async def test_object_writer_sends_as_many_parts_at_once_as_it_may() -> None:
    client = Client()
    client.unanswered = "upload_part"
    writer = ObjectWriter(bucket_with(client), "key", part_bytes=MIN_PART_BYTES, in_flight=3)
    writing = asyncio.create_task(writer.write(bytes(5 * MIN_PART_BYTES)))
    await until(lambda: client.methods.count("upload_part") == 3)
    await asyncio.sleep(0)
    assert client.methods.count("upload_part") == 3
    writing.cancel()
    await writer.abort()


async def test_object_writer_raises_the_error_of_a_part() -> None:
    client = Client()
    writer = ObjectWriter(bucket_with(client), "key", "text/plain", part_bytes=MIN_PART_BYTES)
    await writer.write(bytes(MIN_PART_BYTES))
    client.error = AwsUnavailable("timeout")
    with pytest.raises(StoreUnavailable):
        await writer.write(bytes(MIN_PART_BYTES))
    await writer.abort()
    assert client.methods[-1] == "abort_multipart_upload"


async def test_object_writer_abort_cancels_the_part_being_sent() -> None:
    client = Client()
    client.unanswered = "upload_part"
    writer = ObjectWriter(bucket_with(client), "key", "text/plain", part_bytes=MIN_PART_BYTES)
    await writer.write(bytes(MIN_PART_BYTES))
    await until(lambda: "upload_part" in client.methods)
    (sending,) = writer._sending
    await writer.abort()
    assert sending.cancelled()
    assert client.methods == ["create_multipart_upload", "upload_part", "abort_multipart_upload"]
