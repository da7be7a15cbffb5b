"""S3, as the video service uses it. Its errors are translated here."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self

import structlog
from fotograma_kit.aws import AwsClient, AwsError, AwsRefused, AwsUnavailable

from fotograma_video.errors import ArchiveGone, StorageUnavailable
from fotograma_video.naming import content_disposition
from fotograma_video.settings import VideoSettings

log = structlog.get_logger(__name__)

MIN_PART_BYTES = 5 * 1024**2
MAX_PARTS = 10_000
"""S3's limits on the parts of an upload: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html"""
_NO_SUCH_UPLOAD = "NoSuchUpload"
_INVALID_PART = "InvalidPart"
"""https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html"""
_PARTS_IN_FLIGHT = 3
_DELETE_BATCH = 1_000


@dataclass(frozen=True, slots=True)
class StoredPart:
    """A part that S3 has."""

    number: int
    size_bytes: int
    etag: str


@dataclass(frozen=True, slots=True)
class StoredObject:
    """A complete object's ETag and checksum in S3."""

    etag: str
    crc64nvme: str | None


class PartsChanged(Exception):
    """S3 has other parts by now than those that were to be joined, or the upload has ended."""


class ObjectUpload:
    """One multipart upload, fed with bytes in order. Memory: four parts at most."""

    def __init__(self, s3: AwsClient, bucket: str, key: str, part_bytes: int) -> None:
        self._s3 = s3
        self._where = {"Bucket": bucket, "Key": key}
        self._part_bytes = part_bytes
        self._buffer = bytearray()
        self._tasks: list[asyncio.Task[dict[str, Any]]] = []
        self._slots = asyncio.Semaphore(_PARTS_IN_FLIGHT)

    async def start(self) -> None:
        """Open the upload. Raises `StorageUnavailable`."""
        with _translated():
            answer = await self._s3.call("create_multipart_upload", **self._where)
        self._where = {**self._where, "UploadId": answer["UploadId"]}

    async def write(self, data: bytes) -> None:
        """Take bytes; waits while enough parts are on their way. Raises `StorageUnavailable`."""
        rest = memoryview(data)
        while rest:
            room = self._part_bytes - len(self._buffer)
            self._buffer += rest[:room]
            rest = rest[room:]
            if len(self._buffer) == self._part_bytes:
                await self._send_buffer()

    async def finish(self) -> StoredObject:
        """Complete the object. Raises `StorageUnavailable`."""
        if self._buffer or not self._tasks:
            await self._send_buffer()
        with _translated():
            parts = await asyncio.gather(*self._tasks)
            answer = await self._s3.call(
                "complete_multipart_upload", **self._where, MultipartUpload={"Parts": parts}
            )
        return StoredObject(answer["ETag"], answer.get("ChecksumCRC64NVME"))

    async def abort(self) -> None:
        """Abort the upload. What cannot be aborted now is left to the janitor."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if "UploadId" not in self._where:
            return
        try:
            await self._s3.call("abort_multipart_upload", **self._where)
        except AwsError as error:
            log.warning("upload not aborted", key=self._where["Key"], error=str(error))

    async def _send_buffer(self) -> None:
        """Send the buffer itself and begin another: copies of it would double the memory."""
        part, self._buffer = self._buffer, bytearray()
        await self._slots.acquire()
        self._raise_failed()
        number = len(self._tasks) + 1
        if number > MAX_PARTS:
            raise StorageUnavailable("The upload has more parts than the storage takes.")
        self._tasks.append(asyncio.create_task(self._put(number, part)))

    async def _put(self, number: int, part: bytearray) -> dict[str, Any]:
        try:
            answer = await self._s3.call("upload_part", **self._where, PartNumber=number, Body=part)
        finally:
            self._slots.release()
        return {"PartNumber": number, "ETag": answer["ETag"]}

    def _raise_failed(self) -> None:
        for task in self._tasks:
            if task.done() and (error := task.exception()):
                raise StorageUnavailable from error


class Storage:
    """The bucket."""

    def __init__(self, settings: VideoSettings) -> None:
        self._bucket = settings.s3_bucket
        self._part_bytes = settings.video_upload_part_bytes
        self._upload_seconds = settings.video_upload_url_seconds
        self._download_seconds = settings.video_download_url_seconds
        self._s3 = AwsClient("s3", settings, settings.s3_endpoint_url)
        self._public = AwsClient(
            "s3", settings, settings.s3_public_endpoint_url or settings.s3_endpoint_url
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._public.__aexit__(kind, error, traceback)
        await self._s3.__aexit__(kind, error, traceback)

    def upload(self, key: str) -> AbstractAsyncContextManager[ObjectUpload]:
        """A multipart upload, aborted unless the block ends well."""
        return _aborting(ObjectUpload(self._s3, self._bucket, key, self._part_bytes))

    async def open_upload(self, key: str) -> str:
        """Open a multipart upload that the client fills; returns S3's id of it.

        Raises `StorageUnavailable`.
        """
        with _translated():
            answer = await self._s3.call("create_multipart_upload", Bucket=self._bucket, Key=key)
        return str(answer["UploadId"])

    async def part_urls(
        self, key: str, s3_upload_id: str, sizes: Mapping[int, int]
    ) -> dict[int, str]:
        """Presigned PUTs of parts for the public address, by number.

        Each takes its size in bytes and no other: `Content-Length` is signed. S3 itself would take
        5 GiB for any of them.
        """
        where = {"Bucket": self._bucket, "Key": key, "UploadId": s3_upload_id}

        def sign() -> dict[int, str]:
            return {
                number: self._public.boto3.generate_presigned_url(
                    "upload_part",
                    Params={**where, "PartNumber": number, "ContentLength": size},
                    ExpiresIn=self._upload_seconds,
                )
                for number, size in sizes.items()
            }

        urls: dict[int, str] = await self._public.run(sign)
        return urls

    async def parts(self, key: str, s3_upload_id: str) -> list[StoredPart] | None:
        """The parts that S3 has, in order; None where it does not know the upload (any longer).

        Raises `StorageUnavailable`.
        """
        try:
            return await self._parts(key, s3_upload_id)
        except AwsRefused as error:
            if error.code == _NO_SUCH_UPLOAD:
                return None
            raise StorageUnavailable from error
        except AwsError as error:
            raise StorageUnavailable from error

    async def _parts(self, key: str, s3_upload_id: str) -> list[StoredPart]:
        found: list[StoredPart] = []
        where: dict[str, Any] = {"Bucket": self._bucket, "Key": key, "UploadId": s3_upload_id}
        while True:
            page = await self._s3.call("list_parts", **where)
            found += [
                StoredPart(part["PartNumber"], part["Size"], part["ETag"])
                for part in page.get("Parts", [])
            ]
            if not page.get("IsTruncated"):
                return found
            where["PartNumberMarker"] = page["NextPartNumberMarker"]

    async def complete_upload(
        self, key: str, s3_upload_id: str, parts: Sequence[StoredPart]
    ) -> StoredObject:
        """Make the parts one object. Raises `PartsChanged` or `StorageUnavailable`."""
        named = [{"PartNumber": part.number, "ETag": part.etag} for part in parts]
        try:
            answer = await self._s3.call(
                "complete_multipart_upload",
                Bucket=self._bucket,
                Key=key,
                UploadId=s3_upload_id,
                MultipartUpload={"Parts": named},
            )
        except AwsRefused as error:
            if error.code in {_NO_SUCH_UPLOAD, _INVALID_PART}:
                raise PartsChanged from error
            raise StorageUnavailable from error
        except AwsError as error:
            raise StorageUnavailable from error
        return StoredObject(answer["ETag"], answer.get("ChecksumCRC64NVME"))

    async def abort_upload(self, key: str, s3_upload_id: str) -> None:
        """Abort a multipart upload and delete its parts. Raises `StorageUnavailable`."""
        with _translated():
            await self._s3.call(
                "abort_multipart_upload", Bucket=self._bucket, Key=key, UploadId=s3_upload_id
            )

    async def stored_object(self, key: str) -> StoredObject | None:
        """The object, if there is one. Raises `StorageUnavailable`."""
        try:
            answer = await self._s3.call("head_object", Bucket=self._bucket, Key=key)
        except AwsRefused as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return None
            raise StorageUnavailable from error
        except AwsError as error:
            raise StorageUnavailable from error
        return StoredObject(answer["ETag"], answer.get("ChecksumCRC64NVME"))

    async def read(self, key: str, begin: int, end: int) -> bytes:
        """The bytes `[begin, end)` of an object. Raises `ArchiveGone` or `StorageUnavailable`."""
        return await self._read(key, Range=f"bytes={begin}-{end - 1}") if begin < end else b""

    async def read_all(self, key: str) -> bytes:
        """A small object. Raises `ArchiveGone` or `StorageUnavailable`."""
        return await self._read(key)

    async def _read(self, key: str, **part: str) -> bytes:
        def read() -> bytes:
            answer = self._s3.boto3.get_object(Bucket=self._bucket, Key=key, **part)
            with closing(answer["Body"]) as body:
                data: bytes = body.read()
                return data

        try:
            data: bytes = await self._s3.run(read)
        except AwsRefused as error:
            if error.status == HTTPStatus.NOT_FOUND:
                raise ArchiveGone from error
            raise StorageUnavailable from error
        except AwsError as error:
            raise StorageUnavailable from error
        return data

    async def download_url(self, key: str, file_name: str) -> str:
        """A presigned GET for the public address, under which a browser saves `file_name`."""
        return str(
            await self._public.call(
                "generate_presigned_url",
                ClientMethod="get_object",
                Params={
                    "Bucket": self._bucket,
                    "Key": key,
                    "ResponseContentDisposition": content_disposition(file_name),
                    "ResponseContentType": "application/zip",
                },
                ExpiresIn=self._download_seconds,
            )
        )

    async def sweep(self, prefix: str) -> int:
        """Delete every object and abort every upload below `prefix`; returns how many went.

        Raises `StorageUnavailable`.
        """
        with _translated():
            return await self._delete_objects(prefix) + await self._abort_uploads(prefix)

    async def ping(self) -> str:
        """A readiness check."""
        await self._s3.call("head_bucket", Bucket=self._bucket)
        return "ok"

    async def _delete_objects(self, prefix: str) -> int:
        gone = 0
        while True:
            page = await self._s3.call(
                "list_objects_v2", Bucket=self._bucket, Prefix=prefix, MaxKeys=_DELETE_BATCH
            )
            keys = [{"Key": item["Key"]} for item in page.get("Contents", [])]
            if not keys:
                return gone
            answer = await self._s3.call(
                "delete_objects", Bucket=self._bucket, Delete={"Objects": keys, "Quiet": True}
            )
            if errors := answer.get("Errors"):
                raise AwsUnavailable(f"{len(errors)} objects not deleted, first {errors[0]}")
            gone += len(keys)

    async def _abort_uploads(self, prefix: str) -> int:
        page = await self._s3.call("list_multipart_uploads", Bucket=self._bucket, Prefix=prefix)
        uploads = page.get("Uploads", [])
        for upload in uploads:
            await self._s3.call(
                "abort_multipart_upload",
                Bucket=self._bucket,
                Key=upload["Key"],
                UploadId=upload["UploadId"],
            )
        return len(uploads)


@asynccontextmanager
async def _aborting(upload: ObjectUpload) -> AsyncIterator[ObjectUpload]:
    try:
        await upload.start()
        yield upload
    except BaseException:
        await asyncio.shield(upload.abort())
        raise


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except AwsError as error:
        raise StorageUnavailable from error
