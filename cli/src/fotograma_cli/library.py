"""Finds, lists, shows and deletes a user's videos."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from itertools import islice
from uuid import UUID

import typer

from fotograma_cli.api.client import Client
from fotograma_cli.api.connection import Json
from fotograma_cli.errors import CommandError, NotFound, WrongUsage
from fotograma_cli.output import Output, confirm, error_body
from fotograma_cli.statuses import Phase, phase_of, retry_hint, why_it_failed
from fotograma_cli.units import counted, format_age, format_bytes, format_seconds

MAX_SEARCH = 255
"""The server's longest search text, and longest name."""
_MAY_MOVE = frozenset({Phase.RUNNING, Phase.UNKNOWN})
_ID_PREFIX = re.compile(r"[0-9a-f-]{1,36}")


class VideoStatus(StrEnum):
    """The status of a video."""

    PROCESSING = "processing"
    READY = "ready"
    FAILED = "failed"


class Sort(StrEnum):
    """The order of a list."""

    NEWEST = "newest"
    OLDEST = "oldest"
    NAME = "name"
    LARGEST = "largest"
    SMALLEST = "smallest"


_SORT_KEYS = {
    Sort.NEWEST: "-created_at",
    Sort.OLDEST: "created_at",
    Sort.NAME: "name",
    Sort.LARGEST: "-size_bytes",
    Sort.SMALLEST: "size_bytes",
}


def find_video(client: Client, text: str) -> Json:
    """The video with this id, this exact name, or the only one whose id begins so.

    Raises `NotFound`, or `WrongUsage` when several videos fit.
    """
    if (video_id := _full_id(text)) is not None:
        return client.video(video_id)
    found: list[Json] = []
    if len(text) <= MAX_SEARCH:
        found = [video for video in client.videos(search=text) if video["name"] == text]
    if not found and _ID_PREFIX.fullmatch(text.lower()):
        found = [video for video in client.videos() if video["id"].startswith(text.lower())]
    if not found:
        raise NotFound(f"You have no video {text!r}.", code="video_not_found")
    if len(found) > 1:
        ids = ", ".join(video["id"] for video in found[:5])
        raise WrongUsage(f"{len(found)} videos fit {text!r}: {ids}.", code="ambiguous_video")
    return found[0]


def list_videos(
    client: Client,
    output: Output,
    *,
    status: VideoStatus | None,
    search: str | None,
    sort: Sort,
    limit: int,
) -> None:
    """Show up to `limit` videos."""
    found = list(
        islice(client.videos(status=status, search=search, sort=_SORT_KEYS[sort]), limit + 1)
    )
    videos, more = found[:limit], len(found) > limit
    now = datetime.now(UTC)
    if videos:
        columns = ["ID", "NAME", "STATUS", "SIZE", "FRAMES", "AGE"]
        output.table(columns, [_row(video, now) for video in videos])
    else:
        output.say("No videos.")
    if more:
        output.say(f"There are more than these {limit}; see --limit.")
    output.result({"videos": videos, "more": more})


def show_status(client: Client, output: Output, text: str) -> None:
    """Show a video with its extractions, newest first."""
    video = find_video(client, text)
    video["extractions"] = [_in_detail(client, e) for e in video["extractions"]]
    now = datetime.now(UTC)
    output.say(f"{video['name']}  {video['status']}")
    output.say(f"  id        {video['id']}")
    output.say(f"  size      {format_bytes(video['size_bytes'])}")
    if video["sha256"] is not None:
        output.say(f"  sha256    {video['sha256']}")
    output.say(f"  uploaded  {format_age(_time(video['created_at']), now)} ago")
    for extraction in video["extractions"]:
        output.say(f"Extraction {extraction['id']}")
        for line in describe_extraction(extraction):
            output.say(f"  {line}")
    output.result(video)


def rename_video(client: Client, output: Output, text: str, name: str) -> None:
    """Give a video another name."""
    video = find_video(client, text)
    renamed = client.rename(UUID(video["id"]), name)
    output.say(f"{video['name']} is called {renamed['name']} now.")
    output.result(renamed)


def cancel_extraction(client: Client, output: Output, text: str, extraction: str | None) -> None:
    """Stop an extraction: the one given, or the newest that runs."""
    video = find_video(client, text)
    chosen = extraction_of(video, extraction) if extraction else _newest(video, running=True)
    cancelled = client.cancel(UUID(video["id"]), UUID(chosen["id"]))
    output.say(f"{video['name']}: extraction {chosen['id']} is cancelled.")
    output.result(cancelled)


