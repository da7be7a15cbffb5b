"""All of an archive before it is written. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fotograma_contracts.extractions import ArchiveContext, Source
from fotograma_contracts.reasons import ExtractionWarning, Reason, WarningCode

from fotograma_worker.errors import Failure
from fotograma_worker.jobs.archive import Join, archive_tail, join_pieces, manifest
from fotograma_worker.jobs.pieces import PieceIndex, PosterEntry, SpriteSheetEntry
from fotograma_worker.planning.wanted_frames import missing_times_warning


@dataclass(frozen=True, slots=True)
class ArchiveDraft:
    """The frames of an archive, what follows them, and what lies beside it."""

    join: Join
    tail: bytes
    sheets: tuple[SpriteSheetEntry, ...]
    poster: PosterEntry | None
    """Of the middle of the video."""
    warnings: tuple[ExtractionWarning, ...]

    @property
    def size(self) -> int:
        """Bytes of the archive."""
        return self.join.size + len(self.tail)


def draft_archive(
    indexes: Sequence[PieceIndex], source: Source, context: ArchiveContext
) -> ArchiveDraft:
    """Draft the archive of pieces. Raises `Failure` where they have no frame."""
    join = join_pieces(indexes)
    if not join.frames:
        raise Failure(
            Reason.DAMAGED, "The video is damaged: none of the wanted frames can be decoded."
        )
    engines = [index.engine for index in indexes]
    contents = manifest(source, context.recipe, context.probe, engines, join.frames)
    posters = [index.poster for index in indexes if index.poster is not None]
    return ArchiveDraft(
        join=join,
        tail=archive_tail(join, contents),
        sheets=tuple(sheet for index in indexes for sheet in index.sheets),
        poster=posters[len(posters) // 2] if posters else None,
        warnings=tuple(_warnings(context, join)),
    )


def _warnings(context: ArchiveContext, join: Join) -> Iterator[ExtractionWarning]:
    yield from context.probe.warnings
    late = missing_times_warning(context.recipe, context.probe)
    if late is not None:
        yield late
    if context.sample_count is None:
        return
    missing = context.sample_count - sum(len(frame.samples) for frame in join.frames)
    if missing > 0:
        yield ExtractionWarning(
            code=WarningCode.SAMPLES_MISSING,
            detail=f"{missing:,} of {context.sample_count:,} sample times have no frame, "
            "because the video is damaged there.",
        )
