"""Read packets and frames of an open video: from any position, in display order, past damage."""

from __future__ import annotations  # av.Packet is generic for type checkers only

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from heapq import heappop, heappush
from itertools import chain
from typing import Any

import av
from av.video.stream import VideoStream

from fotograma_worker.engine.deinterlacing import FrameInContext
from fotograma_worker.engine.media import Video, memory_failure, memory_is_short, rewind
from fotograma_worker.sampling import Clock

_SEEK_BACKOFFS = (0, 1, 4, 16, 64, 256)
"""Seconds before the wanted frame to look for a place to start at; after them, the beginning."""
_REORDER = 64
"""Frames by which an error may be reported before the frames decoded ahead of it are shown."""


@dataclass(frozen=True, slots=True)
class ShownFrame:
    """A decoded frame. `lost_from` is the timestamp of the first one lost before it, if any."""

    timestamp: int
    frame: av.VideoFrame
    lost_from: int | None
    is_keyframe: bool = False
    """By its packet: a decoder can start at it, which not every intra-coded frame allows."""


@dataclass(frozen=True, slots=True)
class ShownInContext:
    """A decoded frame with its neighbours."""

    shown: ShownFrame
    moment: FrameInContext


def with_neighbours(frames: Iterable[ShownFrame]) -> Iterator[ShownInContext]:
    """Pair each frame with its neighbours, holding it back until the next one arrives."""
    before: ShownFrame | None = None
    held: ShownFrame | None = None
    for shown in frames:
        if held is not None:
            yield _in_context(before, held, shown)
        before, held = held, shown
    if held is not None:
        yield _in_context(before, held, None)


def _in_context(
    before: ShownFrame | None, shown: ShownFrame, after: ShownFrame | None
) -> ShownInContext:
    neighbours = (None if each is None else each.frame for each in (before, after))
    return ShownInContext(shown, FrameInContext(shown.frame, *neighbours))


@dataclass
class _Timing:
    """Gives decoded frames their timestamps, and knows which packets have not been shown.

    Where packets have no presentation timestamps, frames take the decoding timestamps in order.
    """

    video: Video
    waiting: list[int] = field(default_factory=list)
    keyframes: set[int] = field(default_factory=set)
    latest: int | None = None
    frames_since_damage: int | None = None

    def fed(self, packet: av.Packet[VideoStream]) -> None:
        timestamp = self.video.timestamp_of(packet)
        if timestamp is not None and not packet.is_discard:
            heappush(self.waiting, timestamp)
            if packet.is_keyframe:
                self.keyframes.add(timestamp)

    def damaged(self) -> None:
        self.frames_since_damage = 0

    def lost(self) -> None:
        """Note that a packet produced no frame."""
        if not self.video.has_presentation_times and self.waiting:
            heappop(self.waiting)

    def shown(self, frame: av.VideoFrame) -> ShownFrame | None:
        """Give a decoded frame its timestamp; None for a frame out of order."""
        timestamp = frame.pts if self.video.has_presentation_times else None
        if timestamp is None:
            timestamp = heappop(self.waiting) if self.waiting else None
        if timestamp is None or (self.latest is not None and timestamp <= self.latest):
            return None
        is_keyframe = frame.key_frame
        if self.video.has_presentation_times:
            is_keyframe = timestamp in self.keyframes
        self.keyframes.discard(timestamp)
        lost_from = self.lost_before(timestamp)
        self.latest = timestamp
        if self.frames_since_damage is not None:
            self.frames_since_damage += 1
            if self.frames_since_damage > _REORDER:
                self.frames_since_damage = None
        return ShownFrame(timestamp, frame, lost_from, is_keyframe)

    def lost_before(self, timestamp: int | None) -> int | None:
        """The first timestamp that should have been shown by now and, for damage, was not."""
        lost = None
        while self.waiting and (timestamp is None or self.waiting[0] <= timestamp):
            waited = heappop(self.waiting)
            overdue = self.latest is None or waited > self.latest
            if lost is None and overdue and waited != timestamp:
                lost = waited
        return lost if self.frames_since_damage is not None else None


@dataclass(frozen=True, slots=True)
class Packets:
    """Packets in the order of the file."""

    following: Iterator[av.Packet[VideoStream]]
    start: int | None = None
    """The presentation time of the first one, a keyframe; None at the beginning of the file. Frames
    shown before a keyframe but stored behind it refer to frames before it (open GOP)."""


