"""What can be read is told as it is."""

from av import Codec, ContainerFormat
from fotograma_contracts.readable import CODECS, CONTAINERS, RAW, codec_names, container_names


def test_every_container_and_codec_is_one_that_ffmpeg_reads() -> None:
    for demuxer in CONTAINERS:
        assert ContainerFormat(demuxer, "r").is_input
    for decoder in CODECS:
        assert Codec(decoder, "r").type == "video"


def test_names_are_told_once() -> None:
    for names in (container_names(), codec_names()):
        assert len(names) == len(set(names))
        assert all(names)
    assert set(RAW.values()) < set(container_names())
