"""How fields that people fill in are called in sentences to them."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """The words for one field."""

    subject: str
    """Begins a sentence."""
    unit: str = ""
    """After a number; in the plural."""
    example: str = ""
    """What may be written, where that is not a number or one of a few words."""


_NUMBERS = "2, 0.5 or 1001/30000"

RECIPE: Mapping[str, Words] = {
    "recipe": Words("The recipe", example='{"sampling": {"mode": "interval", "seconds": 2}}'),
    "sampling": Words("The sampling", example='{"mode": "interval", "seconds": 2}'),
    "mode": Words("The mode"),
    "seconds": Words("The interval", "seconds", _NUMBERS),
    "fps": Words("The number of frames a second", example=_NUMBERS),
    "count": Words("The number of frames"),
    "times": Words("The list of times", "times"),
    "times.seconds": Words("A time", "seconds", _NUMBERS),
    "times.percent": Words("A share", "%", "50% or 12.5%"),
    "threshold": Words("The threshold of scenes"),
    "min_distance": Words("The distance between scenes", "seconds", _NUMBERS),
    "start": Words("The start", "seconds", _NUMBERS),
    "end": Words("The end", "seconds", _NUMBERS),
    "origin": Words("The origin of times"),
    "stream": Words("The stream", example='1 or "video:1"'),
    "output": Words("The output", example='{"format": "jpg"}'),
    "format": Words("The format"),
    "quality": Words("The quality"),
    "max_width": Words("The maximum width", "pixels"),
    "max_height": Words("The maximum height", "pixels"),
}
"""By the field's name in a recipe. An entry of the times is seconds or a share."""
