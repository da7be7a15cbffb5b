"""Options that several commands have, and what they make of them."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from fotograma_cli.api.client import Client
from fotograma_cli.api.credentials import CredentialStore, choose_session, config_folder
from fotograma_cli.api.http import DEFAULT_SERVER
from fotograma_cli.output import Output, reporting
from fotograma_cli.recipes import ImageFormat, Origin

API_KEY_VARIABLE = "FOTOGRAMA_API_KEY"

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
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
ExtractionOption = Annotated[
    str | None,
    typer.Option("--extraction", metavar="ID", help="Which, by the beginning of its id."),
]

_RECIPE = "Which frames"
_OUTPUT = "How they are written"
EveryOption = Annotated[
    str | None,
    typer.Option(metavar="SECONDS", help="A frame every so many seconds.", rich_help_panel=_RECIPE),
]
FpsOption = Annotated[
    str | None,
    typer.Option(metavar="N", help="So many frames for each second.", rich_help_panel=_RECIPE),
]
CountOption = Annotated[
    int | None,
    typer.Option(metavar="N", min=1, help="So many, evenly spread.", rich_help_panel=_RECIPE),
]
AtOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="TIME",
        help="The frame at this time: seconds, [HH:]MM:SS.mmm or 50%. Can be repeated.",
        rich_help_panel=_RECIPE,
    ),
]
ScenesOption = Annotated[
    bool, typer.Option("--scenes", help="The first frame of each scene.", rich_help_panel=_RECIPE)
]
SceneThresholdOption = Annotated[
    float | None,
    typer.Option(
        metavar="0-1",
        help="How much a new scene differs.",
        show_default="0.3",
        rich_help_panel=_RECIPE,
    ),
]
SceneDistanceOption = Annotated[
    str | None,
    typer.Option(
        metavar="SECONDS",
        help="Between two scenes' frames at least.",
        show_default="1",
        rich_help_panel=_RECIPE,
    ),
]
KeyframesOption = Annotated[
    bool, typer.Option("--keyframes", help="The keyframes.", rich_help_panel=_RECIPE)
]
AllFramesOption = Annotated[
    bool, typer.Option("--all", help="Every frame.", rich_help_panel=_RECIPE)
]
StartOption = Annotated[
    str | None, typer.Option(metavar="TIME", help="From here.", rich_help_panel=_RECIPE)
]
EndOption = Annotated[
    str | None, typer.Option(metavar="TIME", help="Up to here.", rich_help_panel=_RECIPE)
]
OriginOption = Annotated[
    Origin | None,
    typer.Option(
        "--origin",
        help="Where times count from: the video's first frame, or the file as players do.",
        show_default="video",
        rich_help_panel=_RECIPE,
    ),
]
StreamOption = Annotated[
    str | None,
    typer.Option(
        metavar="N|video:N",
        help="The video stream, by its number in the file or among those of video, from 0.",
        rich_help_panel=_RECIPE,
    ),
]
FormatOption = Annotated[
    ImageFormat | None, typer.Option("--format", show_default="png", rich_help_panel=_OUTPUT)
]
QualityOption = Annotated[
    int | None, typer.Option(min=1, max=100, help="For JPEG and WebP.", rich_help_panel=_OUTPUT)
]
MaxWidthOption = Annotated[
    int | None, typer.Option(min=1, help="In pixels.", rich_help_panel=_OUTPUT)
]
MaxHeightOption = Annotated[
    int | None, typer.Option(min=1, help="In pixels.", rich_help_panel=_OUTPUT)
]
RecipeOption = Annotated[
    str | None,
    typer.Option(
        metavar="FILE|JSON",
        help="A whole recipe, instead of the options here.",
        rich_help_panel=_RECIPE,
    ),
]
WaitOption = Annotated[bool, typer.Option("--wait", help="Wait until the frames are extracted.")]
FolderOption = Annotated[
    Path | None,
    typer.Option(
        "--output", "-o", metavar="DIR", help="Wait, and save the frames as DIR/<name>.zip."
    ),
]


@contextmanager
def connected(
    server: str | None, ca_cert: Path | None, *, as_json: bool
) -> Iterator[tuple[Client, Output]]:
    """The server a command talks to, and where it reports."""
    with reporting(as_json=as_json) as output:
        store = CredentialStore(config_folder())
        session = choose_session(store.load(), server, ca_cert)
        api_key = os.environ.get(API_KEY_VARIABLE) or None
        with Client(session, store, api_key=api_key) as client:
            yield client, output
