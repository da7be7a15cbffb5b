"""What the video service measures of its business."""

from prometheus_client import Counter, Gauge, Histogram

UPLOADS = Counter("fotograma_uploads", "Uploads, by outcome", ["outcome"])
UPLOAD_BYTES = Counter("fotograma_upload_bytes", "Bytes of accepted uploads")
STREAMS = Gauge("fotograma_live_streams", "Streams of live events that are open")
EXPIRED = Counter("fotograma_videos_expired", "Videos deleted because their time was up")
EXTRACTIONS = Counter(
    "fotograma_extractions", "Extractions ended, by status and reason", ["status", "reason"]
)
READY_SECONDS = Histogram(
    "fotograma_extraction_ready_seconds",
    "Seconds from an extraction's start, which completes an upload, until its frames were ready",
    ["length"],
    buckets=(0.5, 1, 2, 3, 4, 5, 7.5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600),
)
FRAMES = Counter("fotograma_extracted_frames", "Frames in assembled archives")
VIDEO_SECONDS = Counter("fotograma_extracted_video_seconds", "Seconds of video extracted")
WORK_SECONDS = Counter("fotograma_extraction_work_seconds", "Seconds workers took for it")
REISSUED = Counter("fotograma_reissued_commands", "Commands issued again", ["stage"])
BACKLOG = Gauge("fotograma_backlog_segments", "Segments that wait or run", ["state"])
BACKLOG_AGE = Gauge("fotograma_backlog_age_seconds", "Age of the oldest waiting extraction")
"""Workers are scaled on the backlog: a queue's length hides what is unacknowledged."""
