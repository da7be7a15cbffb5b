"""The object store: S3 through the kit's client. Its errors are translated here.

S3's rules for multipart uploads are asserted here as well, because emulators do not enforce them.
"""

import asyncio
import contextlib
from functools import partial
from typing import Any

from fotograma_kit.aws import AwsClient, AwsRefused, AwsUnavailable

from fotograma_worker import metrics
from fotograma_worker.errors import ObjectMissing, StoreUnavailable
from fotograma_worker.jobs.archive import MAX_PART_BYTES, MAX_PARTS, MIN_PART_BYTES

_GONE = frozenset({404, 412})
"""Missing, or present in another version. Not 403: a wrong credential must not look like a lost
file. The worker's role needs `s3:ListBucket`; without it S3 answers 403 for a missing key too."""


class PartRuleBroken(Exception):
    """A defect of ours: S3 would refuse this multipart upload."""


class ObjectStore:
    """One bucket."""

    def __init__(self, client: AwsClient, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    async def read_range(self, key: str, etag: str, offset: int, length: int) -> bytes:
        """Read `length` bytes of exactly this version of an object.

        Raises `ObjectMissing` or `StoreUnavailable`.
        """
        read = partial(self._read, key, etag, offset, length)
        data: bytes = await self._translated(self._client.run(read))
        metrics.BYTES_READ.inc(len(data))
        return data

    async def read(self, key: str, etag: str) -> bytes:
        """Read a whole small object. Raises `ObjectMissing` or `StoreUnavailable`."""
        response = partial(self._client.boto3.get_object, Bucket=self._bucket, Key=key)
        read = partial(_body_of, partial(response, IfMatch=etag))
        data: bytes = await self._translated(self._client.run(read))
        metrics.BYTES_READ.inc(len(data))
        return data

    async def put(self, key: str, body: bytes, content_type: str) -> str:
        """Write a small object and return its ETag. Raises `StoreUnavailable`."""
        response = await self._call("put_object", Key=key, Body=body, ContentType=content_type)
        metrics.BYTES_WRITTEN.inc(len(body))
        return str(response["ETag"])

    async def copy(self, key: str, etag: str, to: str) -> None:
        """Copy exactly this version of a small object.

        Raises `ObjectMissing` or `StoreUnavailable`.
        """
        source = {"Bucket": self._bucket, "Key": key}
        await self._call("copy_object", Key=to, CopySource=source, CopySourceIfMatch=etag)

    async def size(self, key: str, etag: str) -> int:
        """Bytes of this version of an object. Raises `ObjectMissing` or `StoreUnavailable`."""
        response = await self._call("head_object", Key=key, IfMatch=etag)
        return int(response["ContentLength"])

    async def ping(self) -> str:
        """A readiness check: the bucket answers."""
        await self._call("head_bucket")
        return "ok"

    async def start_upload(self, key: str, content_type: str) -> "MultipartUpload":
        """Begin a multipart upload. Raises `StoreUnavailable`."""
        response = await self._call("create_multipart_upload", Key=key, ContentType=content_type)
        return MultipartUpload(self._call, self._bucket, key, response["UploadId"])

    def _read(self, key: str, etag: str, offset: int, length: int) -> bytes:
        return _body_of(
            partial(
                self._client.boto3.get_object,
                Bucket=self._bucket,
                Key=key,
                IfMatch=etag,
                Range=f"bytes={offset}-{offset + length - 1}",
            )
        )

    async def _call(self, method: str, **parameters: Any) -> Any:
        return await self._translated(self._client.call(method, Bucket=self._bucket, **parameters))

    async def _translated(self, call: Any) -> Any:
        try:
            return await call
        except AwsUnavailable as error:
            raise StoreUnavailable(str(error)) from error
        except AwsRefused as error:
            if error.status in _GONE:
                raise ObjectMissing(str(error)) from error
            raise StoreUnavailable(str(error)) from error


def _body_of(get_object: Any) -> bytes:
    with contextlib.closing(get_object()["Body"]) as body:
        data: bytes = body.read()
        return data


class MultipartUpload:
    """An object being written part by part. It must be completed or aborted."""

    def __init__(self, call: Any, bucket: str, key: str, upload_id: str) -> None:
        self._call = call
        self._bucket = bucket
        self._upload = {"Key": key, "UploadId": upload_id}
        self._etags: dict[int, str] = {}
        self._sizes: list[int] = []

    def reserve(self, size: int) -> int:
        """The number of the next part, which will have `size` bytes. Raises `PartRuleBroken`."""
        if self._sizes and self._sizes[-1] < MIN_PART_BYTES:
            raise PartRuleBroken(f"part {len(self._sizes)} has only {self._sizes[-1]} bytes")
        if not 0 < size <= MAX_PART_BYTES:
            raise PartRuleBroken(f"a part of {size} bytes")
        if len(self._sizes) == MAX_PARTS:
            raise PartRuleBroken(f"more than {MAX_PARTS} parts")
        self._sizes.append(size)
        return len(self._sizes)

    async def upload(self, number: int, body: bytes | bytearray) -> None:
        """Write a reserved part. Raises `StoreUnavailable`."""
        response = await self._call("upload_part", **self._upload, PartNumber=number, Body=body)
        metrics.BYTES_WRITTEN.inc(len(body))
        self._etags[number] = response["ETag"]

    async def copy(self, number: int, key: str, etag: str, begin: int, end: int) -> None:
        """Copy the bytes `[begin, end)` of exactly this version of another object to a reserved
        part.

        Raises `ObjectMissing` or `StoreUnavailable`.
        """
        response = await self._call(
            "upload_part_copy",
            **self._upload,
            PartNumber=number,
            CopySource={"Bucket": self._bucket, "Key": key},
            CopySourceIfMatch=etag,
            CopySourceRange=f"bytes={begin}-{end - 1}",
        )
        self._etags[number] = response["CopyPartResult"]["ETag"]

    async def complete(self) -> str:
        """Put the parts together and return the object's ETag. Raises `StoreUnavailable`."""
        parts = [{"PartNumber": n, "ETag": self._etags[n]} for n in sorted(self._etags)]
        response = await self._call(
            "complete_multipart_upload", **self._upload, MultipartUpload={"Parts": parts}
        )
        return str(response["ETag"])

    async def abort(self) -> None:
        """Drop the parts; best effort: a bucket rule removes what is left."""
        with contextlib.suppress(StoreUnavailable, ObjectMissing):
            await self._call("abort_multipart_upload", **self._upload)


class ObjectWriter:
    """Writes an object of unknown size as its bytes arrive: in one request if it is small.

    Memory: two parts, the one being filled and the one being sent.
    """

    def __init__(self, store: ObjectStore, key: str, content_type: str, part_bytes: int) -> None:
        self._store = store
        self._key = key
        self._content_type = content_type
        self._part_bytes = part_bytes
        self._buffer = bytearray()
        self._upload: MultipartUpload | None = None
        self._sending: asyncio.Task[None] | None = None

    async def write(self, *chunks: bytes) -> None:
        """Append bytes. Raises `StoreUnavailable`."""
        for chunk in chunks:
            self._buffer += chunk
        if len(self._buffer) >= self._part_bytes:
            await self._send()

    async def close(self) -> str:
        """Finish the object and return its ETag. Raises `StoreUnavailable`."""
        if self._upload is None:
            return await self._store.put(self._key, bytes(self._buffer), self._content_type)
        if self._buffer:
            await self._send()
        await self._sent()
        return await self._upload.complete()

    async def abort(self) -> None:
        """Cancel the part being sent, and abort the upload."""
        if self._sending is not None:
            self._sending.cancel()
            await asyncio.gather(self._sending, return_exceptions=True)
        if self._upload is not None:
            await self._upload.abort()

    async def _send(self) -> None:
        await self._sent()
        if self._upload is None:
            self._upload = await self._store.start_upload(self._key, self._content_type)
        body, self._buffer = self._buffer, bytearray()
        number = self._upload.reserve(len(body))
        self._sending = asyncio.create_task(self._upload.upload(number, body))

    async def _sent(self) -> None:
        sending, self._sending = self._sending, None
        if sending is not None:
            await sending
