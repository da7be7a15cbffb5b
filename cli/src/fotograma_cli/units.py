"""Sizes, ages and text from elsewhere, as people read them."""

from datetime import datetime

_JOINERS = "\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}"


def format_bytes(size: int) -> str:
    """Such as `512 B`, `1.5 MiB`."""
    value = float(size)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if value < 1024:
            return f"{size} B" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1024
    return f"{value:.1f} TiB"


def counted(number: int, noun: str) -> str:
    """Such as `1 frame`, `2 frames`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def format_age(then: datetime, now: datetime) -> str:
    """How long ago something was."""
    return format_seconds((now - then).total_seconds())


def format_seconds(duration: float) -> str:
    """Such as `12 s`, `5 min`, `3 h`, `2 d`."""
    seconds = max(0, int(duration))
    for limit, divisor, unit in ((60, 1, "s"), (3600, 60, "min"), (86_400, 3600, "h")):
        if seconds < limit:
            return f"{seconds // divisor} {unit}"
    return f"{seconds // 86_400} d"


def printable(text: object) -> str:
    """Text that came from the server, without characters that would command the terminal."""
    return "".join(c if is_plain(c) else "\N{REPLACEMENT CHARACTER}" for c in str(text))


def is_plain(character: str) -> bool:
    """Whether a character shows, or joins those that do, as in Persian and in emoji."""
    return character.isprintable() or character in _JOINERS
