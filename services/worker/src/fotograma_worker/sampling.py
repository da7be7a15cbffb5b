"""Choose the frame that answers a sample time.

Times are exact seconds; timestamps are integers in the stream's time base, as demuxer and decoder
give them. Many containers store a time as the nearest tick of a coarse clock (Matroska and WebM: of
a millisecond), so a time is compared with a tolerance of half a tick, and never of more than a
millisecond. The frame at time t is the last frame whose timestamp is not later than t, and the
first frame where t precedes it.
"""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Generic, TypeVar

from fotograma_contracts.samples import SampleGrid, Samples, SampleScenes, SampleSpan, SampleTimes

Frame = TypeVar("Frame")


MAX_TOLERANCE = Fraction(1, 1000)
"""Seconds. A coarser clock than one of two milliseconds counts frames rather than rounds times."""


@dataclass(frozen=True, slots=True)
class Clock:
    """Converts between a stream's timestamps and seconds.

    `first` is the timestamp of the first displayed frame, and `first_at` its time.
    """

    time_base: Fraction
    first: int
    first_at: Fraction = Fraction(0)
    tolerance: Fraction = field(init=False)
    """Seconds by which a frame may be later than a time and still count as not later."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "tolerance", min(self.time_base / 2, MAX_TOLERANCE))

    def seconds(self, timestamp: int) -> Fraction:
        """The time of a frame."""
        return (timestamp - self.first) * self.time_base + self.first_at

    def last_timestamp_at(self, seconds: Fraction) -> int:
        """The latest timestamp that is not later than `seconds`: within the tolerance, or at it."""
        return self.first + (seconds - self.first_at + self.tolerance) // self.time_base

    def first_timestamp_at(self, seconds: Fraction) -> int:
        """The earliest timestamp that is not earlier than `seconds`: that is earlier by less than
        the tolerance. Of a clock whose tolerance is half a tick, it is the nearest tick, as above.
        """
        return self.first + self.ticks(seconds - self.first_at)

    def ticks(self, seconds: Fraction) -> int:
        """A length of time in units of the time base, rounded as `first_timestamp_at` rounds."""
        return (seconds - self.tolerance) // self.time_base + 1


@dataclass(frozen=True, slots=True)
class Answer(Generic[Frame]):
    """A chosen frame and the sample times it answers (none for spans and scenes)."""

    timestamp: int
    frame: Frame
    samples: tuple[Fraction, ...]


class TimesChooser(Generic[Frame]):
    """Chooses the frames that answer sample times, from frames pushed in time order.

    One frame is held back: what it answers is known when the next one comes.
    """

    def __init__(self, times: Iterable[Fraction], clock: Clock) -> None:
        self._waiting = deque((clock.last_timestamp_at(time), time) for time in times)
        self._held: tuple[int, Frame] | None = None
        self.unanswered = 0
        """Sample times whose frame was lost."""

    @property
    def target(self) -> int | None:
        """The frame wanted first has the latest timestamp that is not later than this."""
        return self._waiting[0][0] if self._waiting else None

    @property
    def is_done(self) -> bool:
        """No further frame is wanted."""
        return not self._waiting

    def push(
        self, timestamp: int, frame: Frame, lost_from: int | None = None
    ) -> list[Answer[Frame]]:
        """Take the next frame and return what the frame before it answers.

        `lost_from` is the timestamp of the first frame that was lost between the two.
        """
        answers = self._answer_before(timestamp, lost_from)
        self._held = (timestamp, frame)
        return answers

    def finish(self, lost_from: int | None = None) -> list[Answer[Frame]]:
        """Note that there is no further frame; return what the last one answers."""
        return self._answer_before(None, lost_from)

    def _answer_before(self, end: int | None, lost_from: int | None) -> list[Answer[Frame]]:
        if self._held is None:
            return []
        answered = []
        while self._waiting and (end is None or self._waiting[0][0] < end):
            threshold, time = self._waiting.popleft()
            if lost_from is not None and threshold >= lost_from:
                self.unanswered += 1
            else:
                answered.append(time)
        return [Answer(*self._held, tuple(answered))] if answered else []


class SpanChooser(Generic[Frame]):
    """Chooses every frame whose time is in `[start, end)`."""

    def __init__(self, span: SampleSpan, clock: Clock) -> None:
        self._first = clock.first_timestamp_at(span.start)
        self._end = None if span.end is None else clock.first_timestamp_at(span.end)
        self._over = False
        self.unanswered = 0

    @property
    def target(self) -> int:
        """The first frame wanted is the first whose timestamp is not earlier than this."""
        return self._first

    @property
    def is_done(self) -> bool:
        """No further frame is wanted."""
        return self._over

    def is_beyond(self, timestamp: int) -> bool:
        """Whether a frame is shown at the end, or later."""
        return self._end is not None and timestamp >= self._end

    def push(
        self,
        timestamp: int,
        frame: Frame,
        lost_from: int | None = None,  # noqa: ARG002 - a lost frame answers nothing here
    ) -> list[Answer[Frame]]:
        """Take the next frame and return it if it is wanted."""
        self._over = self.is_beyond(timestamp)
        if self._over or timestamp < self._first:
            return []
        return [Answer(timestamp, frame, ())]

    def finish(
        self,
        lost_from: int | None = None,  # noqa: ARG002 - as above
    ) -> list[Answer[Frame]]:
        """Note that there is no further frame."""
        return []


class SceneChooser(Generic[Frame]):
    """Chooses the first frame in `[start, end)` and those that begin a scene.

    `score` tells how much a frame differs from the one it was given before, from 0 to 1.
    """

    def __init__(self, scenes: SampleScenes, clock: Clock, score: Callable[[Frame], float]) -> None:
        self._first = clock.first_timestamp_at(scenes.start)
        self._end = clock.first_timestamp_at(scenes.end)
        self._threshold = scenes.threshold
        self._distance = clock.ticks(scenes.min_distance)
        self._score = score
        self._chosen: int | None = None
        self._over = False
        self.unanswered = 0
        self.seen = 0
        """Frames in the range."""

    @property
    def target(self) -> int:
        """The first frame wanted is the first whose timestamp is not earlier than this."""
        return self._first

    @property
    def is_done(self) -> bool:
        """No further frame is wanted."""
        return self._over

    def push(
        self,
        timestamp: int,
        frame: Frame,
        lost_from: int | None = None,  # noqa: ARG002 - a lost frame begins nothing
    ) -> list[Answer[Frame]]:
        """Take the next frame and return it if it is wanted."""
        self._over = timestamp >= self._end
        if self._over or timestamp < self._first:
            return []
        self.seen += 1
        differs = self._score(frame) >= self._threshold
        if self._chosen is not None and (not differs or timestamp - self._chosen < self._distance):
            return []
        self._chosen = timestamp
        return [Answer(timestamp, frame, ())]

    def finish(
        self,
        lost_from: int | None = None,  # noqa: ARG002 - as above
    ) -> list[Answer[Frame]]:
        """Note that there is no further frame."""
        return []


def chooser_for(
    samples: Samples, clock: Clock, score: Callable[[Frame], float]
) -> TimesChooser[Frame] | SpanChooser[Frame] | SceneChooser[Frame]:
    """Create the chooser for one segment's samples; `score` is called for scenes only."""
    match samples:
        case SampleSpan():
            return SpanChooser(samples, clock)
        case SampleScenes():
            return SceneChooser(samples, clock, score)
        case SampleGrid() | SampleTimes():
            return TimesChooser(samples.times, clock)
