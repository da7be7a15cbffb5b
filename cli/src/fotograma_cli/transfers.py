"""Uploads and downloads, one file after another, with their progress."""

import json
import shlex
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path, PurePath
from typing import Any
from uuid import UUID, uuid4

import typer

from fotograma_cli.api.client import Client
from fotograma_cli.api.connection import Json
from fotograma_cli.download import archive_name, check_free, download, make_folder, target_path
from fotograma_cli.errors import (
    CommandError,
    FileTrouble,
    NotFound,
    WrongUsage,
)
from fotograma_cli.exits import Exit
from fotograma_cli.library import extraction_of, find_video, time_left
from fotograma_cli.options import FollowUp
from fotograma_cli.output import Output, error_body
from fotograma_cli.statuses import Phase, check_complete, phase_of
from fotograma_cli.units import counted, format_bytes
from fotograma_cli.upload.direct import DirectUpload
from fotograma_cli.upload.form import UploadForm, send_file, send_stream
from fotograma_cli.upload.options import UploadOptions
from fotograma_cli.upload.source import SourceFile, check_limits
from fotograma_cli.upload.unfinished import UnfinishedUploads, UploadRunning
from fotograma_cli.waiting import wait_for_extraction

STDIN = Path("-")
STDIN_NAME = "stdin"


@dataclass(slots=True)
class Outcome:
    """The outcome for one file, as `--json` prints it."""

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
        unfinished: UnfinishedUploads,
        *,
        recipe: str | None,
        options: UploadOptions,
        follow_up: FollowUp,
    ) -> None:
        self._client = client
        self._output = output
        self._unfinished = unfinished
        self._recipe = recipe
        self._options = options
        self._follow_up = follow_up

    def run(self, paths: Sequence[Path]) -> None:
        """Upload all files, also after failures. Exits with the code of the failures."""
        self._check_usage(paths)
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

    def _check_usage(self, paths: Sequence[Path]) -> None:
        options = self._options
        if options.name is not None and len(paths) > 1:
            raise WrongUsage("--name is for one video.")
        if options.resume and (options.form or STDIN in paths):
            raise WrongUsage("A form, which standard input needs too, cannot be resumed.")
        if paths.count(STDIN) > 1:
            raise WrongUsage("Standard input can be read only once.")

    def _check_targets(self, paths: Sequence[Path]) -> None:
        """Raises `FileTrouble` before the upload if an archive could not be stored."""
        folder = self._follow_up.folder
        if folder is None:
            return
        make_folder(folder)
        targets = [folder / archive_name(self._name_of(path)) for path in paths]
        for target in targets:
            if targets.count(target) > 1:
                raise FileTrouble(f"Several files would be saved as {target}.", code="file_exists")
            check_free(target, force=self._follow_up.force)

    def _one(self, path: Path, outcome: Outcome) -> None:
        video = self._stream(path) if path == STDIN else self._file(SourceFile.at(path))
        extraction = video["extractions"][0]
        outcome.video_id, outcome.extraction_id = video["id"], extraction["id"]
        outcome.status = extraction["status"]
        self._output.say(f"{self._name_of(path)} uploaded: {video['id']}")
        # Under the local name: that it is free has been checked before the upload.
        finish(
            *(self._client, self._output, video, extraction, self._follow_up),
            saved_as=self._name_of(path),
            outcome=outcome,
        )

    def _file(self, source: SourceFile) -> Json:
        if self._options.form:
            return self._by_form(source)
        return self._directly(source)

    def _directly(self, source: SourceFile) -> Json:
        recipe = None if self._recipe is None else json.loads(self._recipe)
        options = replace(self._options, name=self._name_of(source.path))
        upload = DirectUpload(
            *(self._client, source, self._unfinished),
            recipe=recipe,
            options=options,
            note=self._output.note,
        )
        try:
            with self._output.bytes_bar(f"Uploading {source.name}") as bar:
                return upload.run(
                    lambda before: bar.begin(before, source.size),
                    lambda sent: bar(sent, source.size),
                )
        except UploadRunning:
            raise
        except (CommandError, KeyboardInterrupt):
            if upload.is_resumable:
                self._output.note(
                    "What has arrived is kept. Go on with: "
                    f"fotograma upload --resume {shlex.quote(str(source.path))}"
                )
            raise

    def _by_form(self, source: SourceFile) -> Json:
        check_limits(self._client.limits(), source)
        with self._output.bytes_bar(f"Uploading {source.name}") as bar:
            return send_file(
                *(self._client, source, self._form(self._name_of(source.path))),
                on_sent=lambda sent: bar(sent, source.size),
            )

    def _stream(self, path: Path) -> Json:
        name = self._name_of(path)
        with self._output.bytes_bar(f"Uploading {name}") as bar:
            return send_stream(
                *(self._client, sys.stdin.buffer, self._form(name)),
                on_sent=lambda sent: bar(sent, None),
            )

    def _form(self, name: str) -> UploadForm:
        return UploadForm(name, self._recipe, self._options.keep_days)

    def _name_of(self, path: Path) -> str:
        if self._options.name is not None:
            return self._options.name
        if path == STDIN:
            return STDIN_NAME
        return path.name.encode("utf-8", "replace").decode()


