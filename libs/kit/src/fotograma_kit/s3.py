"""One bucket in S3: objects, their parts, presigned URLs, and sweeping.

S3's limits are asserted here, because the stores that stand in for it do not enforce them. Its
errors become two: unavailable, where trying again may help, and missing.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog

from fotograma_kit.aws import AwsClient, AwsRefused, AwsUnavailable

log = structlog.get_logger(__name__)

MIB = 1 << 20
MIN_PART_BYTES = 5 * MIB
"""Of every part but the last."""
MAX_PART_BYTES = 5 * 1024 * MIB
MAX_PARTS = 10_000
"""Part numbers go from 1 to 10,000.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html"""

_GONE = frozenset({404, 412})
"""Missing, or present in another version. Not 403: a wrong credential must not look like a lost
file. A role needs `s3:ListBucket`; without it S3 answers 403 for a missing key too."""
_PARTS_CHANGED = frozenset({"InvalidPart", "NoSuchUpload"})
"""https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html"""
_NO_SUCH_UPLOAD = "NoSuchUpload"
_DELETE_BATCH = 1_000

T = TypeVar("T")


class StoreUnavailable(Exception):
    """The object store does not answer, or refuses: trying again may help."""


class PartsChanged(StoreUnavailable):
    """S3 has other parts by now than those that were to be joined, or the upload has ended."""


class ObjectMissing(Exception):
    """The object is not there, or is not the version that was asked for."""


class PartRuleBroken(Exception):
    """A defect of ours: S3 would refuse this multipart upload."""


@dataclass(frozen=True, slots=True)
class StoredPart:
    """A part that S3 has."""

    number: int
    size_bytes: int
    etag: str


@dataclass(frozen=True, slots=True)
class StoredObject:
    """A complete object's ETag and checksum."""

    etag: str
    crc64nvme: str | None

    @classmethod
    def of(cls, answer: Mapping[str, Any]) -> "StoredObject":
        """From boto3's answer to a write or a HEAD."""
        return cls(str(answer["ETag"]), answer.get("ChecksumCRC64NVME"))


def _uncounted(_size: int) -> None:
    """Count nothing."""


