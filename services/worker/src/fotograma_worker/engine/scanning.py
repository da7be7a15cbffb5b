"""Find out what is in a video: its facts, and when its frames are shown."""

from __future__ import annotations  # av.Packet is generic for type checkers only

from dataclasses import dataclass
from fractions import Fraction

import av
import numpy as np
from av.video.stream import VideoStream
from fotograma_contracts.readable import RAW
from pydantic import ValidationError

from fotograma_worker.engine.boxes import Movie, read_movie
from fotograma_worker.engine.claims import claimed_end
from fotograma_worker.engine.encryption import check_encryption
from fotograma_worker.engine.media import (
    SeekableFile,
    Video,
    check_pixels,
    find_video,
    place_kept,
    prepare,
    rewind,
)
from fotograma_worker.engine.packets import PacketTable, read_packet_index, read_packet_table
from fotograma_worker.engine.pictures import hdr_transfer, orientation_of_frame
from fotograma_worker.engine.reading import begin
from fotograma_worker.engine.timing import ShownFrame
from fotograma_worker.findings import Finding, Refusal
from fotograma_worker.geometry import upright_size
from fotograma_worker.protocol import MAX_TIMESTAMPS, Flags, ScanJob, StreamFacts, Timestamps

_GUESSED_RATES = frozenset({*RAW, "dv", "gxf", "ivf", "mxf"})


@dataclass(frozen=True)
class ScanResult:
    """What is in a video: `timestamps` ascending and distinct, `keyframes` aligned with them."""

    facts: StreamFacts
    timestamps: Timestamps
    keyframes: Flags


def scan(source: SeekableFile, job: ScanJob) -> ScanResult:
    """Decode the first frame, and find all others without decoding them. Raises `Failure`."""
    found = find_video(source, job.limits.max_pixels, job.stream)
    with place_kept(source):
        is_mov = found.container.format.name.startswith("mov")
        movie = read_movie(source) if is_mov else None
        check_encryption(found, movie)
    video = prepare(found)
    first, _, _ = begin(video)
    check_pixels(first.frame.width, first.frame.height, job.limits.max_pixels)
    table = None if movie is None else read_packet_index(video, movie, job.size_bytes)
    if table is None:
        rewind(video)
        table = read_packet_table(video, movie)
    if table.breaks:  # the first frame may be behind one
        video.breaks = table.breaks
        rewind(video)
        first, _, _ = begin(video)
    if len(table) > MAX_TIMESTAMPS:
        raise Refusal(Finding.TOO_MANY_FRAMES, most=MAX_TIMESTAMPS)
    timestamps, keyframes = table.in_display_order(first.timestamp)
    try:
        facts = _facts(video, first, table, timestamps, movie)
    except ValidationError as error:
        raise Refusal(Finding.IMPOSSIBLE) from error
    return ScanResult(facts, timestamps, keyframes)


def _facts(
    video: Video,
    first: ShownFrame,
    table: PacketTable,
    timestamps: Timestamps,
    movie: Movie | None,
) -> StreamFacts:
    stream, base = video.stream, video.time_base
    orientation = orientation_of_frame(first.frame)
    upright = upright_size(
        first.frame.width, first.frame.height, stream.sample_aspect_ratio, orientation
    )
    last = int(timestamps[-1])
    end = max(table.end, last + 1)
    if table.end <= last:  # the last packet does not say how long it is shown
        end = last + _typical_duration(stream, timestamps)
    claimed, furthest = claimed_end(video, movie, end, table)
    if table.breaks:  # what a container says of its length, it says of one clock
        claimed = None
    return StreamFacts(
        container=video.container.format.name,
        codec=stream.codec_context.codec.canonical_name,
        width=first.frame.width,
        height=first.frame.height,
        upright_width=upright.width,
        upright_height=upright.height,
        rotation=orientation.rotation,
        is_hdr=hdr_transfer(first.frame) is not None,
        time_base=base,
        frame_rate=_rate(video),
        is_counted=video.counted_rate is not None,
        first=first.timestamp,
        video_start=_video_start(video, first.timestamp),
        stream=stream.index,
        streams=video.streams,
        end=end,
        claimed_end=claimed,
        furthest_end=furthest,
        breaks=table.breaks,
        repeated=table.repeated_from(first.timestamp),
        skipped=table.skipped_before(first.timestamp),
        earlier=table.earlier_than(first.timestamp),
        overlap=table.overlap,
    )


def _rate(video: Video) -> Fraction | None:
    """Frames a second. FFmpeg's average is the clock's rate in some containers, or missing."""
    stream = video.stream
    if video.container.format.name in _GUESSED_RATES:
        return video.counted_rate or stream.guessed_rate or None
    return stream.average_rate or None


def _typical_duration(stream: VideoStream, timestamps: Timestamps) -> int:
    if len(timestamps) > 1:
        return max(1, int(np.median(np.diff(timestamps))))
    if stream.average_rate and stream.time_base:
        return max(1, int(1 / stream.average_rate / stream.time_base))
    return 1


def _video_start(video: Video, first: int) -> Fraction:
    """Seconds by which the first displayed frame is later than the file begins.

    A file begins where FFmpeg says, in microseconds: at the earliest first time of its streams, but
    for captions far ahead of all else. The stream that it is says it exactly.
    """
    if video.counted_rate is not None:
        return Fraction(0)
    shown, container = first * video.time_base, video.container
    if container.start_time is None:
        return Fraction(0)
    begins = Fraction(container.start_time, av.time_base)
    exact = (
        stream.start_time * stream.time_base
        for stream in container.streams
        if stream.start_time is not None and stream.time_base is not None
    )
    nearest = min(exact, key=lambda time: abs(time - begins), default=begins)
    if abs(nearest - begins) <= Fraction(1, av.time_base):
        begins = nearest
    return max(Fraction(0), shown - begins)
