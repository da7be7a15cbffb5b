"""The command line: arguments and options, and which function they go to."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Annotated

import typer

from fotograma_cli import accounts, library, transfers
from fotograma_cli.client import Client
from fotograma_cli.credentials import CredentialStore, choose_session, config_folder
from fotograma_cli.embedded import run_embedded
from fotograma_cli.exits import EXIT_CODES
from fotograma_cli.http import DEFAULT_SERVER
from fotograma_cli.library import Sort, VideoStatus
from fotograma_cli.output import Output, reporting
from fotograma_cli.recipes import ImageFormat, RecipeOptions, recipe_json

app = typer.Typer(
    name="fotograma",
    help="Upload a video, get its frames.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

ServerOption = Annotated[
    str | None,
    typer.Option(
        "--server",
        envvar="FOTOGRAMA_SERVER",
        metavar="URL",
        help=f"The server; by default the one of the last login, else {DEFAULT_SERVER}.",
    ),
]
CaCertOption = Annotated[
    Path | None,
    typer.Option(
        "--ca-cert",
        envvar="FOTOGRAMA_CA_CERT",
        help="PEM file of the authority that signed the server's certificate, "
        "if it is one of your own. SSL_CERT_FILE is heeded too.",
    ),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print one JSON document for scripts, and nothing else.")
]
EmailArgument = Annotated[
    str | None, typer.Argument(metavar="[EMAIL]", help="Asked for if absent.")
]
PasswordStdinOption = Annotated[
    bool,
    typer.Option(
        "--password-stdin",
        help="Read the password from standard input. "
        "Otherwise it is taken from FOTOGRAMA_PASSWORD or asked for.",
    ),
]
VideoArgument = Annotated[
    str,
    typer.Argument(metavar="VIDEO", help="An id, the unique beginning of one, or an exact name."),
]
ForceOption = Annotated[bool, typer.Option("--force", help="Overwrite files that exist.")]
_RECIPE = "Which frames"
_OUTPUT = "How they are written"


@contextmanager
def _connected(
    server: str | None, ca_cert: Path | None, *, as_json: bool
) -> Iterator[tuple[Client, Output]]:
    """The server a command talks to, and where it reports."""
    with reporting(as_json=as_json) as output:
        store = CredentialStore(config_folder())
        session = choose_session(store.load(), server, ca_cert)
        with Client(session, store) as client:
            yield client, output


def _print_version(value: bool) -> None:  # noqa: FBT001 - typer calls it so
    if value:
        typer.echo(installed_version("fotograma-cli"))
        raise typer.Exit


@app.callback()
def fotograma(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version.", callback=_print_version, is_eager=True
        ),
    ] = False,
) -> None:
    """Upload a video, get its frames."""


@app.command()
def up(
    *,
    port: Annotated[
        int | None, typer.Option(help="Where to answer.", min=1, max=65_535, show_default="8080")
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(help="The folder to keep everything in.", show_default=".fotograma"),
    ] = None,
    workers: Annotated[int | None, typer.Option(help="How many workers.", min=1, max=64)] = None,
) -> None:
    """Run Fotograma on this machine, until Ctrl-C."""
    with reporting(as_json=False):
        raise typer.Exit(run_embedded(port=port, data=data, workers=workers))


@app.command()
def register(
    email: EmailArgument = None,
    *,
    password_stdin: PasswordStdinOption = False,
    server: ServerOption = None,
    ca_cert: CaCertOption = None,
    as_json: JsonOption = False,
) -> None:
    """Open an account."""
    with _connected(server, ca_cert, as_json=as_json) as (client, output):
        address = accounts.ask_email(email)
        password = accounts.ask_password(from_stdin=password_stdin, confirm=True)
        accounts.register(client, output, address, password)


@app.command()
def login(
    email: EmailArgument = None,
    *,
    password_stdin: PasswordStdinOption = False,
    server: ServerOption = None,
    ca_cert: CaCertOption = None,
    as_json: JsonOption = False,
) -> None:
    """Log in. The server and the session are remembered for this user of this machine."""
    with _connected(server, ca_cert, as_json=as_json) as (client, output):
        address = accounts.ask_email(email)
        password = accounts.ask_password(from_stdin=password_stdin, confirm=False)
        accounts.login(client, output, address, password)


@app.command()
def logout(
    *,
    server: ServerOption = None,
    ca_cert: CaCertOption = None,
    as_json: JsonOption = False,
) -> None:
    """Forget the session, and end it at the server."""
    with _connected(server, ca_cert, as_json=as_json) as (client, output):
        accounts.logout(client, output)


@app.command()
def upload(  # noqa: PLR0913 - each is an option of the command
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="Videos.")],
    *,
    every: Annotated[
        str | None,
        typer.Option(
            metavar="SECONDS", help="A frame every so many seconds.", rich_help_panel=_RECIPE
        ),
    ] = None,
    fps: Annotated[
        str | None,
        typer.Option(metavar="N", help="So many frames for each second.", rich_help_panel=_RECIPE),
    ] = None,
    count: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="So many, evenly spread.", rich_help_panel=_RECIPE),
    ] = None,
    at: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TIME",
            help="The frame at this time: seconds, [HH:]MM:SS.mmm or 50%. Can be repeated.",
            rich_help_panel=_RECIPE,
        ),
    ] = None,
    scenes: Annotated[
        bool,
        typer.Option("--scenes", help="The first frame of each scene.", rich_help_panel=_RECIPE),
    ] = False,
    scene_threshold: Annotated[
        float | None,
        typer.Option(
            metavar="0-1",
            help="How much a new scene differs.",
            show_default="0.3",
            rich_help_panel=_RECIPE,
        ),
    ] = None,
    scene_distance: Annotated[
        str | None,
        typer.Option(
            metavar="SECONDS",
            help="Between two scenes' frames at least.",
            show_default="1",
            rich_help_panel=_RECIPE,
        ),
    ] = None,
    keyframes: Annotated[
        bool, typer.Option("--keyframes", help="The keyframes.", rich_help_panel=_RECIPE)
    ] = False,
    all_frames: Annotated[
        bool, typer.Option("--all", help="Every frame.", rich_help_panel=_RECIPE)
    ] = False,
    start: Annotated[
        str | None, typer.Option(metavar="TIME", help="From here.", rich_help_panel=_RECIPE)
    ] = None,
    end: Annotated[
        str | None, typer.Option(metavar="TIME", help="Up to here.", rich_help_panel=_RECIPE)
    ] = None,
    image_format: Annotated[
        ImageFormat | None,
        typer.Option("--format", show_default="png", rich_help_panel=_OUTPUT),
    ] = None,
    quality: Annotated[
        int | None,
        typer.Option(min=1, max=100, help="For JPEG and WebP.", rich_help_panel=_OUTPUT),
    ] = None,
    max_width: Annotated[
        int | None, typer.Option(min=1, help="In pixels.", rich_help_panel=_OUTPUT)
    ] = None,
    max_height: Annotated[
        int | None, typer.Option(min=1, help="In pixels.", rich_help_panel=_OUTPUT)
    ] = None,
    recipe: Annotated[
        str | None,
        typer.Option(
            metavar="FILE|JSON",
            help="A whole recipe, instead of the options here.",
            rich_help_panel=_RECIPE,
        ),
    ] = None,
    wait: Annotated[
        bool, typer.Option("--wait", help="Wait until the frames are extracted.")
    ] = False,
    output_folder: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="DIR", help="Wait, and save the frames as DIR/<name>.zip."
        ),
    ] = None,
    force: ForceOption = False,
    server: ServerOption = None,
    ca_cert: CaCertOption = None,
    as_json: JsonOption = False,
) -> None:
    """Upload videos and extract their frames: by default a PNG for each second."""
    with _connected(server, ca_cert, as_json=as_json) as (client, output):
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
            format=image_format,
            quality=quality,
            max_width=max_width,
            max_height=max_height,
            recipe=recipe,
        )
        transfers.Uploading(
            client,
            output,
            recipe=recipe_json(options),
            wait=wait,
            folder=output_folder,
            force=force,
        ).run(files)


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
    with _connected(server, ca_cert, as_json=as_json) as (client, output):
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
    with _connected(server, ca_cert, as_json=as_json) as (client, output):
        library.show_status(client, output, video)


@app.command()
def download(
    video: VideoArgument,
    *,
    extraction: Annotated[
        str | None,
        typer.Option(
            metavar="ID",
            help="Which, by the beginning of its id; the newest complete one if absent.",
        ),
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
    """Download the ZIP of a video's frames."""
    with _connected(server, ca_cert, as_json=as_json) as (client, output):
        transfers.download_video(
            client, output, video, extraction=extraction, target=output_path, force=force
        )


@app.command()
def delete(
    videos: Annotated[
        list[str],
        typer.Argument(metavar="VIDEO", help="Ids, unique beginnings of ids, or exact names."),
    ],
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    server: ServerOption = None,
    ca_cert: CaCertOption = None,
    as_json: JsonOption = False,
) -> None:
    """Delete videos with all their frames."""
    with _connected(server, ca_cert, as_json=as_json) as (client, output):
        library.delete_videos(client, output, videos, yes=yes)
