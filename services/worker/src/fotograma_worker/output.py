"""Chosen frames to encoded ones, and to thumbnails. Runs in the decoding child."""

from collections.abc import Iterable, Iterator
from fractions import Fraction

from fotograma_worker.decoder import EncodedFrame
from fotograma_worker.deinterlacing import FrameInContext
from fotograma_worker.encoders import PIXEL_FORMATS, encoder_for
from fotograma_worker.media import check_pixels
from fotograma_worker.pictures import PictureMaker
from fotograma_worker.sampling import Answer, Clock
from fotograma_worker.thumbnails import Sheet, SheetMaker
from fotograma_worker.wire import ExtractJob

Encoded = EncodedFrame | Sheet


class FrameOutput:
    """Turns chosen frames into what a job wants of them."""

    def __init__(self, job: ExtractJob, sample_aspect_ratio: Fraction | None, clock: Clock) -> None:
        output = job.output
        pixel_format = PIXEL_FORMATS[output.format]
        self._clock = clock
        self._max_pixels = job.limits.max_pixels
        self._pictures = PictureMaker(
            pixel_format, sample_aspect_ratio, output.max_width, output.max_height
        )
        self._encoder = encoder_for(output)
        self._sheets = SheetMaker(pixel_format) if job.thumbnails else None
        self._last_name_time = -1
        self.dropped = 0
        """Frames whose names would have been their predecessors': names tell microseconds."""

    def encoded(self, answers: Iterable[Answer[FrameInContext]]) -> Iterator[Encoded]:
        """The frames in time order, and sheets of their thumbnails, each after its frames."""
        for answer in answers:
            if self._has_name_of_its_own(answer):
                yield from self._encode(answer)
            else:
                self.dropped += 1
        if self._sheets is not None and (last := self._sheets.finish()) is not None:
            yield last

    def _has_name_of_its_own(self, answer: Answer[FrameInContext]) -> bool:
        name_time = int(self._clock.seconds(answer.timestamp) * 1_000_000)
        is_later = name_time > self._last_name_time
        self._last_name_time = max(name_time, self._last_name_time)
        return is_later

    def _encode(self, answer: Answer[FrameInContext]) -> Iterator[Encoded]:
        frame, time = answer.frame.frame, self._clock.seconds(answer.timestamp)
        check_pixels(frame.width, frame.height, self._max_pixels)
        picture = self._pictures.picture(answer.frame)
        yield EncodedFrame(answer.timestamp, time, answer.samples, self._encoder(picture))
        if self._sheets is not None:
            sheet = self._sheets.add(answer.timestamp, picture)
            if sheet is not None:
                yield sheet
