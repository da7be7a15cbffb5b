"""Addresses of what the API serves, relative to that of the API."""

from uuid import UUID

from fotograma_video.rows import ExtractionRow


def frames_url(extraction: ExtractionRow) -> str | None:
    """Where an extraction's frames are listed, if they are."""
    if extraction.frame_index_key is None:
        return None
    return f"{extraction_address(extraction.video_id, extraction.id)}/frames"


def poster_address(extraction: ExtractionRow) -> str:
    """The address of the one thumbnail that stands for an extraction's video."""
    return f"{extraction_address(extraction.video_id, extraction.id)}/poster"


def live_sheet_address(extraction: ExtractionRow, name: str) -> str:
    """The address of a sheet of thumbnails of what is still being extracted."""
    return f"{extraction_address(extraction.video_id, extraction.id)}/live/{name}"


def extraction_address(video_id: UUID, extraction_id: UUID) -> str:
    """The address of an extraction."""
    return f"/video/{video_id}/extractions/{extraction_id}"
