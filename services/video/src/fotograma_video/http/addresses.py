"""Addresses of what the API serves, relative to that of the API."""

from uuid import UUID

from fotograma_video.models import Extraction


def frames_url(extraction: Extraction) -> str | None:
    """Where an extraction's frames are listed, if they are."""
    if extraction.frame_index_key is None:
        return None
    return f"{extraction_address(extraction.video_id, extraction.id)}/frames"


def extraction_address(video_id: UUID, extraction_id: UUID) -> str:
    """The address of an extraction."""
    return f"/video/{video_id}/extractions/{extraction_id}"
