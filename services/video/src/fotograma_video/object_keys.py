"""Keys of objects in S3.

Sources and what is made from them have prefixes of their own, so that the worker may be allowed
to read the one and to write the other.
"""

import re
import secrets
from uuid import UUID

from fotograma_archive.names import archive_name


def sources_prefix(video_id: UUID) -> str:
    """The prefix of everything uploaded for a video."""
    return f"sources/{video_id}/"


def new_source_key(video_id: UUID) -> str:
    """A source key that cannot be guessed."""
    return sources_prefix(video_id) + secrets.token_urlsafe(16)


def extractions_prefix(video_id: UUID) -> str:
    """The prefix of everything made from a video."""
    return f"extractions/{video_id}/"


def extraction_prefix(video_id: UUID, extraction_id: UUID) -> str:
    """The prefix of everything made by one extraction."""
    return f"{extractions_prefix(video_id)}{extraction_id}/"


def pieces_prefix(video_id: UUID, extraction_id: UUID) -> str:
    """The prefix of an extraction's pieces, which are deleted once its archive is assembled."""
    return f"{extraction_prefix(video_id, extraction_id)}pieces/"


def extraction_of_pieces(prefix: str) -> tuple[UUID, UUID] | None:
    """The video and the extraction whose pieces have this prefix; None for another prefix."""
    match = re.fullmatch(r"extractions/([0-9a-f-]{36})/([0-9a-f-]{36})/pieces/", prefix)
    return None if match is None else (UUID(match[1]), UUID(match[2]))


def archives_prefix(video_id: UUID, extraction_id: UUID) -> str:
    """The prefix of all archives of an extraction, those of late runs too."""
    return f"{extraction_prefix(video_id, extraction_id)}archive."


def new_archive_key(video_id: UUID, extraction_id: UUID, attempt: int) -> str:
    """An archive key that cannot be guessed from the ids, which image URLs show.

    Each attempt has its own, so that a late one never overwrites an accepted one. It is stored in
    the command, the event and the extraction's row.
    """
    name = archive_name(attempt, secrets.token_urlsafe(16))
    return extraction_prefix(video_id, extraction_id) + name
