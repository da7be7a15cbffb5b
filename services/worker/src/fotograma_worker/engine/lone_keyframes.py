"""Decode keyframes each on its own, two at a time."""

from __future__ import annotations  # av.Packet is generic for type checkers only

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from queue import SimpleQueue

import av
from av.video.stream import VideoStream

from fotograma_worker.engine.media import Video, another_decoder

_DECODERS = 2
_MAX_PIXELS_BESIDE = 20_000_000
"""A larger frame, as of 8K, is decoded before the next one."""


@dataclass(frozen=True, slots=True)
class LoneKeyframe:
    """A keyframe that is being decoded as if it were the whole video."""

    packet: av.Packet[VideoStream]
    timestamp: int
    frames: Future[list[av.VideoFrame]]
    """One, unless something is wrong with it."""


def decoded_alone(
    video: Video, keyframes: Iterable[tuple[av.Packet[VideoStream], int]]
) -> Iterator[LoneKeyframe]:
    """Decode keyframes, given with the times at which they are shown; in the same order.

    Each decoder has one thread, so that nothing of one keyframe is left when the next one comes.
    What is wrong with the end of the file is noted behind the last keyframe, though it is read
    before.
    """
    context = video.stream.codec_context
    is_large = context.width * context.height > _MAX_PIXELS_BESIDE
    places = 1 if is_large else _DECODERS
    decoders: SimpleQueue[VideoStream] = SimpleQueue()
    for _ in range(places):
        decoders.put(another_decoder(video))
    waiting: deque[LoneKeyframe] = deque()
    with ThreadPoolExecutor(places) as threads:
        damage = video.damage
        for packet, timestamp in keyframes:
            frames = threads.submit(_decode, decoders, packet)
            waiting.append(LoneKeyframe(packet, timestamp, frames))
            if len(waiting) > places:
                yield waiting.popleft()
            damage = video.damage
        found_at_end, video.damage = video.damage - damage, damage
        yield from waiting
        video.damage += found_at_end


def _decode(
    decoders: SimpleQueue[VideoStream], packet: av.Packet[VideoStream]
) -> list[av.VideoFrame]:
    decoder = decoders.get()
    context = decoder.codec_context
    try:
        return [*context.decode(packet), *context.decode(None)]
    finally:
        context.flush_buffers()
        decoders.put(decoder)
