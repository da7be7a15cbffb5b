"""The options that say which frames are extracted, and how they are written."""

from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Annotated

import typer

_RECIPE = "Which frames"
_OUTPUT = "How they are written"


class ImageFormat(StrEnum):
    """How a frame is written."""

    PNG = "png"
    JPG = "jpg"
    WEBP = "webp"


class Origin(StrEnum):
    """What times count from."""

    VIDEO = "video"
    FILE = "file"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipeOptions:
    """The options as given; None, empty or False where not."""

    every: Annotated[
        str | None,
        typer.Option(
            metavar="SECONDS", help="A frame every so many seconds.", rich_help_panel=_RECIPE
        ),
    ] = None
    fps: Annotated[
        str | None,
        typer.Option(metavar="N", help="So many frames for each second.", rich_help_panel=_RECIPE),
    ] = None
    count: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="So many, evenly spread.", rich_help_panel=_RECIPE),
    ] = None
    at: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TIME",
            help="The frame at this time: seconds, [HH:]MM:SS.mmm or 50%. Can be repeated.",
            rich_help_panel=_RECIPE,
        ),
    ] = None
    scenes: Annotated[
        bool,
        typer.Option("--scenes", help="The first frame of each scene.", rich_help_panel=_RECIPE),
    ] = False
    scene_threshold: Annotated[
        float | None,
        typer.Option(
            metavar="0-1",
            help="How much a new scene differs.",
            show_default="0.3",
            rich_help_panel=_RECIPE,
        ),
    ] = None
    scene_distance: Annotated[
        str | None,
        typer.Option(
            metavar="SECONDS",
            help="Between two scenes' frames at least.",
            show_default="1",
            rich_help_panel=_RECIPE,
        ),
    ] = None
    keyframes: Annotated[
        bool, typer.Option("--keyframes", help="The keyframes.", rich_help_panel=_RECIPE)
    ] = False
    all_frames: Annotated[
        bool, typer.Option("--all", help="Every frame.", rich_help_panel=_RECIPE)
    ] = False
    start: Annotated[
        str | None, typer.Option(metavar="TIME", help="From here.", rich_help_panel=_RECIPE)
    ] = None
    end: Annotated[
        str | None, typer.Option(metavar="TIME", help="Up to here.", rich_help_panel=_RECIPE)
    ] = None
    origin: Annotated[
        Origin | None,
        typer.Option(
            "--origin",
            help="Where times count from: the video's first frame, or the file as players do.",
            show_default="video",
            rich_help_panel=_RECIPE,
        ),
    ] = None
    stream: Annotated[
        str | None,
        typer.Option(
            metavar="N|video:N",
            help="The video stream, by its number in the file or among those of video, from 0.",
            rich_help_panel=_RECIPE,
        ),
    ] = None
    format: Annotated[
        ImageFormat | None, typer.Option("--format", show_default="png", rich_help_panel=_OUTPUT)
    ] = None
    quality: Annotated[
        int | None, typer.Option(min=1, max=100, help="For JPEG and WebP.", rich_help_panel=_OUTPUT)
    ] = None
    max_width: Annotated[
        int | None, typer.Option(min=1, help="In pixels.", rich_help_panel=_OUTPUT)
    ] = None
    max_height: Annotated[
        int | None, typer.Option(min=1, help="In pixels.", rich_help_panel=_OUTPUT)
    ] = None
    recipe: Annotated[
        str | None,
        typer.Option(
            metavar="FILE|JSON",
            help="A whole recipe, instead of the options here.",
            rich_help_panel=_RECIPE,
        ),
    ] = None

    def given(self) -> set[str]:
        """The names of those that were given."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name for name, value in values.items() if value not in (None, False, [])}
