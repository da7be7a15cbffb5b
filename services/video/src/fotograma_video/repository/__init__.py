"""Queries. Nothing here commits: a use case owns the transaction."""

from fotograma_video.repository.dispatch import Backlog, DispatchRepository
from fotograma_video.repository.erasure import ErasureRepository
from fotograma_video.repository.extractions import ExtractionRepository
from fotograma_video.repository.quotas import QuotaRepository
from fotograma_video.repository.retention import RetentionRepository
from fotograma_video.repository.selections import SelectionRepository
from fotograma_video.repository.tidying import SweepRepository, forget_messages
from fotograma_video.repository.uploads import IdempotencyRepository, UploadRepository
from fotograma_video.repository.videos import Page, SortKey, Usage, VideoRepository

__all__ = [
    "Backlog",
    "DispatchRepository",
    "ErasureRepository",
    "ExtractionRepository",
    "IdempotencyRepository",
    "Page",
    "QuotaRepository",
    "RetentionRepository",
    "SelectionRepository",
    "SortKey",
    "SweepRepository",
    "UploadRepository",
    "Usage",
    "VideoRepository",
    "forget_messages",
]