class Bucket:
    """The objects of one bucket.

    `public` signs URLs for the address where browsers reach S3, if that is another one. `on_read`
    and `on_written` count bytes. Every method that calls S3 may raise `StoreUnavailable`.
    """

    def __init__(
        self,
        client: AwsClient,
        name: str,
        *,
        public: AwsClient | None = None,
        on_read: Callable[[int], None] = _uncounted,
        on_written: Callable[[int], None] = _uncounted,
    ) -> None:
        self._client = client
        self._name = name
        self._public = public or client
        self._on_read = on_read
        self.on_written = on_written

    async def read(self, key: str, etag: str | None = None) -> bytes:
        """Read a whole small object, in exactly this version if one is given.

        Raises `ObjectMissing`.
        """
        return await self._read(key, _only(etag))

    async def read_range(
        self, key: str, offset: int, length: int, etag: str | None = None
    ) -> bytes:
        """Read `length` bytes of an object, in exactly this version if one is given.

        Raises `ObjectMissing`.
        """
        wanted = {"Range": f"bytes={offset}-{offset + length - 1}"}
        return await self._read(key, {**wanted, **_only(etag)})

    async def put(self, key: str, body: bytes, content_type: str) -> StoredObject:
        """Write a small object."""
        answer = await self.call("put_object", Key=key, Body=body, ContentType=content_type)
        self.on_written(len(body))
        return StoredObject.of(answer)

    async def copy(self, key: str, etag: str, to: str) -> None:
        """Copy exactly this version of a small object, within S3. Raises `ObjectMissing`."""
        source = self.source(key)
        await self.call("copy_object", Key=to, CopySource=source, CopySourceIfMatch=etag)

    async def size(self, key: str, etag: str) -> int:
        """Return the bytes of this version of an object. Raises `ObjectMissing`."""
        answer = await self.call("head_object", Key=key, IfMatch=etag)
        return int(answer["ContentLength"])

    async def find(self, key: str) -> StoredObject | None:
        """Return the object, if there is one."""
        try:
            return StoredObject.of(await self.call("head_object", Key=key))
        except ObjectMissing:
            return None

    async def ping(self) -> str:
        """A readiness check: the bucket answers."""
        await self.call("head_bucket")
        return "ok"

    async def start_upload(self, key: str, content_type: str | None = None) -> "MultipartUpload":
        """Begin a multipart upload."""
        options = {} if content_type is None else {"ContentType": content_type}
        answer = await self.call("create_multipart_upload", Key=key, **options)
        return MultipartUpload(self, key, str(answer["UploadId"]))

    def started_upload(self, key: str, upload_id: str) -> "MultipartUpload":
        """Return the upload that was begun before, and has this id."""
        return MultipartUpload(self, key, upload_id)

    async def sign_download(self, key: str, seconds: int, **headers: str) -> str:
        """Return a presigned GET; `headers` are boto3's parameters of the answer's headers."""
        params = {"Bucket": self._name, "Key": key, **headers}

        def sign() -> str:
            return str(
                self._public.boto3.generate_presigned_url(
                    ClientMethod="get_object", Params=params, ExpiresIn=seconds
                )
            )

        return await self._translated(self._public.run(sign))

    async def sign_parts(
        self, key: str, upload_id: str, sizes: Mapping[int, int], seconds: int
    ) -> dict[int, str]:
        """Return presigned PUTs of parts, by number.

        Each takes its size in bytes and no other: `Content-Length` is signed. S3 itself would take
        5 GiB for any of them. Raises `PartRuleBroken`.
        """
        if not all(1 <= number <= MAX_PARTS for number in sizes):
            raise PartRuleBroken(f"part numbers go from 1 to {MAX_PARTS}")
        upload = {"Bucket": self._name, "Key": key, "UploadId": upload_id}

        def sign() -> dict[int, str]:
            return {
                number: self._public.boto3.generate_presigned_url(
                    ClientMethod="upload_part",
                    Params={**upload, "PartNumber": number, "ContentLength": size},
                    ExpiresIn=seconds,
                )
                for number, size in sizes.items()
            }

        return await self._translated(self._public.run(sign))

    async def sweep(self, prefix: str, spared: str | None = None) -> int:
        """Delete every object and abort every upload below `prefix`, but for those below `spared`;
        returns their number.
        """

        def is_spared(key: str) -> bool:
            return spared is not None and key.startswith(spared)

        return await self._delete_objects(prefix, is_spared) + await self._abort_uploads(
            prefix, is_spared
        )

    async def call(self, method: str, **parameters: Any) -> Any:
        """Call a client method by its boto3 name on this bucket. Raises `ObjectMissing`."""
        return await self._translated(self._client.call(method, Bucket=self._name, **parameters))

    def source(self, key: str) -> dict[str, str]:
        """Name an object of this bucket as the source of a copy."""
        return {"Bucket": self._name, "Key": key}

    async def _read(self, key: str, options: Mapping[str, str]) -> bytes:
        def read() -> bytes:
            answer = self._client.boto3.get_object(Bucket=self._name, Key=key, **options)
            with closing(answer["Body"]) as body:
                data: bytes = body.read()
                return data

        data: bytes = await self._translated(self._client.run(read))
        self._on_read(len(data))
        return data

    async def _delete_objects(self, prefix: str, is_spared: Callable[[str], bool]) -> int:
        deleted = 0
        after: dict[str, str] = {}
        while True:
            page = await self.call("list_objects_v2", Prefix=prefix, MaxKeys=_DELETE_BATCH, **after)
            found = [item["Key"] for item in page.get("Contents", [])]
            if not found:
                return deleted
            after = {"StartAfter": found[-1]}
            keys = [{"Key": key} for key in found if not is_spared(key)]
            if not keys:
                continue
            answer = await self.call("delete_objects", Delete={"Objects": keys, "Quiet": True})
            if errors := answer.get("Errors"):
                raise StoreUnavailable(f"{len(errors)} objects not deleted, first {errors[0]}")
            deleted += len(keys)

    async def _abort_uploads(self, prefix: str, is_spared: Callable[[str], bool]) -> int:
        page = await self.call("list_multipart_uploads", Prefix=prefix)
        uploads = [each for each in page.get("Uploads", []) if not is_spared(each["Key"])]
        for upload in uploads:
            await self.call(
                "abort_multipart_upload", Key=upload["Key"], UploadId=upload["UploadId"]
            )
        return len(uploads)

    async def _translated(self, call: Awaitable[T]) -> T:
        try:
            return await call
        except AwsUnavailable as error:
            raise StoreUnavailable(str(error)) from error
        except AwsRefused as error:
            if error.status in _GONE:
                raise ObjectMissing(str(error)) from error
            raise StoreUnavailable(str(error)) from error