def extract_again(
    client: Client, output: Output, text: str, recipe: str | None, follow_up: FollowUp
) -> None:
    """Extract a video's frames with another recipe."""
    video = find_video(client, text)
    if follow_up.folder is not None:
        make_folder(follow_up.folder)
        check_free(follow_up.folder / archive_name(video["name"]), force=follow_up.force)
    asked = {} if recipe is None else json.loads(recipe)
    extraction = client.extract(UUID(video["id"]), asked, uuid4().hex)
    output.say(f"{video['name']}: extraction {extraction['id']} has begun.")
    follow(client, output, video, extraction, follow_up)


def follow(
    client: Client, output: Output, video: Json, extraction: Json, follow_up: FollowUp
) -> None:
    """Follow an extraction to its end, and report it."""
    outcome = Outcome(video["name"], video["id"], extraction["id"], extraction["status"])
    try:
        finish(
            *(client, output, video, extraction, follow_up),
            saved_as=video["name"],
            outcome=outcome,
        )
    except CommandError as error:
        outcome.error = error_body(error)
        output.note(f"Error: {video['name']}: {error}")
        output.result(asdict(outcome))
        raise typer.Exit(error.exit) from None
    output.result(asdict(outcome))


def finish(
    client: Client,
    output: Output,
    video: Json,
    extraction: Json,
    follow_up: FollowUp,
    *,
    saved_as: str,
    outcome: Outcome,
) -> None:
    """Wait for an extraction and save its archive, as far as the options ask for it.

    Raises `ExtractionFailed` or `ExtractionCancelled` when there will be none.
    """
    if not follow_up.waits:
        return
    extraction = _waited(client, output, video, extraction)
    outcome.status = extraction["status"]
    outcome.frames = extraction["frames"]
    outcome.warnings = tuple(extraction["warnings"])
    check_complete(extraction)
    for warning in extraction["warnings"]:
        output.note(f"Warning: {video['name']}: {warning['detail']}")
    output.say(f"{video['name']}: {counted(extraction['frames'], 'frame')}.")
    if follow_up.folder is not None:
        target = follow_up.folder / archive_name(saved_as)
        fetch_archive(client, output, extraction, target, force=follow_up.force)
        outcome.archive = str(target)


def _waited(client: Client, output: Output, video: Json, extraction: Json) -> Json:
    with output.frames_bar(f"Extracting {video['name']}") as bar:

        def show(current: Json) -> None:
            progress = current["progress"]
            state = current["status"].replace("_", " ").capitalize()
            bar.describe(f"{state} {video['name']}{time_left(current)}")
            bar(progress["frames"], progress["frames_at_most"])

        return wait_for_extraction(client, UUID(video["id"]), UUID(extraction["id"]), show)


def download_video(
    client: Client,
    output: Output,
    text: str,
    *,
    extraction: str | None,
    selection: Json,
    target: Path | None,
    force: bool,
) -> None:
    """Fetch a video's archive, or some of its frames: of the extraction given, or of its newest
    complete one.
    """
    video = find_video(client, text)
    chosen = _complete_one(client, video, extraction)
    frames = chosen["frames"]
    if selection:
        selected = client.select_frames(UUID(video["id"]), UUID(chosen["id"]), selection)
        frames = selected["frames"]
        path = target_path(target, f"{PurePath(video['name']).stem}-selection.zip")
        address, expected_bytes = (lambda: str(selected["url"])), selected["size_bytes"]
        size = _fetch(client, output, address, path, expected_bytes, force=force)
    else:
        path = target_path(target, video["name"])
        size = fetch_archive(client, output, chosen, path, force=force)
    output.result(
        {
            "video_id": video["id"],
            "extraction_id": chosen["id"],
            "archive": str(path),
            "bytes": size,
            "frames": frames,
        }
    )


def fetch_archive(
    client: Client, output: Output, extraction: Json, target: Path, *, force: bool
) -> int:
    """Fetch an extraction's archive to `target`; returns its size in bytes."""
    video_id, extraction_id = UUID(extraction["video_id"]), UUID(extraction["id"])
    return _fetch(
        *(client, output),
        lambda: client.download_url(video_id, extraction_id),
        *(target, extraction["archive_bytes"]),
        force=force,
    )


def _fetch(
    client: Client,
    output: Output,
    address: Callable[[], str],
    target: Path,
    expected_bytes: int | None,
    *,
    force: bool,
) -> int:
    check_free(target, force=force)
    make_folder(target.parent)
    with output.bytes_bar(f"Downloading {target.name}") as bar:
        size = download(client, address, target, bar, expected_bytes=expected_bytes, force=force)
    output.say(f"{target} ({format_bytes(size)})")
    return size


def overall_exit(exits: Sequence[Exit]) -> Exit:
    """The one way in which files failed, or `FAILED` where they failed in several."""
    failures = {exit_ for exit_ in exits if exit_ is not Exit.OK}
    if not failures:
        return Exit.OK
    return failures.pop() if len(failures) == 1 else Exit.FAILED


def _complete_one(client: Client, video: Json, text: str | None) -> Json:
    """The extraction to download. Raises the server's reason if there is none."""
    chosen = _archive_of(video, text)
    if chosen is None or phase_of(chosen) is not Phase.COMPLETE:
        client.download_url(UUID(video["id"]), None if chosen is None else UUID(chosen["id"]))
        chosen = _archive_of(client.video(UUID(video["id"])), text)  # ready in this moment
    if chosen is None:
        raise NotFound(f"{video['name']} has no archive.", code="extraction_not_found")
    return chosen


def _archive_of(video: Json, text: str | None) -> Json | None:
    if text is not None:
        return extraction_of(video, text)
    return next((e for e in video["extractions"] if phase_of(e) is Phase.COMPLETE), None)
