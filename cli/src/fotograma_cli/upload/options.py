"""The options that say how videos are sent."""

from dataclasses import dataclass
from typing import Annotated

import typer

DEFAULT_PARALLEL = 4
MAX_PARALLEL = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadOptions:
    """The options as given."""

    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="The video's, if not the file's.")
    ] = None
    keep_days: Annotated[
        int | None,
        typer.Option(
            "--keep", metavar="DAYS", min=1, help="When the video is deleted, if not as usual."
        ),
    ] = None
    resume: Annotated[
        bool,
        typer.Option(
            "--resume",
            help="Go on with an upload that was interrupted, or killed: only what has not arrived "
            "is sent, and the recipe is the one it began with.",
        ),
    ] = False
    parallel: Annotated[
        int,
        typer.Option(
            envvar="FOTOGRAMA_PARALLEL",
            min=1,
            max=MAX_PARALLEL,
            help="Parts of a file that travel at the same time.",
        ),
    ] = DEFAULT_PARALLEL
    form: Annotated[
        bool,
        typer.Option(
            "--form",
            help="Send files through the API as a whole, which cannot be resumed: "
            "for where the object storage cannot be reached.",
        ),
    ] = False
