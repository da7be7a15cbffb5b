"""The commands about videos: their arguments and options, and which function they go to."""

from pathlib import Path
from typing import Annotated

import typer

from fotograma_cli import library, transfers, unfinished_uploads
from fotograma_cli.api.credentials import state_folder
from fotograma_cli.library import Sort, VideoStatus
from fotograma_cli.options import (
    AllFramesOption,
    AtOption,
    CaCertOption,
    CountOption,
    EndOption,
    EveryOption,
    ExtractionOption,
    FolderOption,
    ForceOption,
    FormatOption,
    FpsOption,
    JsonOption,
    KeyframesOption,
    MaxHeightOption,
    MaxWidthOption,
    OriginOption,
    QualityOption,
    RecipeOption,
    SceneDistanceOption,
    ScenesOption,
    SceneThresholdOption,
    ServerOption,
    StartOption,
    StreamOption,
    VideoArgument,
    WaitOption,
    YesOption,
    connected,
)
from fotograma_cli.recipes import RecipeOptions, recipe_json
from fotograma_cli.selections import chosen_frames
from fotograma_cli.transfers import Aftermath
from fotograma_cli.upload.unfinished import UnfinishedUploads

app = typer.Typer()
uploads_app = typer.Typer(no_args_is_help=True, help="Uploads that were begun and not finished.")
app.add_typer(uploads_app, name="uploads")


@app.command()
def upload(  # noqa: PLR0913 - each is an option of the command
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE", help="Videos; - is standard input.")
    ],
    *,
    every: EveryOption = None,
    fps: FpsOption = None,
    count: CountOption = None,
    at: AtOption = None,
    scenes: ScenesOption = False,
    scene_threshold: SceneThresholdOption = None,
    scene_distance: SceneDistanceOption = None,
    keyframes: KeyframesOption = False,
    all_frames: AllFramesOption = False,
    start: StartOption = None,
    end: EndOption = None,
    origin: OriginOption = None,
    stream: StreamOption = None,
    image_format: FormatOption = None,
    quality: QualityOption = None,
    max_width: MaxWidthOption = None,
    max_height: MaxHeightOption = None,
    recipe: RecipeOption = None,
    wait: WaitOption = False,
    output_folder: FolderOption = None,
    force: ForceOption = False,
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="The video's, if not the file's.")
    ] = None,
    keep_days: Annotated[
        int | None,
        typer.Option(
            "--keep", metavar="DAYS", min=1, help="When the video is deleted, if not as usual."
        ),
    ] = None,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume",
            help="Go on with an upload that was interrupted, or killed: only what has not arrived "
            "is sent, and the recipe is the one it began with.",
        ),
    ] = False,
    parallel: Annotated[
        int,
        typer.Option(
            envvar="FOTOGRAMA_PARALLEL",
            min=1,
            max=transfers.MAX_PARALLEL,
            help="Parts of a file that travel at the same time.",
        ),
    ] = transfers.DEFAULT_PARALLEL,
    form: Annotated[
        bool,
        typer.Option(
            "--form",
            help="Send files through the API as a whole, which cannot be resumed: "
            "for where the object storage cannot be reached.",
        ),
    ] = False,
    server: ServerOption = None,
    ca_cert: CaCertOption = None,
    as_json: JsonOption = False,
) -> None:
    """Upload videos and extract their frames: by default a PNG for each second."""
    with connected(server, ca_cert, as_json=as_json) as (client, output):
        options = RecipeOptions(
            every=every,
            fps=fps,
            count=count,
            at=tuple(at or ()),
            scenes=scenes,
            scene_threshold=scene_threshold,
            scene_distance=scene_distance,
            keyframes=keyframes,
            all_frames=all_frames,
            start=start,
            end=end,
            origin=origin,
            stream=stream,
            format=image_format,
            quality=quality,
            max_width=max_width,
            max_height=max_height,
            recipe=recipe,
        )
        aftermath = Aftermath(wait=wait, folder=output_folder, force=force)
        transfers.Uploading(
            client,
            output,
            UnfinishedUploads(state_folder()),
            recipe=recipe_json(options),
            sending=transfers.Sending(
                name=name, keep_days=keep_days, parallel=parallel, resume=resume, form=form
            ),
            aftermath=aftermath,
        ).run(files)


@app.command()
def extract(  # noqa: PLR0913 - each is an option of the command
    video: VideoArgument,
    *,
    every: EveryOption = None,
    fps: FpsOption = None,
    count: CountOption = None,
    at: AtOption = None,
    scenes: ScenesOption = False,
    scene_threshold: SceneThresholdOption = None,
    scene_distance: SceneDistanceOption = None,
    keyframes: KeyframesOption = False,
    all_frames: AllFramesOption = False,
    start: StartOption = None,
    end: EndOption = None,
    origin: OriginOption = None,
    stream: StreamOption = None,
    image_format: FormatOption = None,
    quality: QualityOption = None,
    max_width: MaxWidthOption = None,
    max_height: MaxHeightOption = None,
    recipe: RecipeOption = None,
    wait: WaitOption = False,
    output_folder: FolderOption = None,
    force: ForceOption = False,
    server: ServerOption = None,
    ca_cert: CaCertOption = None,
    as_json: JsonOption = False,
) -> None:
    """Extract again, with another recipe, without uploading again."""
    with connected(server, ca_cert, as_json=as_json) as (client, output):
        options = RecipeOptions(
            every=every,
            fps=fps,
            count=count,
            at=tuple(at or ()),
            scenes=scenes,
            scene_threshold=scene_threshold,
            scene_distance=scene_distance,
            keyframes=keyframes,
            all_frames=all_frames,
            start=start,
            end=end,
            origin=origin,
            stream=stream,
            format=image_format,
            quality=quality,
            max_width=max_width,
            max_height=max_height,
            recipe=recipe,
        )
        aftermath = Aftermath(wait=wait, folder=output_folder, force=force)
        transfers.extract_again(client, output, video, recipe_json(options), aftermath)


