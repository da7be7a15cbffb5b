"""The names in an archive, and of the objects that lie beside it in S3. Pure."""

import re
from fractions import Fraction

FRAME_NAME = r"([0-9]{2,10})-([0-5][0-9])-([0-5][0-9])\.([0-9]{6})\.[a-z]{3,4}"
"""A regular expression: `HH-MM-SS.ffffff.<extension>`, where hours may have more digits."""
MANIFEST_NAME = "manifest.json"


def frame_name(seconds: Fraction, extension: str) -> str:
    """Return the name of the frame shown at `seconds`, rounded down to microseconds."""
    microseconds = int(seconds * 1_000_000)
    whole, fraction = divmod(microseconds, 1_000_000)
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours:02d}-{minute:02d}-{second:02d}.{fraction:06d}.{extension}"


def frame_time_us(name: str) -> int:
    """Return the time in a frame's name, in microseconds. Raises `ValueError` for other names."""
    match = re.fullmatch(FRAME_NAME, name)
    if match is None:
        raise ValueError("not the name of a frame")
    hours, minutes, seconds, fraction = map(int, match.groups())
    return ((hours * 60 + minutes) * 60 + seconds) * 1_000_000 + fraction


def archive_name(attempt: int, secret: str) -> str:
    """Return the file name of an archive.

    Each attempt, and each time that a command is carried out, has its own, so that a late one never
    overwrites an accepted one; the secret keeps it from being guessed from the ids before it.
    """
    return f"archive.{attempt}.{secret}.zip"


def frame_index_key(archive_key: str) -> str:
    """Return the S3 key of an archive's frame index.

    Keys of what belongs to an archive begin with the archive's, so that deleting by that prefix
    deletes all of it.
    """
    return f"{archive_key}.frames"


def sprite_sheets_prefix(archive_key: str) -> str:
    """Return the S3 prefix of the sprite sheets of an archive's frames."""
    return f"{archive_key}.thumbnails/"


def sprite_sheet_name(number: int) -> str:
    """Return the file name of a sprite sheet; the first one is 0."""
    return f"{number:05d}.jpg"


def poster_key(archive_key: str) -> str:
    """Return the S3 key of the one thumbnail, a JPEG, that stands for an archive's video."""
    return f"{archive_key}.poster.jpg"
