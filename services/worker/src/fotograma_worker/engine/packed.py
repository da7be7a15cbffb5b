"""Find the AVI files whose packets hold two frames of MPEG-4 Part 2 ("packed B-frames", DivX)."""

from itertools import islice

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from fotograma_worker.engine.hidden import MAX_NOT_CODED_BYTES, NotCodedVops

_PEEKED_PACKETS = 100
"""Packets among which one with two frames must be, if there are any."""


def is_packed(container: InputContainer, stream: VideoStream) -> bool | None:
    """Whether packets hold two frames; None where that is clear without reading any. Otherwise the
    file has to be rewound.
    """
    if container.format.name != "avi" or stream.codec_context.codec.name != "mpeg4":
        return None
    sizes = [entry.size for entry in islice(stream.index_entries, _PEEKED_PACKETS)]
    if sizes and min(sizes) > MAX_NOT_CODED_BYTES:
        return None  # no packet is so small that it holds no frame
    vops = NotCodedVops(stream.codec_context.extradata or b"", is_packed=True)
    packets = islice(container.demux(stream), _PEEKED_PACKETS)
    try:
        return any((vops.coded(memoryview(packet)) or 0) > 1 for packet in packets if packet.size)
    except av.error.FFmpegError:  # damage, which whoever reads on finds as well
        return False