class FrameReader:
    """Decodes a video's frames in display order, past damage.

    After the last frame, `lost_from` is the timestamp of the first frame lost at the end, if any.
    """

    def __init__(self, video: Video) -> None:
        self._video = video
        self._timing = _Timing(video)
        self.lost_from: int | None = None

    def all_from(self, packets: Packets) -> Iterator[ShownFrame]:
        """Decode all packets; leave out frames whose references were not decoded."""
        for packet in packets.following:
            for shown in self._decoded(packet):
                if packets.start is None or shown.timestamp >= packets.start:
                    yield shown
        self.lost_from = self._timing.lost_before(None)

    def one_by_one(self, packets: Iterator[av.Packet[VideoStream]]) -> Iterator[ShownFrame]:
        """Decode each packet on its own, as if it were the whole video (keyframes)."""
        context = self._video.stream.codec_context
        for packet in packets:
            if packet.size:
                yield from self._decoded(packet)
                yield from self._decoded(None)
                context.flush_buffers()

    def _decoded(self, packet: av.Packet[VideoStream] | None) -> Iterator[ShownFrame]:
        if packet is not None and packet.size:
            self._timing.fed(packet)
            if self._video.is_damaged(packet):
                self._note_damage()
        for frame in self._decode(packet):
            shown = self._timing.shown(frame)
            if frame.is_corrupt or shown is None:
                self._note_damage()
            if shown is not None:
                yield shown

    def _decode(self, packet: av.Packet[VideoStream] | None) -> list[av.VideoFrame]:
        end = packet is None or not packet.size
        try:
            return self._video.stream.codec_context.decode(None if end else packet)
        except av.error.EOFError:
            return []
        except av.error.MemoryError as error:
            raise memory_failure() from error
        except (av.error.FFmpegError, ValueError) as error:
            context = self._video.stream.codec_context
            if memory_is_short(context.width * context.height):
                raise memory_failure() from error
            self._note_damage()
            self._timing.lost()
            return []

    def _note_damage(self) -> None:
        self._video.damage += 1
        self._timing.damaged()


def packets_of(video: Video, *, every_stream: bool = False) -> Iterator[av.Packet[Any]]:
    """The video's packets from where the file stands; the last, empty one drains the decoder.

    A file that breaks off ends here as if it were complete; the break counts as damage.
    """
    container = video.container
    try:
        packets = container.demux() if every_stream else container.demux(video.stream)
        yield from packets if video.counted_rate is None else _counted(packets, video.counted_rate)
    except av.error.MemoryError as error:
        raise memory_failure() from error
    except av.error.FFmpegError as error:
        if memory_is_short():
            raise memory_failure() from error
        video.damage += 1
        flush: av.Packet[Any] = av.Packet()
        yield flush


def _counted(packets: Iterable[av.Packet[Any]], rate: Fraction) -> Iterator[av.Packet[Any]]:
    """Give packets of a file without times their numbers, in units of `1 / rate` seconds."""
    for number, packet in enumerate(packets):
        if packet.size:
            packet.pts, packet.dts, packet.duration = None, number, 1
            packet.time_base = 1 / rate
        yield packet


def packets_around(video: Video, target: int, clock: Clock, *, back: int = 0) -> Packets:
    """Packets from a keyframe on that is shown at or before `target`; else from the beginning.

    A container's seek lands where its index, or a search, suggests; the first keyframe shows
    whether that was early enough. `back` is in seconds, by which to search further back.
    """
    if video.can_be_entered_anywhere:
        for backoff in _SEEK_BACKOFFS:
            wanted = target - int((backoff + back) / clock.time_base)
            if wanted <= clock.first:
                break
            packets = _packets_from_keyframe(video, wanted, target)
            first = next(packets, None)
            if first is not None:
                return Packets(chain((first,), packets), video.timestamp_of(first))
    rewind(video)
    return Packets(packets_of(video))


def _packets_from_keyframe(
    video: Video, wanted: int, target: int
) -> Iterator[av.Packet[VideoStream]]:
    """Packets from a keyframe before `wanted` on; none where none is found before `target`."""
    try:
        video.container.seek(wanted, stream=video.stream)
    except av.error.FFmpegError:
        return
    packets = packets_of(video)
    for packet in packets:
        timestamp = video.timestamp_of(packet)
        if timestamp is None or timestamp > target:
            return
        if packet.is_keyframe:
            yield packet
            yield from packets
            return