@app.command("list")
def list_(
    *,
    status: Annotated[VideoStatus | None, typer.Option(help="Only these.")] = None,
    search: Annotated[str | None, typer.Option(metavar="TEXT", help="Part of the name.")] = None,
    sort: Annotated[Sort, typer.Option(help="The order.")] = Sort.NEWEST,
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 50,
    server: ServerOption = None,
    ca_cert: CaCertOption = None,
    as_json: JsonOption = False,
) -> None:
    """List your videos."""
    with connected(server, ca_cert, as_json=as_json) as (client, output):
        library.list_videos(client, output, status=status, search=search, sort=sort, limit=limit)


@app.command()
def status(
    video: VideoArgument,
    *,
    server: ServerOption = None,
    ca_cert: CaCertOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show a video: how far its extractions are, and what went wrong."""
    with connected(server, ca_cert, as_json=as_json) as (client, output):
        library.show_status(client, output, video)


@app.command()
def download(  # noqa: PLR0913 - each is an option of the command
    video: VideoArgument,
    *,
    extraction: Annotated[
        str | None,
        typer.Option(
            metavar="ID",
            help="Which, by the beginning of its id; the newest complete one if absent.",
        ),
    ] = None,
    frames: Annotated[
        list[str] | None,
        typer.Option(metavar="N[-M]", help="Only these, by number from 1. Can be repeated."),
    ] = None,
    between: Annotated[
        list[str] | None,
        typer.Option(metavar="TIME-TIME", help="Only those of this time. Can be repeated."),
    ] = None,
    frame: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Only the one with this name. Can be repeated."),
    ] = None,
    output_path: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="PATH", help="A file or a folder; by default this folder."
        ),
    ] = None,
    force: ForceOption = False,
    server: ServerOption = None,
    ca_cert: CaCertOption = None,
    as_json: JsonOption = False,
) -> None:
    """Download the ZIP of a video's frames, or of some of them."""
    with connected(server, ca_cert, as_json=as_json) as (client, output):
        transfers.download_video(
            client,
            output,
            video,
            extraction=extraction,
            selection=chosen_frames(frames or (), between or (), frame or ()),
            target=output_path,
            force=force,
        )


@app.command()
def delete(
    videos: Annotated[
        list[str],
        typer.Argument(metavar="VIDEO", help="Ids, unique beginnings of ids, or exact names."),
    ],
    *,
    yes: YesOption = False,
    server: ServerOption = None,
    ca_cert: CaCertOption = None,
    as_json: JsonOption = False,
) -> None:
    """Delete videos with all their frames."""
    with connected(server, ca_cert, as_json=as_json) as (client, output):
        library.delete_videos(client, output, videos, yes=yes)


@app.command()
def rename(
    video: VideoArgument,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it is to be called.")],
    *,
    server: ServerOption = None,
    ca_cert: CaCertOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give a video another name."""
    with connected(server, ca_cert, as_json=as_json) as (client, output):
        library.rename_video(client, output, video, name)


@app.command()
def cancel(
    video: VideoArgument,
    *,
    extraction: ExtractionOption = None,
    server: ServerOption = None,
    ca_cert: CaCertOption = None,
    as_json: JsonOption = False,
) -> None:
    """Stop an extraction: by default the newest that runs. What is done is kept for a retry."""
    with connected(server, ca_cert, as_json=as_json) as (client, output):
        library.cancel_extraction(client, output, video, extraction)


@app.command()
def retry(  # noqa: PLR0913 - each is an option of the command
    video: VideoArgument,
    *,
    extraction: ExtractionOption = None,
    wait: WaitOption = False,
    output_folder: FolderOption = None,
    force: ForceOption = False,
    server: ServerOption = None,
    ca_cert: CaCertOption = None,
    as_json: JsonOption = False,
) -> None:
    """Try a failed or cancelled extraction again: by default the newest. What is done is kept."""
    with connected(server, ca_cert, as_json=as_json) as (client, output):
        found, begun = library.retried(client, output, video, extraction)
        aftermath = Aftermath(wait=wait, folder=output_folder, force=force)
        transfers.follow(client, output, found, begun, aftermath)


@uploads_app.command("list")
def list_uploads(
    *,
    server: ServerOption = None,
    ca_cert: CaCertOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the uploads that `upload --resume` would go on with."""
    with connected(server, ca_cert, as_json=as_json) as (client, output):
        unfinished_uploads.list_uploads(client, output, UnfinishedUploads(state_folder()))


@uploads_app.command("abort")
def abort_upload(
    upload: Annotated[
        str, typer.Argument(metavar="FILE|ID", help="The file, or the beginning of the id.")
    ],
    *,
    server: ServerOption = None,
    ca_cert: CaCertOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give an upload up: what has arrived of it is deleted."""
    with connected(server, ca_cert, as_json=as_json) as (client, output):
        unfinished_uploads.abort_upload(client, output, UnfinishedUploads(state_folder()), upload)