def retried(client: Client, output: Output, text: str, extraction: str | None) -> tuple[Json, Json]:
    """Try an extraction again: the one given, or the newest that failed or was cancelled.

    Returns the video and the extraction.
    """
    video = find_video(client, text)
    chosen = extraction_of(video, extraction) if extraction else _newest(video, running=False)
    if phase_of(chosen) is Phase.FAILED and chosen.get("retryable") is False:
        output.note("Why it failed lies in the video or the recipe: it will likely end the same.")
    begun = client.retry(UUID(video["id"]), UUID(chosen["id"]))
    output.say(f"{video['name']}: extraction {chosen['id']} is tried again.")
    return video, begun


def extraction_of(video: Json, text: str) -> Json:
    """The video's one extraction whose id begins so. Raises `NotFound`."""
    found = [e for e in video["extractions"] if e["id"].startswith(text.lower())]
    if len(found) != 1:
        raise NotFound(
            f"{video['name']} has no single extraction {text!r}.", code="extraction_not_found"
        )
    return dict(found[0])


def _newest(video: Json, *, running: bool) -> Json:
    """The newest extraction that runs; or that has ended without an archive."""
    wanted = {Phase.RUNNING} if running else {Phase.FAILED, Phase.CANCELLED}
    for extraction in video["extractions"]:
        if phase_of(extraction) in wanted:
            return dict(extraction)
    what = "runs" if running else "has failed or was cancelled"
    raise NotFound(f"No extraction of {video['name']} {what}.", code="extraction_not_found")


def describe_extraction(extraction: Json) -> list[str]:
    """Lines that describe an extraction: its progress, source, result and errors."""
    lines = [extraction["status"].replace("_", " ")]
    if (source := extraction["source"]) is not None:
        size = f"{source['width']}x{source['height']}"
        lines.append(f"{source['codec']} in {source['container']}, {size}, {_seconds(source)}")
    progress = extraction.get("progress")
    if progress is not None and phase_of(extraction) in _MAY_MOVE:
        at_most = progress["frames_at_most"]
        of = "" if at_most is None else f" of at most {at_most}"
        left = time_left(extraction)
        frames = counted(progress["frames"], "frame")
        lines.append(f"{frames}{of}, {progress['percent']:g} %{left}")
        if (expected := extraction.get("estimated_archive_bytes")) is not None:
            lines.append(f"the archive may have {format_bytes(expected)}")
    if extraction["archive_bytes"] is not None:
        frames = counted(extraction["frames"], "frame")
        lines.append(f"{frames}, {format_bytes(extraction['archive_bytes'])}")
    if extraction["reason"] is not None:
        lines.append(f"{why_it_failed(extraction)}{retry_hint(extraction)}")
    lines.extend(f"warning: {warning['detail']}" for warning in extraction["warnings"])
    return lines


def time_left(extraction: Json) -> str:
    """The times that the server expects, to be appended: until it begins, and until it ends."""
    ahead, left = extraction.get("ahead_seconds"), extraction.get("seconds_left")
    begins = f", begins in about {format_seconds(ahead)}" if ahead and ahead >= 1 else ""
    ends = "" if left is None else f", about {format_seconds(left)} left"
    return begins + ends


def delete_videos(client: Client, output: Output, texts: Sequence[str], *, yes: bool) -> None:
    """Delete videos, after asking."""
    videos = list({v["id"]: v for v in (find_video(client, text) for text in texts)}.values())
    if not yes:
        names = ", ".join(f"{video['name']} ({video['id'][:8]})" for video in videos)
        confirm(f"Delete {names} with all frames?", declined="Nothing was deleted.")
    deleted, failed = [], []
    errors: list[CommandError] = []
    for video in videos:
        try:
            client.delete(UUID(video["id"]))
        except CommandError as error:
            output.note(f"Error: {video['name']} was not deleted. {error}")
            failed.append({"id": video["id"], "error": error_body(error)})
            errors.append(error)
        else:
            output.say(f"Deleted {video['name']} ({video['id']}).")
            deleted.append(video["id"])
    output.result({"deleted": deleted, "failed": failed})
    if errors:
        raise typer.Exit(errors[0].exit)


def _in_detail(client: Client, extraction: Json) -> Json:
    if phase_of(extraction) not in _MAY_MOVE:
        return extraction
    return client.extraction(UUID(extraction["video_id"]), UUID(extraction["id"]))


def _row(video: Json, now: datetime) -> list[str]:
    newest = next(iter(video["extractions"]), None)
    frames = newest["frames"] if newest else None
    return [
        video["id"][:8],
        video["name"],
        video["status"],
        format_bytes(video["size_bytes"]),
        "-" if frames is None else str(frames),
        format_age(_time(video["created_at"]), now),
    ]


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _seconds(source: Json) -> str:
    return f"{source['duration_seconds']:.3f} s"


def _full_id(text: str) -> UUID | None:
    try:
        return UUID(text) if len(text) in {32, 36} else None
    except ValueError:
        return None
