"""Convert chosen frames to pictures, encode them, and collect their thumbnails."""

from collections import deque
from collections.abc import Collection, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction

from fotograma_worker.engine.deinterlacing import FrameInContext
from fotograma_worker.engine.encoders import Picture, encoder_for
from fotograma_worker.engine.media import check_pixels
from fotograma_worker.engine.pictures import PictureMaker
from fotograma_worker.engine.thumbnails import Poster, SpriteSheet, SpriteSheetMaker
from fotograma_worker.protocol import EncodedFrame, ExtractJob
from fotograma_worker.sampling import Answer, Clock

ENCODERS = 2
"""Threads, and frames in progress, each of which takes its picture's bytes about three times
(1080p: 20 MB). Encoders and decoder release the interpreter's lock while they work."""
_MAX_BYTES_UNDER_WAY = 64_000_000
"""Bytes of pictures in progress. A larger one, as of 8K, is encoded before the next frame is
decoded."""

Encoded = EncodedFrame | SpriteSheet | Poster


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A frame that is being encoded, and the sprite sheet that it completed."""

    picture_bytes: int
    frame: Future[EncodedFrame]
    sheet: SpriteSheet | None

    def results(self) -> Iterator[Encoded]:
        """Wait for the frame."""
        yield self.frame.result()
        if self.sheet is not None:
            yield self.sheet


class FrameOutput:
    """Converts and encodes chosen frames as a job specifies.

    Frames become pictures in the thread that decodes, and are encoded in others meanwhile.
    """

    def __init__(self, job: ExtractJob, sample_aspect_ratio: Fraction | None, clock: Clock) -> None:
        output = job.output
        self._encoder = encoder_for(output)
        self._clock = clock
        self._max_pixels = job.limits.max_pixels
        self._pictures = PictureMaker(
            self._encoder.pixel_format,
            sample_aspect_ratio,
            output.max_width,
            output.max_height,
            self._max_pixels,
        )
        self._sheets = SpriteSheetMaker(self._encoder.pixel_format) if job.thumbnails else None
        self._last_name_time = -1
        self.dropped = 0
        """Frames left out because they would have had their predecessors' names, which count
        microseconds."""

    def encoded(self, answers: Iterable[Answer[FrameInContext]]) -> Iterator[Encoded]:
        """The frames in time order, sprite sheets of thumbnails, each after its frames, and a
        poster at the end.
        """
        waiting: deque[_Waiting] = deque()
        with ThreadPoolExecutor(ENCODERS) as encoders:
            for answer in answers:
                if self._has_name_of_its_own(answer):
                    waiting.append(self._begin(answer, encoders))
                else:
                    self.dropped += 1
                while _is_full(waiting):
                    yield from waiting.popleft().results()
            while waiting:
                yield from waiting.popleft().results()
        if self._sheets is not None:
            if (last := self._sheets.finish()) is not None:
                yield last
            if (poster := self._sheets.poster()) is not None:
                yield poster

    def _has_name_of_its_own(self, answer: Answer[FrameInContext]) -> bool:
        name_time = int(self._clock.seconds(answer.timestamp) * 1_000_000)
        is_later = name_time > self._last_name_time
        self._last_name_time = max(name_time, self._last_name_time)
        return is_later

    def _begin(self, answer: Answer[FrameInContext], encoders: ThreadPoolExecutor) -> _Waiting:
        frame = answer.frame.frame
        check_pixels(frame.width, frame.height, self._max_pixels)
        picture, source = self._pictures.convert(answer.frame)
        sheet = None
        if self._sheets is not None:
            sheet = self._sheets.add(answer.timestamp, picture, source)
        encoding = encoders.submit(self._encode, answer.timestamp, answer.samples, picture)
        return _Waiting(picture.nbytes, encoding, sheet)

    def _encode(
        self, timestamp: int, samples: tuple[Fraction, ...], picture: Picture
    ) -> EncodedFrame:
        time = self._clock.seconds(timestamp)
        return EncodedFrame(timestamp, time, samples, self._encoder.encode(picture))


def _is_full(waiting: Collection[_Waiting]) -> bool:
    """Whether the first frame must be finished before another one may begin."""
    under_way = sum(each.picture_bytes for each in waiting)
    return len(waiting) == ENCODERS or under_way > _MAX_BYTES_UNDER_WAY
