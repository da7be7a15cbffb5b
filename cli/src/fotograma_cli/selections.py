"""Some of an archive's frames, from the command line's options."""

import re
from collections.abc import Sequence
from fractions import Fraction

from fotograma_cli.api.connection import Json
from fotograma_cli.errors import WrongUsage
from fotograma_cli.recipes import parse_time

_NUMBERS = re.compile(
    r"(?P<first>[0-9]{1,9})(?:-(?P<last>[0-9]{1,9})(?:/(?P<step>[1-9][0-9]{0,8}))?)?"
)


def chosen_frames(numbers: Sequence[str], times: Sequence[str], names: Sequence[str]) -> Json:
    """The selection to ask the server for; empty where all frames are wanted.

    Raises `WrongUsage`.
    """
    selection = {
        "positions": [_positions(text) for text in numbers],
        "times": [_times(text) for text in times],
        "names": list(names),
    }
    return {kind: chosen for kind, chosen in selection.items() if chosen}


def _positions(text: str) -> Json:
    """Such as `7`, `10-20` or, for every third, `10-20/3`, from 1 and with both ends; as the server
    counts: from 0.
    """
    found = _NUMBERS.fullmatch(text.strip())
    first = int(found["first"]) if found else 0
    last = int(found["last"] or first) if found else 0
    if not 1 <= first <= last:
        raise WrongUsage(f"{text!r} is neither a frame's number, from 1, nor a range such as 3-7.")
    step = {"step": int(found["step"])} if found and found["step"] else {}
    return {"start": first - 1, "end": last, **step}


def _times(text: str) -> Json:
    """Such as `1:30-2:00`: from the first time on, and before the second."""
    start, dash, end = text.partition("-")
    if not dash:
        raise WrongUsage(f"{text!r} is no range of times such as 10-20 or 1:30-2:00.")
    first, last = (float(Fraction(parse_time(time))) for time in (start, end))
    if first >= last:
        raise WrongUsage(f"{text!r} ends before it begins.")
    return {"start": first, "end": last}
