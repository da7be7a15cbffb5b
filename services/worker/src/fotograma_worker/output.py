"""Chosen frames to encoded ones, and to thumbnails. Runs in the decoding child."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from fotograma_worker.deinterlacing import FrameInContext
from fotograma_worker.encoders import PIXEL_FORMATS, encoder_for
from fotograma_worker.media import check_pixels
from fotograma_worker.pictures import PictureMaker
from fotograma_worker.sampling import Answer, Clock
from fotograma_worker.thumbnails import Sheet, SheetMaker
from fotograma_worker.wire import ExtractJob


@dataclass(frozen=True)
class EncodedFrame:
    """One frame of the archive."""

    pts: int
    time: Fraction
    samples: tuple[Fraction, ...]
    data: bytes


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
        self._encode = encoder_for(output)
        self._sheets = SheetMaker(pixel_format) if job.thumbnails else None
        self._full_sheets: list[Sheet] = []
        self._last_name_time = -1

    def encoded(self, answer: Answer[FrameInContext]) -> EncodedFrame | None:
        """None for a frame whose name would be its predecessor's: names tell microseconds."""
        time = self._clock.seconds(answer.timestamp)
        name_time = int(time * 1_000_000)
        if name_time <= self._last_name_time:
            return None
        self._last_name_time = name_time
        frame = answer.frame.frame
        check_pixels(frame.width, frame.height, self._max_pixels)
        picture = self._pictures.picture(answer.frame)
        data = self._encode(picture)
        if self._sheets is not None:
            self._keep(self._sheets.add(answer.timestamp, picture))
        return EncodedFrame(answer.timestamp, time, answer.samples, data)

    def sheets(self, *, at_end: bool) -> Iterator[Sheet]:
        """The sheets of thumbnails that have become full; the last one too, `at_end`."""
        if at_end and self._sheets is not None:
            self._keep(self._sheets.finish())
        while self._full_sheets:
            yield self._full_sheets.pop(0)

    def _keep(self, sheet: Sheet | None) -> None:
        if sheet is not None:
            self._full_sheets.append(sheet)
