"""The video service's bucket: what it stores there, and S3's errors as the API answers them."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from types import TracebackType
from typing import Self

from fotograma_kit.aws import AwsClient
from fotograma_kit.object_writer import ObjectWriter
from fotograma_kit.s3 import (
    Bucket,
    ObjectMissing,
    PartRuleBroken,
    PartsChanged,
    StoredObject,
    StoredPart,
    StoreUnavailable,
)

from fotograma_video.errors import ArchiveGone, StorageUnavailable
from fotograma_video.naming import content_disposition
from fotograma_video.settings import VideoSettings

_PARTS_IN_FLIGHT = 3


class Storage:
    """The bucket."""

    def __init__(self, settings: VideoSettings) -> None:
        self._part_bytes = settings.video_upload_part_bytes
        self._upload_seconds = settings.video_upload_url_seconds
        self._download_seconds = settings.video_download_url_seconds
        self._s3 = AwsClient("s3", settings, settings.s3_endpoint_url)
        self._public = AwsClient(
            "s3", settings, settings.s3_public_endpoint_url or settings.s3_endpoint_url
        )
        self._bucket = Bucket(self._s3, settings.s3_bucket, public=self._public)

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

    @asynccontextmanager
    async def upload(self, key: str) -> AsyncIterator[ObjectWriter]:
        """A multipart upload, aborted unless the block ends well. Memory: four parts at most.

        Raises `StorageUnavailable`. What cannot be aborted now is left to the janitor.
        """
        writer = ObjectWriter(
            self._bucket, key, part_bytes=self._part_bytes, in_flight=_PARTS_IN_FLIGHT
        )
        try:
            with _translated():
                await writer.start()
                yield writer
        except BaseException:
            await asyncio.shield(writer.abort())
            raise

    async def open_upload(self, key: str) -> str:
        """Open a multipart upload that the client fills; returns S3's id of it.

        Raises `StorageUnavailable`.
        """
        with _translated():
            return (await self._bucket.start_upload(key)).upload_id

    async def part_urls(
        self, key: str, s3_upload_id: str, sizes: Mapping[int, int]
    ) -> dict[int, str]:
        """Presigned PUTs of parts for the public address, by number: each takes its size only."""
        return await self._bucket.sign_parts(key, s3_upload_id, sizes, self._upload_seconds)

    async def parts(self, key: str, s3_upload_id: str) -> list[StoredPart] | None:
        """The parts that S3 has, in order; None where it does not know the upload (any longer).

        Raises `StorageUnavailable`.
        """
        with _translated():
            return await self._bucket.started_upload(key, s3_upload_id).parts()

    async def complete_upload(
        self, key: str, s3_upload_id: str, parts: Sequence[StoredPart]
    ) -> StoredObject:
        """Make the parts one object. Raises `PartsChanged` or `StorageUnavailable`."""
        with _translated():
            return await self._bucket.started_upload(key, s3_upload_id).complete(parts)

    async def abort_upload(self, key: str, s3_upload_id: str) -> None:
        """Abort a multipart upload and delete its parts. Raises `StorageUnavailable`."""
        with _translated():
            await self._bucket.started_upload(key, s3_upload_id).abort()

    async def stored_object(self, key: str) -> StoredObject | None:
        """The object, if there is one. Raises `StorageUnavailable`."""
        with _translated():
            return await self._bucket.find(key)

    async def read(self, key: str, begin: int, end: int) -> bytes:
        """The bytes `[begin, end)` of an object. Raises `ArchiveGone` or `StorageUnavailable`."""
        if begin >= end:
            return b""
        with _translated(), _archive_read():
            return await self._bucket.read_range(key, begin, end - begin)

    async def read_all(self, key: str) -> bytes:
        """A small object. Raises `ArchiveGone` or `StorageUnavailable`."""
        with _translated(), _archive_read():
            return await self._bucket.read(key)

    async def download_url(self, key: str, file_name: str) -> str:
        """A presigned GET for the public address, under which a browser saves `file_name`."""
        return await self._bucket.sign_download(
            key,
            self._download_seconds,
            ResponseContentDisposition=content_disposition(file_name),
            ResponseContentType="application/zip",
        )

    async def source_url(self, key: str, file_name: str, media_type: str) -> str:
        """A presigned GET for the public address, from which a browser plays a source."""
        return await self._bucket.sign_download(
            key,
            self._download_seconds,
            ResponseContentDisposition=content_disposition(file_name, "inline"),
            ResponseContentType=media_type,
        )

    async def sweep(self, prefix: str, spared: str | None = None) -> int:
        """Delete every object and abort every upload below `prefix`, but for those below `spared`;
        returns how many went.

        Raises `StorageUnavailable`.
        """
        with _translated():
            return await self._bucket.sweep(prefix, spared)

    async def ping(self) -> str:
        """A readiness check."""
        return await self._bucket.ping()


@contextmanager
def _archive_read() -> Iterator[None]:
    try:
        yield
    except ObjectMissing as error:
        raise ArchiveGone from error


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except PartsChanged:
        raise
    except PartRuleBroken as error:
        raise StorageUnavailable("The upload has more parts than the storage takes.") from error
    except (StoreUnavailable, ObjectMissing) as error:
        raise StorageUnavailable from error
