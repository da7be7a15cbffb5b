"""Take the last frames out of a decoder, with all that it knows of them.

A frame of H.264 that its decoder has in hand may come out, where nothing more is given, before it
is known that it is damaged: the last frame of a file that breaks off would pass for whole.
"""

from __future__ import annotations  # av.Packet is generic for type checkers only

from collections.abc import Callable
from typing import Any

import av

from fotograma_worker.engine.h264 import length_size
from fotograma_worker.engine.media import Video

_DELIMITER = b"\x09\xf0"
"""An access unit delimiter (ITU-T H.264, 7.3.2.4): no picture, and no complaint."""
_START = b"\0\0\0\1"


def drained(
    video: Video, decode: Callable[[av.Packet[Any] | None], list[av.VideoFrame]]
) -> list[av.VideoFrame]:
    """The frames that the decoder has left. `decode` gives it a packet, or None at last.

    Before that each of its threads is given one packet, which it takes when it is done with what it
    had.
    """
    context, frames = video.stream.codec_context, []
    if context.codec.canonical_name == "h264" and video.decoder_threads > 1:
        skipped, context.skip_frame = context.skip_frame, "NONREF"
        try:
            for _ in range(video.decoder_threads):
                frames += decode(av.Packet(_delimiter(context.extradata or b"")))
        finally:
            context.skip_frame = skipped
    return frames + decode(None)


def _delimiter(extradata: bytes) -> bytes:
    """Behind a length where the stream has lengths, else behind a start code."""
    size = length_size(extradata)
    return (len(_DELIMITER).to_bytes(size) if size else _START) + _DELIMITER
