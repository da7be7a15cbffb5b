"""The commands about videos: their arguments and options, and which function they go to."""

from pathlib import Path
from typing import Annotated

import typer

from fotograma_cli import library, transfers, unfinished_uploads
from fotograma_cli.api.credentials import state_folder
from fotograma_cli.library import Sort, VideoStatus
from fotograma_cli.option_groups import with_groups
from fotograma_cli.options import (
    CaCertOption,
    ExtractionOption,
    FollowUp,
    ForceOption,
    JsonOption,
    ServerOption,
    VideoArgument,
    YesOption,
    connected,
)
from fotograma_cli.recipe_options import RecipeOptions
from fotograma_cli.recipes import recipe_json
from fotograma_cli.selections import chosen_frames
from fotograma_cli.upload.options import UploadOptions
from fotograma_cli.upload.unfinished import UnfinishedUploads

app = typer.Typer()
uploads_app = typer.Typer(no_args_is_help=True, help="Uploads that were begun and not finished.")
app.add_typer(uploads_app, name="uploads")


@app.command()
@with_groups
def upload(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE", help="Videos; - is standard input.")
    ],
    *,
    recipe: RecipeOptions,
    follow_up: FollowUp,
    sending: UploadOptions,
    server: ServerOption = None,
    ca_cert: CaCertOption = None,
    as_json: JsonOption = False,
) -> None:
    """Upload videos and extract their frames: by default a PNG for each second."""
    with connected(server, ca_cert, as_json=as_json) as (client, output):
        transfers.Uploading(
            client,
            output,
            UnfinishedUploads(state_folder()),
            recipe=recipe_json(recipe),
            options=sending,
            follow_up=follow_up,
        ).run(files)


@app.command()
@with_groups
def extract(
    video: VideoArgument,
    *,
    recipe: RecipeOptions,
    follow_up: FollowUp,
    server: ServerOption = None,
    ca_cert: CaCertOption = None,
    as_json: JsonOption = False,
) -> None:
    """Extract again, with another recipe, without uploading again."""
    with connected(server, ca_cert, as_json=as_json) as (client, output):
        transfers.extract_again(client, output, video, recipe_json(recipe), follow_up)


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
        typer.Option(
            metavar="N[-M[/STEP]]",
            help="Only these, by number from 1; every STEP-th of a range. Can be repeated.",
        ),
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
@with_groups
def retry(
    video: VideoArgument,
    *,
    extraction: ExtractionOption = None,
    follow_up: FollowUp,
    server: ServerOption = None,
    ca_cert: CaCertOption = None,
    as_json: JsonOption = False,
) -> None:
    """Try a failed or cancelled extraction again: by default the newest. What is done is kept."""
    with connected(server, ca_cert, as_json=as_json) as (client, output):
        found, begun = library.retried(client, output, video, extraction)
        transfers.follow(client, output, found, begun, follow_up)


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
