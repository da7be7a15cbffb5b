"""The video service's settings: one frozen class of kit fragments and its own limits."""

from typing import Annotated

from fotograma_kit.settings import (
    BrokerSettings,
    DatabaseSettings,
    ObjectStoreSettings,
    OriginSettings,
    RateSettings,
    TelemetrySettings,
    TokenSettings,
)
from pydantic import Field, SecretStr

MAX_RETENTION_DAYS = 36_500
"""A hundred years: for ever."""
_GIB = 1024**3
_MIB = 1024**2


class VideoSettings(
    DatabaseSettings,
    BrokerSettings,
    ObjectStoreSettings,
    TokenSettings,
    TelemetrySettings,
    OriginSettings,
):
    """Read from the environment when an app is built."""

    s3_public_endpoint_url: str | None = None
    """Where browsers reach S3, if elsewhere than the service: presigned URLs are signed for it."""
    video_download_url_seconds: int = Field(default=900, ge=1, le=604_800)

    video_max_upload_bytes: int = Field(default=20 * _GIB, ge=1)
    video_max_videos: int = Field(default=1_000, ge=1)
    """Per user."""
    video_max_storage_bytes: int = Field(default=100 * _GIB, ge=1)
    """Per user: sources and archives, and what uploads in progress may come to."""
    video_max_daily_upload_bytes: int = Field(default=50 * _GIB, ge=1)
    """Per user: uploaded within 24 hours, deleted videos included, failed uploads not."""
    video_max_uploads_in_progress: int = Field(default=20, ge=1)
    """Per user."""
    video_max_running_extractions: int = Field(default=50, ge=1)
    """Per user: waiting ones included."""
    video_upload_part_bytes: int = Field(default=8 * _MIB, ge=5 * _MIB)
    """S3 wants at least 5 MiB, and at most 10,000 parts."""
    video_upload_idle_seconds: float = Field(default=60.0, gt=0)
    """An upload that sends nothing for this long is broken off."""
    video_upload_abandoned_seconds: float = Field(default=900.0, gt=0)
    """An upload without a heartbeat for this long is swept; its process has died."""
    video_direct_upload_seconds: float = Field(default=3 * 86_400.0, gt=0)
    """A direct upload for which no part was signed for this long is swept."""
    video_upload_url_seconds: int = Field(default=900, ge=1, le=604_800)
    """How long the URL of a part is valid; it may be signed again at any time."""
    video_idempotency_seconds: float = Field(default=86_400.0, gt=0)

    video_selection_seconds: int = Field(default=86_400, ge=1)
    """How long the ZIP of selected frames may be downloaded."""
    video_max_selection_parts: int = Field(default=10_000, ge=1)
    """Names and ranges of one selection; of every other of 20,000 frames each is a range."""
    video_max_selections: int = Field(default=200, ge=1)
    """Per user; the oldest makes place for a new one."""

    video_retention_days: int = Field(default=30, ge=1, le=MAX_RETENTION_DAYS)
    """How long after its upload a video is deleted, unless its user or an administrator says
    otherwise. A change concerns videos that are uploaded from then on."""
    video_retention_notice_days: float = Field(default=3.0, ge=0)
    """How long before that its user gets a notice."""
    video_retention_patience_days: float = Field(default=2.0, ge=0)
    """How much longer a video is kept while an extraction of it runs."""
    video_gone_days: float = Field(default=30.0, ge=0)
    """How long a video that expired is answered as gone (410); then it is not found (404)."""

    video_max_frames: int = Field(default=200_000, ge=1)
    """Per extraction."""
    video_max_pixels: int = Field(default=8192 * 4320, ge=1)
    """Width times height of one decoded frame."""
    video_max_archive_bytes: int = Field(default=50 * _GIB, ge=1)

    segment_work_seconds: float = Field(default=15.0, gt=0)
    """Seconds of one core's work that a segment aims for; less where workers would be idle."""
    segment_time_limit_seconds: float = Field(default=300.0, gt=0)
    """Wall-clock seconds after which a segment's decoder is killed."""
    segment_short_seconds: float = Field(default=5.0, ge=0)
    """Segments of no more work than this may take the lane that long ones never enter."""
    segment_attempts: int = Field(default=3, ge=1)
    """Attempts at a segment before its extraction fails."""
    dispatch_depth: int = Field(default=3, ge=1)
    """Commands under way per consumer: one running, the others waiting in the queue."""
    silence_seconds: float = Field(default=1_800.0, gt=0)
    """A command unanswered for this long is issued again. Longer than `dispatch_depth` segments
    at their time limit take."""
    stage_attempts: int = Field(default=3, ge=1)
    """Attempts at planning and at assembling before the extraction fails."""

    retry_retirement_seconds: float = Field(default=3_600.0, gt=0)
    """How long after its start a background process deletes the exchanges by which the release
    before retried messages. Later than the last replica of that release ends."""
    video_retry_seconds: float = Field(default=86_400.0, gt=0)
    """How long a failed or cancelled extraction keeps the pieces that a retry may use."""

    video_dead_letter_days: float = Field(default=30.0, gt=0)
    """How long administrators see a command that the workers gave up."""
    sweep_again_seconds: float = Field(default=3_600.0, gt=0)
    """When a deleted prefix is swept a second time: later than the longest job could end."""
    janitor_seconds: float = Field(default=30.0, gt=0)
    """How often the janitor and the sweeper look around."""


class ApiSettings(VideoSettings, RateSettings):
    """What the HTTP API needs beside it."""

    video_max_streams_per_user: int = Field(default=10, ge=1)
    """Streams of live events that a user may have open, in each process."""
    video_max_streams: int = Field(default=1_000, ge=1)
    """Streams of live events that a process has open, of all users."""
    video_resync_users_per_second: float = Field(default=50.0, gt=0)
    """Users to whose streams a process sends everything anew, where changes were missed."""

    video_url_signing_keys: Annotated[
        tuple[Annotated[SecretStr, Field(min_length=32)], ...], Field(min_length=1)
    ]
    """JSON list of secrets that the URLs of images and selections are signed with: the first
    signs, all verify. To rotate, put a new one in front, and take the last away a day later.
    """
