"""Recipes from the command line's options, or from JSON."""

import json
import re
from pathlib import Path
from typing import Any

from fotograma_cli.errors import FileTrouble, WrongUsage
from fotograma_cli.recipe_options import RecipeOptions

_NUMBER = re.compile(r"[0-9]{1,12}(\.[0-9]{1,12}|/0*[1-9][0-9]{0,11})?")
_STREAM = re.compile(r"(video:)?[0-9]{1,4}")
_CLOCK = re.compile(
    r"(?:(?P<hours>[0-9]{1,5}):)?(?P<minutes>[0-9]{1,7}):(?P<seconds>[0-9]{2})(?P<part>\.[0-9]{1,12})?"
)


def parse_number(text: str) -> str:
    """A number such as `2`, `0.5` or `1001/30000`, as the server reads it: exactly."""
    text = text.strip()
    if not _NUMBER.fullmatch(text):
        raise WrongUsage(f"{text!r} is not a number such as 2, 0.5 or 1001/30000.")
    return text


def parse_time(text: str) -> str:
    """Seconds, or `[HH:]MM:SS[.mmm]`, as an exact number of seconds."""
    text = text.strip()
    clock = _CLOCK.fullmatch(text)
    if clock is None:
        if not _NUMBER.fullmatch(text):
            raise WrongUsage(f"{text!r} is not a time; write seconds or [HH:]MM:SS.mmm.")
        return text
    hours, minutes, seconds = (int(clock[unit] or 0) for unit in ("hours", "minutes", "seconds"))
    if seconds > 59 or (clock["hours"] is not None and minutes > 59):
        raise WrongUsage(f"{text!r} is not a time: minutes and seconds go up to 59.")
    return f"{hours * 3600 + minutes * 60 + seconds}{clock['part'] or ''}"


def parse_moment(text: str) -> str:
    """A time, or a share of the duration such as `50%`."""
    share = text.strip().removesuffix("%")
    if share == text.strip():
        return parse_time(text)
    if not _NUMBER.fullmatch(share) or "/" in share:
        raise WrongUsage(f"{text!r} is not a share such as 50% or 12.5%.")
    return f"{share}%"


def parse_stream(text: str) -> int | str:
    """A stream's number in its file, or `video:1` for the second of video."""
    text = text.strip()
    if not _STREAM.fullmatch(text):
        raise WrongUsage(f"{text!r} is not a stream such as 1 or video:1.")
    return text if text.startswith("video:") else int(text)


def recipe_json(options: RecipeOptions) -> str | None:
    """The recipe to send; None leaves it to the server's default, a PNG for each second.

    Raises `WrongUsage` when options contradict each other or do not parse, and `FileTrouble`
    when the recipe's file cannot be read. What is within the limits, the server says.
    """
    if options.recipe is not None:
        if options.given() != {"recipe"}:
            raise WrongUsage("--recipe cannot be combined with other recipe options.")
        return _given_recipe(options.recipe)
    recipe = {
        "sampling": _sampling(options),
        "start": None if options.start is None else parse_time(options.start),
        "end": None if options.end is None else parse_time(options.end),
        "origin": options.origin,
        "stream": None if options.stream is None else parse_stream(options.stream),
        "output": _given(
            {
                "format": options.format,
                "quality": options.quality,
                "max_width": options.max_width,
                "max_height": options.max_height,
            }
        ),
    }
    return json.dumps(_given(recipe)) if _given(recipe) else None


def _sampling(options: RecipeOptions) -> dict[str, Any] | None:
    modes: dict[str, dict[str, Any]] = {}
    if options.every is not None:
        modes["--every"] = {"mode": "interval", "seconds": parse_number(options.every)}
    if options.fps is not None:
        modes["--fps"] = {"mode": "fps", "fps": parse_number(options.fps)}
    if options.count is not None:
        modes["--count"] = {"mode": "count", "count": options.count}
    if options.at:
        modes["--at"] = {"mode": "times", "times": [parse_moment(time) for time in options.at]}
    scenes = _scenes(options)
    if scenes is not None:
        modes["--scenes"] = scenes
    if options.keyframes:
        modes["--keyframes"] = {"mode": "keyframes"}
    if options.all_frames:
        modes["--all"] = {"mode": "all"}
    if len(modes) > 1:
        raise WrongUsage(f"{' and '.join(modes)} exclude each other.")
    return next(iter(modes.values()), None)


def _scenes(options: RecipeOptions) -> dict[str, Any] | None:
    """The scene mode; its details select it too."""
    distance = options.scene_distance
    details = _given(
        {
            "threshold": options.scene_threshold,
            "min_distance": None if distance is None else parse_time(distance),
        }
    )
    return {"mode": "scene", **details} if options.scenes or details else None


def _given(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value not in (None, {})}


def _given_recipe(text: str) -> str:
    if not text.lstrip().startswith("{"):
        text = _read(Path(text))
    try:
        recipe = json.loads(text)
    except ValueError as error:
        raise WrongUsage(f"The recipe is not JSON: {error}.") from error
    if not isinstance(recipe, dict):
        raise WrongUsage("The recipe is not a JSON object.")
    return text


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise FileTrouble(f"Cannot read the recipe {path}: {error.strerror}.") from error
    except ValueError as error:
        raise WrongUsage(f"The recipe {path} is not text in UTF-8.") from error
