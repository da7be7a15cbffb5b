"""What a browser is told that a source is."""

from fractions import Fraction

import pytest
from fotograma_contracts.extractions import Probe
from fotograma_contracts.readable import CODECS, CONTAINERS
from fotograma_video.videos.media_types import UNKNOWN, source_media_type


def _probe(container: str, codec: str) -> Probe:
    seconds = Fraction(9)
    return Probe(
        container=container, codec=codec, width=2, height=2, duration=seconds, frame_rate=None
    )


@pytest.mark.parametrize(
    ("container", "codec", "expected"),
    [
        ("mov,mp4,m4a,3gp,3g2,mj2", "h264", "video/mp4"),
        ("matroska,webm", "h264", "video/x-matroska"),
        ("matroska,webm", "vp9", "video/webm"),
        ("yuv4mpegpipe", "rawvideo", UNKNOWN),
    ],
)
def test_media_type_is_that_of_the_container(container: str, codec: str, expected: str) -> None:
    assert source_media_type(_probe(container, codec)) == expected


def test_media_type_is_nothing_that_a_browser_runs() -> None:
    told = {source_media_type(_probe(each, codec)) for each in CONTAINERS for codec in CODECS}
    assert all(each == UNKNOWN or each.startswith("video/") for each in told)
    assert source_media_type(None) == UNKNOWN
