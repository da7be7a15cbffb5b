"""Uploads and downloads, one file after another, with their progress."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import typer

from fotograma_cli.client import Client, Json
from fotograma_cli.download import archive_name, check_free, download, make_folder, target_path
from fotograma_cli.errors import CommandError, ExtractionFailed, FileTrouble, NotFound
from fotograma_cli.exits import Exit
from fotograma_cli.library import find_video, why_it_failed
from fotograma_cli.output import Output, error_body
from fotograma_cli.units import format_bytes
from fotograma_cli.upload import SourceFile, check_limits, upload
from fotograma_cli.waiting import COMPLETED, wait_for_extraction


@dataclass(slots=True)
class Outcome:
    """What became of one file; for `--json` too."""

    file: str
    video_id: str | None = None
    extraction_id: str | None = None
    status: str | None = None
    frames: int | None = None
    warnings: tuple[Json, ...] = ()
    archive: str | None = None
    error: dict[str, Any] | None = None


class Uploading:
    """Uploads of several files with one recipe."""

    def __init__(
        self,
        client: Client,
        output: Output,
        *,
        recipe: str | None,
        wait: bool,
        folder: Path | None,
        force: bool,
    ) -> None:
        self._client = client
        self._output = output
        self._recipe = recipe
        self._wait = wait or folder is not None
        self._folder = folder
        self._force = force

    def run(self, paths: Sequence[Path]) -> None:
        """Upload them all, whatever becomes of each. Ends with the exit code that says it."""
        self._check_targets(paths)
        exits: list[Exit] = []
        outcomes = []
        for path in paths:
            outcome = Outcome(str(path))
            outcomes.append(outcome)
            try:
                self._one(path, outcome)
                exits.append(Exit.OK)
            except CommandError as error:
                outcome.error = error_body(error)
                exits.append(error.exit)
                self._output.note(f"Error: {path.name}: {error}")
        if len(paths) > 1:
            done = exits.count(Exit.OK)
            self._output.say(f"{done} of {len(paths)} files done, {len(paths) - done} failed.")
        self._output.result({"files": [asdict(outcome) for outcome in outcomes]})
        raise typer.Exit(overall_exit(exits))

    def _check_targets(self, paths: Sequence[Path]) -> None:
        """What could not be stored afterwards is not uploaded."""
        if self._folder is None:
            return
        make_folder(self._folder)
        targets = [self._folder / archive_name(path.name) for path in paths]
        for target in targets:
            if targets.count(target) > 1:
                raise FileTrouble(f"Several files would be saved as {target}.", code="file_exists")
            check_free(target, force=self._force)

    def _one(self, path: Path, outcome: Outcome) -> None:
        source = SourceFile.at(path)
        check_limits(self._client.limits(), source)
        with self._output.bytes_bar(f"Uploading {path.name}") as bar:
            video = upload(self._client, source, self._recipe, lambda sent: bar(sent, source.size))
        extraction = video["extractions"][0]
        outcome.video_id, outcome.extraction_id = video["id"], extraction["id"]
        outcome.status = extraction["status"]
        self._output.say(f"{path.name} uploaded: {video['id']}")
        if self._wait:
            self._finish(video, extraction, outcome)

    def _finish(self, video: Json, extraction: Json, outcome: Outcome) -> None:
        extraction = self._waited(video, extraction)
        outcome.status = extraction["status"]
        outcome.frames = extraction["frames"]
        outcome.warnings = tuple(extraction["warnings"])
        if extraction["status"] not in COMPLETED:
            raise ExtractionFailed(why_it_failed(extraction))
        for warning in extraction["warnings"]:
            self._output.note(f"Warning: {video['name']}: {warning['detail']}")
        self._output.say(f"{video['name']}: {extraction['frames']} frames.")
        if self._folder is not None:
            # Under the local file's name: that it is free has been checked before the upload.
            target = self._folder / archive_name(Path(outcome.file).name)
            fetch_archive(self._client, self._output, extraction, target, force=self._force)
            outcome.archive = str(target)

    def _waited(self, video: Json, extraction: Json) -> Json:
        with self._output.frames_bar(f"Extracting {video['name']}") as bar:

            def show(current: Json) -> None:
                progress = current["progress"]
                state = current["status"].replace("_", " ").capitalize()
                bar.describe(f"{state} {video['name']}")
                bar(progress["frames"], progress["frames_at_most"])

            return wait_for_extraction(
                self._client, UUID(video["id"]), UUID(extraction["id"]), show
            )


def download_video(
    client: Client,
    output: Output,
    text: str,
    *,
    extraction: str | None,
    target: Path | None,
    force: bool,
) -> None:
    """Fetch a video's archive: of the extraction given, or of its newest complete one."""
    video = find_video(client, text)
    chosen = _extraction_of(video, extraction)
    path = target_path(target, video["name"])
    if chosen is None or chosen["status"] not in COMPLETED:
        # The server knows best why there is nothing, and says so.
        client.download_url(UUID(video["id"]), None if chosen is None else UUID(chosen["id"]))
        video = client.video(UUID(video["id"]))  # it has become ready in this moment
        chosen = _extraction_of(video, extraction)
    if chosen is None:
        raise NotFound(f"{video['name']} has no archive.", code="extraction_not_found")
    size = fetch_archive(client, output, chosen, path, force=force)
    output.result(
        {
            "video_id": video["id"],
            "extraction_id": chosen["id"],
            "archive": str(path),
            "bytes": size,
            "frames": chosen["frames"],
        }
    )


def fetch_archive(
    client: Client, output: Output, extraction: Json, target: Path, *, force: bool
) -> int:
    """Fetch an extraction's archive to `target`; returns its size in bytes."""
    check_free(target, force=force)
    make_folder(target.parent)
    with output.bytes_bar(f"Downloading {target.name}") as bar:
        size = download(
            client,
            UUID(extraction["video_id"]),
            UUID(extraction["id"]),
            target,
            bar,
            expected_bytes=extraction["archive_bytes"],
            force=force,
        )
    output.say(f"{target} ({format_bytes(size)})")
    return size


def overall_exit(exits: Sequence[Exit]) -> Exit:
    """The one way in which files failed, or `FAILED` where they failed in several."""
    failures = {exit_ for exit_ in exits if exit_ is not Exit.OK}
    if not failures:
        return Exit.OK
    return failures.pop() if len(failures) == 1 else Exit.FAILED


def _extraction_of(video: Json, text: str | None) -> Json | None:
    if text is None:
        return next((e for e in video["extractions"] if e["status"] in COMPLETED), None)
    found = [e for e in video["extractions"] if e["id"].startswith(text.lower())]
    if len(found) != 1:
        raise NotFound(
            f"{video['name']} has no single extraction {text!r}.", code="extraction_not_found"
        )
    return dict(found[0])
