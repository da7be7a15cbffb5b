"""Scan a video and extract frames from it with PyAV."""

from __future__ import annotations  # av.Packet is generic for type checkers only

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from fractions import Fraction
from importlib.metadata import version
from itertools import chain, islice

import av
import numpy as np
from av.video.stream import VideoStream
from fotograma_contracts.readable import RAW
from fotograma_contracts.reasons import ExtractionWarning, Reason, WarningCode
from fotograma_contracts.samples import (
    Placed,
    SampleGrid,
    Samples,
    SampleScenes,
    SampleSpan,
    SampleTimes,
    samples_in,
)
from pydantic import ValidationError

from fotograma_worker.engine.boxes import Movie, read_movie
from fotograma_worker.engine.claims import claimed_end
from fotograma_worker.engine.deinterlacing import FrameInContext
from fotograma_worker.engine.encryption import check_encryption
from fotograma_worker.engine.media import (
    SeekableFile,
    Video,
    check_declared_pixels,
    check_pixels,
    discard_other_streams,
    find_video,
    open_video,
    place_kept,
    prepare,
    rewind,
)
from fotograma_worker.engine.output import Encoded, FrameOutput
from fotograma_worker.engine.packets import (
    PacketTable,
    read_packet_index,
    read_packet_table,
)
from fotograma_worker.engine.pictures import hdr_transfer, orientation_of_frame
from fotograma_worker.engine.pruning import GaveUp, PrunedReader, can_prune
from fotograma_worker.engine.reading import (
    FrameByFrame,
    FrameReader,
    NoKeyframe,
    Packets,
    decode_frame_by_frame,
    keyframes_of,
    packets_around,
    packets_of,
    with_neighbours,
)
from fotograma_worker.engine.scenes import SceneScore
from fotograma_worker.engine.timing import ShownFrame
from fotograma_worker.errors import Failure
from fotograma_worker.geometry import upright_size
from fotograma_worker.protocol import (
    MAX_TIMESTAMPS,
    ExtractJob,
    Flags,
    ScanJob,
    StreamFacts,
    Timestamps,
)
from fotograma_worker.sampling import (
    Answer,
    Clock,
    SceneChooser,
    SpanChooser,
    TimesChooser,
    chooser_for,
)

_Chooser = TimesChooser[FrameInContext] | SpanChooser[FrameInContext] | SceneChooser[FrameInContext]
_FrameAnswer = Answer[FrameInContext]

_GUESSED_RATES = frozenset({*RAW, "dv", "gxf", "ivf", "mxf"})
_STEPS_BACK = (0, 1, 4, 16, 64)
"""Seconds by which decoding starts earlier, where the keyframe alone is not early enough."""
_IMPOSSIBLE = "The file is damaged: what it says of its video is impossible."
_NO_FRAME = "The file is damaged: not one frame of its video can be decoded."


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
    first, _, _ = _begin(video)
    check_pixels(first.frame.width, first.frame.height, job.limits.max_pixels)
    table = None if movie is None else read_packet_index(video, movie, job.size_bytes)
    if table is None:
        rewind(video)
        table = read_packet_table(video)
    if table.breaks:  # the first frame may be behind one
        video.breaks = table.breaks
        rewind(video)
        first, _, _ = _begin(video)
    if len(table) > MAX_TIMESTAMPS:
        raise Failure(
            Reason.TOO_MANY_FRAMES,
            f"The video has more than {MAX_TIMESTAMPS:,} frames, "
            "which is more than Fotograma can handle.",
        )
    timestamps, keyframes = table.in_display_order(first.timestamp)
    try:
        facts = _facts(video, first, table, timestamps, movie)
    except ValidationError as error:
        raise Failure(Reason.DAMAGED, _IMPOSSIBLE) from error
    return ScanResult(facts, timestamps, keyframes)


