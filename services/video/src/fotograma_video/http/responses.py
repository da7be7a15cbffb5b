"""What all video routes have in common, and what several of them may answer."""

from typing import Any

from fotograma_kit.database import DatabaseUnavailable
from fotograma_kit.problems import Forbidden, InvalidRequest, Unauthenticated, problem_responses

from fotograma_video import errors

EVERYWHERE: dict[str, Any] = {
    "prefix": "/video",
    "tags": ["video"],
    "responses": problem_responses(Unauthenticated, Forbidden, InvalidRequest, DatabaseUnavailable),
}
VIDEO = (errors.VideoNotFound, errors.VideoGone)
ARCHIVE = (
    *VIDEO,
    errors.ExtractionNotFound,
    errors.NotReady,
    errors.ExtractionFailed,
    errors.ExtractionWasCancelled,
)
FRAMES = (
    *ARCHIVE,
    errors.FramesNotListed,
    errors.ArchiveGone,
    errors.StorageUnavailable,
)
SIGNED = (Forbidden, errors.BadSignature, errors.LinkExpired)
QUOTAS = (errors.QuotaExceeded, errors.TooManyAtOnce)
KEYS = (errors.KeyInFlight, errors.KeyReused)
