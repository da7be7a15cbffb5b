"""A piece: consecutive frames as entries of a ZIP archive, and the index that describes them.

An entry is a local file header and the frame's bytes, as they will be in the archive. Pure.
"""

import hashlib
import zlib
from typing import Annotated

from fotograma_archive.names import FRAME_NAME
from fotograma_archive.zips import MAX_ENTRY_BYTES, local_header_bytes
from fotograma_contracts.base import Rational, Value
from pydantic import Field

Count = Annotated[int, Field(ge=0)]


class FrameEntry(Value):
    """One frame in a piece. `offset` is that of its local header in the piece."""

    name: Annotated[str, Field(pattern=f"^{FRAME_NAME}$")]
    offset: Count
    size: Annotated[int, Field(ge=0, le=MAX_ENTRY_BYTES)]
    crc32: Annotated[int, Field(ge=0, le=0xFFFF_FFFF)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    pts: int
    time: Rational
    """Seconds from the first displayed frame."""
    samples: tuple[Rational, ...]
    """The sample times it answers, in seconds."""

    @property
    def end(self) -> int:
        """The offset behind its bytes."""
        return self.offset + local_header_bytes(self.name) + self.size


class SpriteSheetEntry(Value):
    """A sprite sheet beside a piece: thumbnails row by row, as one JPEG."""

    key: str
    etag: str
    columns: Annotated[int, Field(ge=1)]
    tile_width: Annotated[int, Field(ge=1)]
    tile_height: Annotated[int, Field(ge=1)]
    pts: tuple[int, ...]
    """Of the frames shown."""


class PosterEntry(Value):
    """A poster beside a piece."""

    key: str
    etag: str


class PieceIndex(Value):
    """What is in a piece."""

    engine: dict[str, str]
    """Versions of what the bytes of the frames depend on."""
    entries: tuple[FrameEntry, ...]
    sheets: tuple[SpriteSheetEntry, ...] = ()
    poster: PosterEntry | None = None


def entry_for(
    name: str,
    offset: int,
    data: bytes,
    *,
    pts: int,
    time: Rational,
    samples: tuple[Rational, ...],
) -> FrameEntry:
    """The index entry of a frame whose local header will be at `offset`."""
    return FrameEntry(
        name=name,
        offset=offset,
        size=len(data),
        crc32=zlib.crc32(data),
        sha256=hashlib.sha256(data).hexdigest(),
        pts=pts,
        time=time,
        samples=samples,
    )
