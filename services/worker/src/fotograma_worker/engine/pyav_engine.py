"""Extract frames from a video with PyAV."""

from __future__ import annotations  # av.Packet is generic for type checkers only

from collections.abc import Generator, Iterator
from fractions import Fraction
from itertools import chain, islice, takewhile

from fotograma_contracts.reasons import WarningCode
from fotograma_contracts.samples import (
    Placed,
    SampleGrid,
    Samples,
    SampleScenes,
    SampleSpan,
    SampleTimes,
    samples_in,
)

from fotograma_worker.engine.deinterlacing import FrameInContext
from fotograma_worker.engine.lone_keyframes import decoded_alone
from fotograma_worker.engine.media import (
    SeekableFile,
    discard_other_streams,
    open_video,
    rewind,
)
from fotograma_worker.engine.output import Encoded, FrameOutput
from fotograma_worker.engine.pruning import GaveUp, PrunedReader, can_prune
from fotograma_worker.engine.reading import (
    FrameByFrame,
    FrameReader,
    NoKeyframe,
    Packets,
    begin,
    keyframes_of,
    packets_around,
    packets_of,
    with_neighbours,
)
from fotograma_worker.engine.scenes import SceneScore
from fotograma_worker.engine.timing import ShownFrame
from fotograma_worker.protocol import (
    ExtractJob,
    WarningNote,
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

_STEPS_BACK = (0, 1, 4, 16, 64)
"""Seconds by which decoding starts earlier, where the keyframe alone is not early enough."""


class Extraction:
    """Extracts the frames that answer a job's samples."""

    def __init__(self, source: SeekableFile, job: ExtractJob) -> None:
        placed = job.samples if isinstance(job.samples, Placed) else None
        self._samples = samples_in(job.samples)
        wanted = None if placed is None else placed.stream
        self._video = open_video(source, job.limits.max_pixels, wanted)
        discard_other_streams(self._video)
        self._video.breaks, self._video.overlap = self._samples.breaks, self._samples.overlap
        self._first, self._reader, self._frames = begin(self._video)
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

    def warnings(self) -> tuple[WarningNote, ...]:
        """The warnings, after the last frame."""
        return tuple(chain(_damage(self._video.damage), self._repeated_times()))

    @property
    def frames_seen(self) -> int:
        """The frames that were chosen from, after the last one; and those left out with a word."""
        return self._seen + self._repeated

    @property
    def _repeated(self) -> int:
        """Frames that had no time of their own, in a segment that all frames are wanted of. Where
        edits overlap, the plan has not counted them, and has told of them.
        """
        samples, times = self._samples, self._video.repeated
        if not isinstance(samples, SampleSpan) or samples.keyframes_only or samples.overlap:
            return 0
        first = self._clock.first_timestamp_at(samples.start)
        end = None if samples.end is None else self._clock.first_timestamp_at(samples.end)
        return sum(first <= time and (end is None or time < end) for time in times)

    def _repeated_times(self) -> Iterator[WarningNote]:
        repeated = self._repeated + self._output.dropped
        if not repeated or not isinstance(self._samples, SampleSpan | SampleScenes):
            return  # who asks for sample times is told which have no frame
        yield WarningNote(code=WarningCode.TIMES_REPEAT, count=repeated)

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
        keyframes = keyframes_of(self._video, packets, chooser.target)
        wanted = takewhile(lambda each: not chooser.is_beyond(each[1]), keyframes)
        reader = FrameReader(self._video)
        for keyframe in decoded_alone(self._video, wanted):
            findings = self._video.findings()
            shown = reader.alone(keyframe)
            if shown is None or shown.frame.interlaced_frame:
                self._video.forget_since(findings)
                start = self._clock.seconds(keyframe.timestamp)
                return span.model_copy(update={"start": start})
            yield from chooser.push(shown.timestamp, FrameInContext(shown.frame))
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


def _damage(times: int) -> Iterator[WarningNote]:
    if times:
        yield WarningNote(code=WarningCode.DAMAGED_FRAMES, count=times)
