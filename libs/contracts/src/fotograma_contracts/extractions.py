"""From a stored source and a recipe to a plan, segments and an archive."""

from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from fotograma_contracts.base import Command, Event, Rational, Value
from fotograma_contracts.reasons import ExtractionWarning, WithReason
from fotograma_contracts.recipe import Output, Recipe
from fotograma_contracts.samples import SegmentSamples

Count = Annotated[int, Field(ge=0)]
LIVE_SHEET_NAME = r"^[0-9]{5,10}\.[0-9]{1,10}\.[0-9a-f]{8}\.[0-9]{5,10}\.jpg$"
MAX_LIVE_SHEETS = 20
"""Sheets that one report names; a client that misses some sees them in the archive."""


class Source(Value):
    """An uploaded video in S3."""

    key: str
    etag: str
    size_bytes: Count
    name: str
    """The file name at upload."""
    crc64nvme: str | None = None
    """S3's full-object checksum (base64), where the store gives one."""


class Limits(Value):
    """What one extraction may cost; beyond it a file is rejected."""

    max_frames: int
    max_pixels: int
    """Width times height of one decoded frame."""
    max_archive_bytes: int
    segment_work_seconds: float
    """Seconds of one core's work that a segment aims for."""
    segment_time_limit_seconds: float
    """Wall-clock seconds after which a segment's decoder is killed."""


class PassedOver(StrEnum):
    """Why a video stream is not chosen while there is another one."""

    ATTACHED = "attached"
    """Cover art, or a thumbnail."""
    DEPENDENT = "dependent"
    """A part of a picture, such as a tile, that is nothing by itself."""
    ONE_PICTURE = "one_picture"
    FEW_PICTURES = "few_pictures"
    """Less than a tenth of the frames of the stream with the most."""


class VideoStream(Value):
    """A video stream of a source."""

    index: Count
    """In the file, all its streams counted."""
    codec: Annotated[str, Field(max_length=100)]
    width: Count
    height: Count
    """As the container declares them; 0 where it does not."""
    frames: Count | None = None
    """None where the container does not say."""
    is_default: bool = False
    passed_over: PassedOver | None = None


class Probe(Value):
    """What the demuxer found."""

    container: str
    codec: str
    width: int
    height: int
    duration: Rational
    """Seconds from the start of the video stream to the end of its last frame."""
    frame_rate: Rational | None
    time_base: Rational | None = None
    """Seconds of one unit of a frame's PTS."""
    rotation: int = 0
    video_start: Rational | None = None
    """Seconds from the earliest first time of any stream to the first displayed frame; None where a
    release that did not look planned it, like the two below."""
    stream: Count | None = None
    """The index of the video stream that was taken."""
    streams: tuple[VideoStream, ...] = ()
    """The video streams there are."""
    warnings: tuple[ExtractionWarning, ...] = ()
    """What is short about the source itself; the archive repeats it."""


class PlannedSegment(Value):
    """A range of sample times that is one worker's work for about a minute."""

    index: Count
    samples: SegmentSamples
    frames_at_most: Count
    work_seconds: float
    """Estimated seconds of one core."""


class Piece(Value):
    """Consecutive frames of an archive, as ZIP local headers and bytes, with their index."""

    index: Count
    key: str
    etag: str
    size_bytes: Count
    index_key: str
    index_etag: str
    frames: Count
    samples_answered: Count


class _ExtractionWork(Command):
    """What is asked of a worker for one extraction."""

    extraction_id: UUID
    attempt: int
    source: Source
    video_id: UUID | None = None
    owner_id: UUID | None = None
    """This and the video's: lines of the log say so. None where the release before asks."""


class ExtractionPlan(_ExtractionWork):
    """Probe the source and cut the recipe into segments."""

    routing_key: Literal["extraction.plan"] = "extraction.plan"
    recipe: Recipe
    limits: Limits


class ExtractionPlanned(Event):
    """The recipe fits this source, and these are its segments."""

    routing_key: Literal["extraction.planned"] = "extraction.planned"
    extraction_id: UUID
    attempt: int
    probe: Probe
    sample_count: Count | None
    """How many sample times there are; None where the frames themselves decide."""
    frames_at_most: Count
    estimated_archive_bytes: Count
    segments: Annotated[tuple[PlannedSegment, ...], Field(min_length=1)]


