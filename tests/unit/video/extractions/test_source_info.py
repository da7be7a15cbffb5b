"""What the API says of a source."""

from fractions import Fraction

from fotograma_contracts.extractions import PassedOver, Probe, VideoStream
from fotograma_video.extractions.schemas import SourceInfo

PROBE = Probe(
    container="mov", codec="h264", width=2, height=2, duration=Fraction(9), frame_rate=None
)


def test_source_says_where_its_video_begins_and_which_stream_it_is() -> None:
    still = VideoStream(
        index=0, codec="mjpeg", width=8, height=8, frames=1, passed_over=PassedOver.ONE_PICTURE
    )
    streams = (still, VideoStream(index=2, codec="h264", width=2, height=2, frames=50))
    probe = PROBE.model_copy(
        update={"video_start": Fraction(251, 50), "stream": 2, "streams": streams}
    )
    source = SourceInfo.of(probe)
    assert source is not None
    assert (source.video_start_seconds, source.stream, source.streams) == (5.02, 2, streams)


def test_source_that_the_release_before_planned_says_neither() -> None:
    source = SourceInfo.of(Probe.model_validate_json(PROBE.model_dump_json(exclude_unset=True)))
    assert source is not None
    assert (source.video_start_seconds, source.stream, source.streams) == (None, None, ())
