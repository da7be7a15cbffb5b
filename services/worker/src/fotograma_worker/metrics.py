"""The worker's metrics. The kit counts consumers and messages."""

from prometheus_client import Counter, Gauge

SEGMENTS = Counter("fotograma_segments", "Segments, by outcome and reason", ["outcome", "reason"])
FRAMES = Counter("fotograma_frames", "Frames extracted")
VIDEO_SECONDS = Counter("fotograma_video_seconds", "Seconds of video covered by done segments")
WORK_SECONDS = Counter("fotograma_work_seconds", "Wall-clock seconds spent on done segments")
BYTES_READ = Counter("fotograma_store_read_bytes", "Bytes read from the object store")
BYTES_WRITTEN = Counter("fotograma_store_written_bytes", "Bytes written to the object store")
CHILDREN = Gauge("fotograma_decoder_children", "Decoding children")
DECODER_FAULTS = Counter(
    "fotograma_decoder_faults",
    "Decoding children that failed by our fault, by kind: exception, late_import, protocol",
    ["kind"],
)
for _kind in ("exception", "late_import", "protocol"):
    DECODER_FAULTS.labels(_kind)  # or the first event would not be seen as an increase
SANDBOX = Gauge(
    "fotograma_sandbox",
    "What confines decoding children: Landlock by its version, seccomp by 1; 0 is absent",
    ["feature"],
)