class Extraction:
    """Extracts the frames that answer a job's samples."""

    def __init__(self, source: SeekableFile, job: ExtractJob) -> None:
        placed = job.samples if isinstance(job.samples, Placed) else None
        self._samples = samples_in(job.samples)
        wanted = None if placed is None else placed.stream
        self._video = open_video(source, job.limits.max_pixels, wanted)
        discard_other_streams(self._video)
        self._video.breaks = self._samples.breaks
        self._first, self._reader, self._frames = _begin(self._video)
        self._is_interlaced = bool(self._first.frame.interlaced_frame)
        first_at = Fraction(0) if placed is None else placed.first_at
        self._clock = Clock(self._video.time_base, self._first.timestamp, first_at)
        self._is_at_beginning = True
        self._seen = 0
        ratio = self._video.stream.sample_aspect_ratio
        self._output = FrameOutput(job, ratio, self._clock)

    def encoded(self) -> Iterator[Encoded]:
        """The frames in time order, and sprite sheets of their thumbnails. Raises `Failure`."""
        return self._output.encoded(self._answers())

    def warnings(self) -> tuple[ExtractionWarning, ...]:
        """The warnings, after the last frame."""
        return tuple(chain(_damage(self._video.damage), self._repeated_times()))

    @property
    def frames_seen(self) -> int:
        """The frames that were chosen from, after the last one; those with a repeated time too."""
        return self._seen + self._repeated

    @property
    def _repeated(self) -> int:
        """Frames of the segment that had no time of their own."""
        samples, times = self._samples, self._video.repeated
        if isinstance(samples, SampleGrid | SampleTimes):
            return len(times)
        first = self._clock.first_timestamp_at(samples.start)
        end = None if samples.end is None else self._clock.first_timestamp_at(samples.end)
        return sum(first <= time and (end is None or time < end) for time in times)

    def _repeated_times(self) -> Iterator[ExtractionWarning]:
        samples = self._samples
        repeated = self._repeated + self._output.dropped
        if not repeated or not isinstance(samples, SampleSpan) or samples.keyframes_only:
            return
        frames = "1 frame has" if repeated == 1 else f"{repeated:,} frames have"
        detail = f"{frames} no time after the frame before, and cannot be shown: left out."
        yield ExtractionWarning(code=WarningCode.TIMES_REPEAT, detail=detail)

    def _answers(self) -> Iterator[_FrameAnswer]:
        for answer in self._chosen():
            self._seen += not isinstance(self._samples, SampleScenes)
            frame = answer.frame.frame
            self._video.damage += frame.is_corrupt and self._video.is_alone(frame)
            yield answer

    def _chosen(self) -> Iterator[_FrameAnswer]:
        """Answer by the method that decodes least; where it gives up, by decoding everything."""
        rest: Samples | None = self._samples
        if not self._is_interlaced:
            match rest:
                case SampleGrid() | SampleTimes() if can_prune(self._video):
                    rest = yield from self._by_pruning(rest.times)
                case SampleSpan(keyframes_only=True) if self._video.has_lone_keyframes:
                    rest = yield from self._keyframes(rest)
        if rest is not None:
            yield from self._from_all(rest)

    def _by_pruning(
        self, times: tuple[Fraction, ...]
    ) -> Generator[_FrameAnswer, None, Samples | None]:
        """Answer by pruned decoding. Returns the samples left to be answered, if any."""
        self._is_at_beginning = False
        reader = PrunedReader(self._video, self._clock, times)
        try:
            for answer in reader.answers():
                moment = FrameInContext(answer.frame)
                yield Answer(answer.timestamp, moment, answer.samples)
        except GaveUp:
            return SampleTimes(times=reader.unanswered)
        return None

    def _keyframes(self, span: SampleSpan) -> Generator[_FrameAnswer, None, Samples | None]:
        """Decode each keyframe alone. Returns the samples left to be answered, if any: where one
        gives no frame, which a damaged one does, or one that is none.
        """
        chooser = SpanChooser[FrameInContext](span, self._clock)
        self._is_at_beginning = False
        packets = packets_around(self._video, chooser.target, self._clock)
        reader = FrameReader(self._video)
        for packet, timestamp in keyframes_of(self._video, packets, chooser.target):
            findings = self._video.findings()
            shown = reader.alone(packet)
            if shown is None or shown.frame.interlaced_frame:
                self._video.forget_since(findings)
                start = self._clock.seconds(timestamp)
                return span.model_copy(update={"start": start})
            yield from chooser.push(shown.timestamp, FrameInContext(shown.frame))
            if chooser.is_done:
                break
        return None

    def _from_all(self, samples: Samples) -> Iterator[_FrameAnswer]:
        """Decode every frame from the first one wanted on, or a little before."""
        score = SceneScore()
        chooser: _Chooser = chooser_for(samples, self._clock, lambda moment: score(moment.frame))
        target = chooser.target
        if target is None:
            return
        keyframes_only = isinstance(samples, SampleSpan) and samples.keyframes_only
        reader, frames = self._decoding_from(target)
        end = FrameByFrame(self._video, self._clock, reader)
        for each in with_neighbours(chain(frames, end.frames())):
            if keyframes_only and not each.shown.is_keyframe:
                continue
            yield from chooser.push(each.shown.timestamp, each.moment, each.shown.lost_from)
            if isinstance(chooser, SceneChooser):
                self._seen = chooser.seen
            if chooser.is_done:
                return
        yield from chooser.finish(end.lost_from)

    def _decoding_from(self, target: int) -> tuple[FrameReader, Iterator[ShownFrame]]:
        """Frames in order, beginning before the frame on screen at `target`: one that is
        de-interlaced needs the one before it.
        """
        is_first_wanted = target <= self._first.timestamp
        if self._is_at_beginning and (is_first_wanted or not self._video.can_be_entered_anywhere):
            return self._reader, chain((self._first,), self._frames)
        self._is_at_beginning = False
        findings = self._video.findings()
        for back in _STEPS_BACK:
            self._video.forget_since(findings)
            packets = packets_around(self._video, target, self._clock, back=back)
            reader = FrameReader(self._video)
            frames = reader.all_from(packets)
            try:
                beginning = list(islice(frames, 2))
            except NoKeyframe:
                continue
            if packets.start is None or (len(beginning) > 1 and beginning[1].timestamp <= target):
                return reader, chain(beginning, frames)
        self._video.forget_since(findings)
        rewind(self._video)
        reader = FrameReader(self._video)
        return reader, reader.all_from(Packets(packets_of(self._video)))