def _only(etag: str | None) -> dict[str, str]:
    return {} if etag is None else {"IfMatch": etag}


class MultipartUpload:
    """An object being written part by part. It must be completed or aborted.

    Every method that calls S3 may raise `StoreUnavailable`.
    """

    def __init__(self, bucket: Bucket, key: str, upload_id: str) -> None:
        self.upload_id = upload_id
        self._bucket = bucket
        self._key = key
        self._etags: dict[int, str] = {}
        self._sizes: list[int] = []

    def reserve(self, size: int) -> int:
        """Return the number of the next part, which will have `size` bytes.

        An object without a byte is one part without a byte. Raises `PartRuleBroken`.
        """
        if self._sizes and self._sizes[-1] < MIN_PART_BYTES:
            raise PartRuleBroken(f"part {len(self._sizes)} has only {self._sizes[-1]} bytes")
        if not 0 <= size <= MAX_PART_BYTES or (self._sizes and not size):
            raise PartRuleBroken(f"a part of {size} bytes")
        if len(self._sizes) == MAX_PARTS:
            raise PartRuleBroken(f"more than {MAX_PARTS} parts")
        self._sizes.append(size)
        return len(self._sizes)

    async def upload_part(self, number: int, body: bytes | bytearray) -> None:
        """Write a reserved part."""
        answer = await self._call("upload_part", PartNumber=number, Body=body)
        self._bucket.on_written(len(body))
        self._etags[number] = answer["ETag"]

    async def copy_part(self, number: int, key: str, etag: str, begin: int, end: int) -> None:
        """Copy the bytes `[begin, end)` of exactly this version of another object to a reserved
        part, within S3.

        Raises `ObjectMissing`.
        """
        answer = await self._call(
            "upload_part_copy",
            PartNumber=number,
            CopySource=self._bucket.source(key),
            CopySourceIfMatch=etag,
            CopySourceRange=f"bytes={begin}-{end - 1}",
        )
        self._etags[number] = answer["CopyPartResult"]["ETag"]

    async def parts(self) -> list[StoredPart] | None:
        """Return the parts that S3 has, in order; None where it does not know the upload.

        Of a part that was sent again AWS lists the last one, SeaweedFS each: the last one last.
        """
        found: list[StoredPart] = []
        marker: dict[str, int] = {}
        while True:
            try:
                page = await self._call("list_parts", **marker)
            except ObjectMissing as error:
                if _code_of(error) == _NO_SUCH_UPLOAD:
                    return None
                raise
            found += [
                StoredPart(part["PartNumber"], part["Size"], part["ETag"])
                for part in sorted(page.get("Parts", []), key=_number_and_time)
            ]
            if not page.get("IsTruncated"):
                return found
            marker = {"PartNumberMarker": page["NextPartNumberMarker"]}

    async def complete(self, parts: Sequence[StoredPart] | None = None) -> StoredObject:
        """Join the parts to the object: those given, or those written here.

        Raises `PartsChanged`.
        """
        etags = self._etags if parts is None else {part.number: part.etag for part in parts}
        named = [{"PartNumber": number, "ETag": etags[number]} for number in sorted(etags)]
        with _parts_compared():
            answer = await self._call("complete_multipart_upload", MultipartUpload={"Parts": named})
        return StoredObject.of(answer)

    async def abort(self) -> None:
        """Delete the parts. Raises `ObjectMissing`."""
        await self._call("abort_multipart_upload")

    async def discard(self) -> None:
        """Abort, if that can be done now: sweeping or a rule of the bucket removes what is left."""
        try:
            await self.abort()
        except (StoreUnavailable, ObjectMissing) as error:
            log.warning("upload not aborted", key=self._key, error=str(error))

    async def _call(self, method: str, **parameters: Any) -> Any:
        return await self._bucket.call(method, Key=self._key, UploadId=self.upload_id, **parameters)


@contextmanager
def _parts_compared() -> Iterator[None]:
    try:
        yield
    except (StoreUnavailable, ObjectMissing) as error:
        if _code_of(error) in _PARTS_CHANGED:
            raise PartsChanged(str(error)) from error
        raise


def _number_and_time(part: Mapping[str, Any]) -> tuple[int, float]:
    sent = part.get("LastModified")
    return part["PartNumber"], 0.0 if sent is None else sent.timestamp()


def _code_of(error: Exception) -> str | None:
    """Return S3's code of a refusal."""
    return error.__cause__.code if isinstance(error.__cause__, AwsRefused) else None
