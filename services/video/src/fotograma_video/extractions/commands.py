"""Build the commands for workers from rows."""

from fotograma_contracts.base import Message
from fotograma_contracts.extractions import (
    ArchiveAssemble,
    ExtractionPlan,
    Limits,
    SegmentExtract,
    ShortSegmentExtract,
    Source,
    WholeArchive,
)

from fotograma_video.domain import Lane
from fotograma_video.models import Extraction, Segment, Video
from fotograma_video.object_keys import extraction_prefix, new_archive_key, pieces_prefix
from fotograma_video.settings import VideoSettings

_SEGMENT_COMMANDS = {Lane.LONG: SegmentExtract, Lane.SHORT: ShortSegmentExtract}


class Commands:
    """Builds commands under this service's limits."""

    def __init__(self, settings: VideoSettings) -> None:
        self._limits = Limits(
            max_frames=settings.video_max_frames,
            max_pixels=settings.video_max_pixels,
            max_archive_bytes=settings.video_max_archive_bytes,
            segment_work_seconds=settings.segment_work_seconds,
            segment_time_limit_seconds=settings.segment_time_limit_seconds,
        )

    def plan(self, extraction: Extraction, video: Video) -> Message:
        """Probe the source and cut the recipe into segments."""
        return ExtractionPlan(
            extraction_id=extraction.id,
            attempt=extraction.attempt,
            source=_source(video),
            video_id=video.id,
            owner_id=video.owner_id,
            recipe=extraction.recipe,
            limits=self._limits,
        )

    def extract(
        self, segment: Segment, extraction: Extraction, video: Video, lane: Lane
    ) -> Message:
        """Decode one segment."""
        return _SEGMENT_COMMANDS[lane](
            extraction_id=extraction.id,
            index=segment.index,
            attempt=segment.attempt,
            source=_source(video),
            video_id=video.id,
            owner_id=video.owner_id,
            samples=segment.samples,
            output=extraction.recipe.output,
            output_prefix=pieces_prefix(video.id, extraction.id),
            frames_at_most=segment.frames_at_most,
            work_seconds=segment.work_seconds,
            limits=self._limits,
            archive=_whole_archive(segment, extraction, video),
        )

    def assemble(self, extraction: Extraction, video: Video, segments: list[Segment]) -> Message:
        """Join the accepted pieces."""
        assert extraction.probe is not None  # noqa: S101 - planned before it is assembled
        return ArchiveAssemble(
            extraction_id=extraction.id,
            attempt=extraction.attempt,
            source=_source(video),
            video_id=video.id,
            owner_id=video.owner_id,
            recipe=extraction.recipe,
            probe=extraction.probe,
            sample_count=extraction.sample_count,
            pieces=tuple(segment.piece for segment in segments if segment.piece),
            archive_key=new_archive_key(video.id, extraction.id, extraction.attempt),
        )


def _whole_archive(segment: Segment, extraction: Extraction, video: Video) -> WholeArchive | None:
    """The archive that a segment is, where the plan has no other."""
    if extraction.probe is None or segment.frames_at_most != extraction.frames_at_most:
        return None
    return WholeArchive(
        recipe=extraction.recipe,
        probe=extraction.probe,
        sample_count=extraction.sample_count,
        key_prefix=extraction_prefix(video.id, extraction.id),
    )


def _source(video: Video) -> Source:
    return Source(
        key=video.source_key,
        etag=video.source_etag,
        size_bytes=video.size_bytes,
        name=video.source_name,
        crc64nvme=video.source_crc64nvme,
    )
