"""Lists and aborts uploads that were begun on this machine and not finished."""

from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any
from uuid import UUID

from fotograma_cli.api.client import Client
from fotograma_cli.errors import CommandError, NotFound, Refused, WrongUsage
from fotograma_cli.output import Output
from fotograma_cli.units import format_age, format_bytes
from fotograma_cli.upload.direct import abort
from fotograma_cli.upload.source import SourceFile
from fotograma_cli.upload.unfinished import Unfinished, UnfinishedUploads


def list_uploads(client: Client, output: Output, unfinished: UnfinishedUploads) -> None:
    """List them, with what has arrived of each. Those unknown to the server are removed."""
    rows, documents = [], []
    now = datetime.now(UTC)
    for upload in unfinished.all(client.server, client.user):
        arrived = _arrived_bytes(client, upload)
        if arrived is None:
            unfinished.forget(upload.identity)
            continue
        began = datetime.fromtimestamp(upload.began_at, UTC)
        changed = not _is_unchanged(upload)
        documents.append(_document(upload, arrived, began, changed=changed))
        rows.append(
            [
                (upload.upload_id or "-")[:8],
                upload.path + (" (has changed)" if changed else ""),
                f"{format_bytes(arrived)} of {format_bytes(upload.size)}",
                format_age(began, now),
            ]
        )
    if rows:
        output.table(["ID", "FILE", "ARRIVED", "AGE"], rows)
    else:
        output.say("No unfinished uploads.")
    output.result({"uploads": documents})


def abort_upload(client: Client, output: Output, unfinished: UnfinishedUploads, text: str) -> None:
    """Abort one, found by its file or the beginning of its id; its parts are deleted."""
    path = str(Path(text).resolve())
    known = unfinished.all(client.server, client.user)
    found = [upload for upload in known if upload.path == path]
    found = found or [u for u in known if (u.upload_id or "").startswith(text.lower())]
    if not found:
        raise NotFound(f"There is no unfinished upload {text!r}.", code="upload_not_found")
    if len({upload.path for upload in found}) > 1:
        raise WrongUsage(f"{len(found)} uploads have an id that begins with {text!r}.")
    for upload in found:
        with unfinished.held(upload.identity):
            abort(client, unfinished, upload)
        output.say(f"The upload of {upload.path} was given up.")
    output.result({"aborted": [upload.upload_id for upload in found]})


def _arrived_bytes(client: Client, upload: Unfinished) -> int | None:
    """The bytes that have arrived; None if the server has no such upload."""
    if upload.upload_id is None:
        return 0
    try:
        parts = client.upload(UUID(upload.upload_id))["parts"]
    except Refused as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise
        return None
    return sum(int(part["size_bytes"]) for part in parts)


def _is_unchanged(upload: Unfinished) -> bool:
    try:
        source = SourceFile.at(Path(upload.path))
    except CommandError:
        return False
    return (source.size, source.modified_ns) == (upload.size, upload.modified_ns)


def _document(
    upload: Unfinished, arrived: int, began: datetime, *, changed: bool
) -> dict[str, Any]:
    return {
        "upload_id": upload.upload_id,
        "file": upload.path,
        "name": upload.name,
        "size_bytes": upload.size,
        "arrived_bytes": arrived,
        "began_at": began.isoformat(),
        "file_changed": changed,
    }
