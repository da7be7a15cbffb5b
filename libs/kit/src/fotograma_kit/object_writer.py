"""Writing an object of unknown size to S3, part by part, as its bytes arrive."""

import asyncio

from fotograma_kit.s3 import Bucket, MultipartUpload, StoredObject


class ObjectWriter:
    """Writes an object of unknown size as its bytes arrive.

    An object that is smaller than a part is written in one request, unless `start` was called.
    Parts are of `part_bytes`; where `most_bytes` is given, they grow to that with what is written,
    since each costs a request. Memory: the part being filled, and `in_flight` parts being sent.
    Every method may raise `StoreUnavailable`.
    """

    def __init__(
        self,
        bucket: Bucket,
        key: str,
        content_type: str | None = None,
        *,
        part_bytes: int,
        most_bytes: int | None = None,
        in_flight: int = 1,
    ) -> None:
        self._bucket = bucket
        self._key = key
        self._content_type = content_type
        self._part_bytes = part_bytes
        self._most_bytes = most_bytes or part_bytes
        self._written = 0
        self._slots = asyncio.Semaphore(in_flight)
        self._buffer = bytearray()
        self._upload: MultipartUpload | None = None
        self._sending: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Begin the upload before the first part is full, so that an error shows early."""
        self._upload = await self._bucket.start_upload(self._key, self._content_type)

    async def write(self, *chunks: bytes) -> None:
        """Append bytes; waits while enough parts are being sent. Raises `PartRuleBroken`."""
        for chunk in chunks:
            rest = memoryview(chunk)
            while rest:
                room = self._part_bytes - len(self._buffer)
                self._buffer += rest[:room]
                rest = rest[room:]
                if len(self._buffer) == self._part_bytes:
                    await self._send_buffer()

    async def close(self) -> StoredObject:
        """Finish the object."""
        if self._upload is None:
            content_type = self._content_type or "binary/octet-stream"
            return await self._bucket.put(self._key, bytes(self._buffer), content_type)
        if self._buffer or not self._sending:
            await self._send_buffer()
        await asyncio.gather(*self._sending)
        return await self._upload.complete()

    async def abort(self) -> None:
        """Cancel what is being sent, and abort the upload if that can be done now."""
        for task in self._sending:
            task.cancel()
        await asyncio.gather(*self._sending, return_exceptions=True)
        if self._upload is not None:
            await self._upload.discard()

    async def _send_buffer(self) -> None:
        """Send the buffer itself and begin another: copies of it would double the memory."""
        if self._upload is None:
            await self.start()
        assert self._upload is not None  # noqa: S101 - it has been started
        body, self._buffer = self._buffer, bytearray()
        self._written += len(body)
        self._part_bytes = min(max(self._part_bytes, self._written), self._most_bytes)
        await self._slots.acquire()
        self._raise_failed()
        number = self._upload.reserve(len(body))
        self._sending.append(asyncio.create_task(self._send(self._upload, number, body)))

    async def _send(self, upload: MultipartUpload, number: int, body: bytearray) -> None:
        try:
            await upload.upload_part(number, body)
        finally:
            self._slots.release()

    def _raise_failed(self) -> None:
        for task in self._sending:
            if task.done() and (error := task.exception()):
                raise error