def _damage(times: int) -> Iterator[ExtractionWarning]:
    if times:
        counted = "once" if times == 1 else f"{times:,} times"
        detail = (
            f"The video is damaged: decoding failed or was uncertain {counted}. "
            "Frames may be missing or look wrong."
        )
        yield ExtractionWarning(code=WarningCode.DAMAGED_FRAMES, detail=detail)


def engine_versions() -> dict[str, str]:
    """The versions of what the bytes of a frame depend on."""
    libraries = {
        name: ".".join(map(str, av.library_versions[name]))
        for name in ("libavcodec", "libavformat", "libavfilter", "libswscale")
    }
    packages = {name: version(name) for name in ("av", "isal", "numpy", "simplejpeg")}
    return {"fotograma": version("fotograma-worker"), **packages, **libraries}


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


def _begin(video: Video) -> tuple[ShownFrame, FrameReader, Iterator[ShownFrame]]:
    """The first displayed frame, whose timestamp is the video's time 0, and all frames after it."""
    reader = FrameReader(video)
    frames = reader.all_from(Packets(packets_of(video)))
    first = next(frames, None)
    if first is None and reader.lacks_end:
        decode_frame_by_frame(video)
        reader = FrameReader(video)
        frames = reader.all_from(Packets(packets_of(video)))
        first = next(frames, None)
    if first is None:
        check_declared_pixels(video.source, video.max_pixels, video.stream.index)
        raise Failure(Reason.DAMAGED, _NO_FRAME)
    return first, reader, frames