class ExtractionRejected(WithReason, Event):
    """This extraction cannot succeed, whoever tries: the reason is the user's to read."""

    routing_key: Literal["extraction.rejected"] = "extraction.rejected"
    extraction_id: UUID
    attempt: int


class ExtractionCancelled(Event):
    """Nobody wants this extraction any more: every worker drops its commands and its children."""

    routing_key: Literal["extraction.cancelled"] = "extraction.cancelled"
    extraction_id: UUID


class ArchiveContext(Value):
    """What an archive's manifest and warnings tell besides its frames."""

    recipe: Recipe
    probe: Probe
    sample_count: Count | None


class WholeArchive(ArchiveContext):
    """A segment that is all of its extraction: its worker writes the archive at once."""

    key_prefix: str
    """Of the archive's key; the rest is the worker's, and differs each time it is written."""


class _SegmentWork(_ExtractionWork):
    """Decode one segment and write its piece below `output_prefix`, or the archive that it is."""

    index: Count
    samples: SegmentSamples
    output: Output
    output_prefix: str
    frames_at_most: Count
    work_seconds: float
    limits: Limits
    archive: WholeArchive | None = None
    """A worker of a release before writes a piece all the same."""


class SegmentExtract(_SegmentWork):
    """A segment of a long video."""

    routing_key: Literal["segment.extract"] = "segment.extract"


class ShortSegmentExtract(_SegmentWork):
    """A segment of a few seconds' work: its own queue, so that it never waits for a long one."""

    routing_key: Literal["segment.extract_short"] = "segment.extract_short"


class LiveSheet(Value):
    """A sprite sheet of a segment that is still being extracted."""

    name: Annotated[str, Field(pattern=LIVE_SHEET_NAME)]
    """Of its object, below the prefix of the segment's pieces."""
    columns: Annotated[int, Field(ge=1)]
    tile_width: Annotated[int, Field(ge=1)]
    tile_height: Annotated[int, Field(ge=1)]
    tiles: Annotated[int, Field(ge=1)]
    """Thumbnails on it, row by row."""


class SegmentProgressed(Event):
    """How far a segment is. Lost without harm."""

    transient = True

    routing_key: Literal["segment.progressed"] = "segment.progressed"
    extraction_id: UUID
    index: Count
    attempt: int
    frames: Count
    sheets: Annotated[tuple[LiveSheet, ...], Field(max_length=MAX_LIVE_SHEETS)] = ()
    """Its newest sprite sheets, in order."""


class StoredArchive(Value):
    """A ZIP in S3, whose directory was read back."""

    archive_key: str
    etag: str
    size_bytes: Count
    frames: Count
    thumbnails_key: str | None = None
    """The index of the sheets of thumbnails, which lie beside it."""
    frame_index_key: str | None = None
    """The list of the frames, where each lies in the ZIP; None where its worker made none."""
    sheets: Count = 0
    """How many sheets of thumbnails there are."""
    poster: bool = False
    """Whether there is a poster beside it."""
    warnings: tuple[ExtractionWarning, ...] = ()


class SegmentExtracted(Event):
    """A segment's piece is in S3."""

    routing_key: Literal["segment.extracted"] = "segment.extracted"
    extraction_id: UUID
    index: Count
    attempt: int
    piece: Piece
    video_seconds: float
    """Seconds of video the segment covers."""
    work_seconds: float
    """Wall-clock seconds it took."""
    warnings: tuple[ExtractionWarning, ...] = ()
    archive: StoredArchive | None = None
    """The archive that the piece is the beginning of, if it was written at once. A release before
    puts the piece together like any other.
    """


class SegmentFailed(WithReason, Event):
    """A segment could not be decoded. `permanent`: another attempt would end the same."""

    routing_key: Literal["segment.failed"] = "segment.failed"
    extraction_id: UUID
    index: Count
    attempt: int
    permanent: bool


class ArchiveAssemble(ArchiveContext, _ExtractionWork):
    """Join the accepted pieces, in order, into one ZIP at `archive_key`."""

    routing_key: Literal["archive.assemble"] = "archive.assemble"
    pieces: Annotated[tuple[Piece, ...], Field(min_length=1)]
    archive_key: str


class ArchiveAssembled(StoredArchive, Event):
    """The pieces are one archive."""

    routing_key: Literal["archive.assembled"] = "archive.assembled"
    extraction_id: UUID
    attempt: int
