"""Sending a file straight to the object storage, in parts; what has arrived is not sent again."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus
from uuid import UUID

from fotograma_cli.api.client import UPLOAD_ATTEMPTS, Client
from fotograma_cli.api.connection import Json
from fotograma_cli.api.retries import is_transient
from fotograma_cli.errors import NotFound, Refused, WrongUsage
from fotograma_cli.upload.options import UploadOptions
from fotograma_cli.upload.parts import Part, PartSending
from fotograma_cli.upload.source import FileChanged, SourceFile, check_limits
from fotograma_cli.upload.unfinished import Unfinished, UnfinishedUploads

SENDINGS = 3
"""How often parts are sent that the server misses although the storage accepted them."""
OnProgress = Callable[[int], None]
"""Called with the bytes of the file that the storage has, or is being sent."""


class UploadGone(NotFound):
    """The server has no such upload (any longer)."""

    code = "upload_not_found"


class DirectUpload:
    """The upload of one file."""

    def __init__(
        self,
        client: Client,
        source: SourceFile,
        unfinished: UnfinishedUploads,
        *,
        recipe: Json | None,
        options: UploadOptions,
        note: Callable[[str], None],
    ) -> None:
        self._client = client
        self._source = source
        self._unfinished = unfinished
        self._recipe = recipe
        self._options = options
        self._note = note
        self._fresh = Unfinished.begin(
            source,
            server=client.server,
            account=client.user,
            name=options.name or source.name,
            recipe=recipe,
            keep_days=options.keep_days,
            began_at=time.time(),
        )

    @property
    def is_resumable(self) -> bool:
        """Whether another command could resume the upload."""
        return self._unfinished.find(self._fresh.identity) is not None

    def run(self, on_resumed: OnProgress, on_progress: OnProgress) -> Json:
        """Upload the file; returns the video.

        An error leaves an upload that can be resumed, unless the file has changed or the server has
        aborted it.
        """
        with self._unfinished.held(self._fresh.identity):
            earlier = self._unfinished.find(self._fresh.identity)
            if earlier is not None and self._options.resume:
                self._check_recipe(earlier)
                try:
                    return self._go_on(earlier, on_resumed, on_progress)
                except UploadGone:
                    self._note("The server has given the unfinished upload up; it begins anew.")
            elif earlier is not None:
                abort(self._client, self._unfinished, earlier)
                self._note(
                    f"The unfinished upload of {self._source.path.name} was given up; "
                    "--resume would have gone on with it."
                )
            elif self._options.resume:
                self._note(f"Nothing of {self._source.path.name}, as it is now, can be resumed.")
            check_limits(self._client.limits(), self._source)
            return self._go_on(self._fresh, on_resumed, on_progress)

    def _go_on(self, upload: Unfinished, on_resumed: OnProgress, on_progress: OnProgress) -> Json:
        upload = self._known(upload)
        upload_id = UUID(str(upload.upload_id))
        try:
            video = self._sent(upload_id, on_resumed, on_progress)
        except FileChanged:
            abort(self._client, self._unfinished, upload)
            raise
        except Refused as error:
            if error.status == HTTPStatus.NOT_FOUND:
                self._unfinished.forget(upload.identity)
                raise UploadGone("The server has given the upload up.") from error
            raise
        self._unfinished.forget(upload.identity)
        return video

    def _sent(self, upload_id: UUID, on_resumed: OnProgress, on_progress: OnProgress) -> Json:
        """Send what the storage lacks and complete the upload; returns the video.

        Parts that the server misses then are sent again, a few times.
        """
        sending = 1
        while True:
            if (opened := self._opened(upload_id)) is not None:
                self._send(opened, on_resumed, on_progress)
            try:
                return self._client.complete_upload(upload_id)
            except Refused as error:
                if error.code != "parts_missing" or sending >= SENDINGS:
                    raise
            sending += 1
            self._note("The storage lacks parts that were sent. They are sent again.")

    def _check_recipe(self, earlier: Unfinished) -> None:
        if self._recipe not in (None, earlier.recipe):
            raise WrongUsage(
                "The unfinished upload began with another recipe. Leave the recipe out to go on "
                "with it, or --resume to begin anew."
            )

    def _known(self, upload: Unfinished) -> Unfinished:
        """The upload as created at the server: stored before the request, and with its id after."""
        if upload.upload_id is not None:
            return upload
        self._unfinished.remember(upload)
        try:
            opened = self._client.create_upload(_wanted(upload), upload.idempotency_key)
        except Refused as error:
            if not is_transient(error):
                self._unfinished.forget(upload.identity)
            raise
        known = replace(upload, upload_id=opened["id"])
        self._unfinished.remember(known)
        return known

    def _opened(self, upload_id: UUID) -> Json | None:
        """The upload as the server has it; None if it may be a video already."""
        try:
            return self._client.upload(upload_id)
        except Refused as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise
            return None

    def _send(self, opened: Json, on_resumed: OnProgress, on_progress: OnProgress) -> None:
        upload_id = UUID(opened["id"])
        arrived = {part["number"]: part["size_bytes"] for part in opened["parts"]}
        parts = Part.all_of(self._source.size, opened["part_bytes"])
        missing = [part for part in parts if arrived.get(part.number) != part.size]
        tally = _Tally(self._source.size - sum(part.size for part in missing), on_progress)
        on_resumed(tally.sent)
        retries = replace(self._client.retries, attempts=UPLOAD_ATTEMPTS)
        with PartSending(
            self._client,
            self._source,
            lambda numbers: self._client.sign_parts(upload_id, numbers),
            retries,
            max(1, min(self._options.parallel, len(missing))),
            tally.add,
        ) as sending:
            sending.run(missing)
        self._source.check()


def _wanted(upload: Unfinished) -> Json:
    """The request for an upload, without fields that have no value."""
    wanted = {
        "name": upload.name,
        "size_bytes": upload.size,
        "recipe": upload.recipe,
        "retention_days": upload.keep_days,
    }
    return {field: value for field, value in wanted.items() if value is not None}


def abort(client: Client, unfinished: UnfinishedUploads, upload: Unfinished) -> None:
    """Abort an upload at the server, and delete it here."""
    if upload.upload_id is not None:
        try:
            client.abort_upload(UUID(upload.upload_id))
        except Refused as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise
    unfinished.forget(upload.identity)


class _Tally:
    """How many bytes have been sent, counted by several threads."""

    def __init__(self, sent: int, on_progress: OnProgress) -> None:
        self.sent = sent
        self._on_progress = on_progress
        self._lock = threading.Lock()

    def add(self, size: int) -> None:
        with self._lock:
            self.sent += size
            self._on_progress(self.sent)
