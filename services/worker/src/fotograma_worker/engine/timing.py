"""The times of decoded frames, and which packets have come to nothing."""

from __future__ import annotations  # av.Packet is generic for type checkers only

from dataclasses import dataclass, field
from heapq import heappop, heappush

import av
from av.video.stream import VideoStream

from fotograma_worker.engine.hidden import IsHidden
from fotograma_worker.engine.media import Video

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


@dataclass
class Timing:
    """Gives decoded frames their timestamps, and knows which packets have not been shown.

    Where packets have no presentation timestamps, frames take the decoding timestamps in order.
    """

    video: Video
    is_hidden: IsHidden | None = None
    waiting: list[int] = field(default_factory=list)
    keyframes: set[int] = field(default_factory=set)
    latest: int | None = None
    frames_since_damage: int | None = None

    def fed(self, packet: av.Packet[VideoStream]) -> None:
        """Note a packet that the decoder is given."""
        timestamp = self.video.timestamp_of(packet)
        is_hidden = self.is_hidden is not None and self.is_hidden(memoryview(packet))
        if timestamp is not None and not packet.is_discard and not is_hidden:
            heappush(self.waiting, timestamp)
            if packet.is_keyframe:
                self.keyframes.add(timestamp)

    def damaged(self) -> None:
        """Note that something could not be decoded: what is missing from now on is lost."""
        self.frames_since_damage = 0

    def lost(self) -> None:
        """Note that a packet produced no frame."""
        if not self.video.has_presentation_times and self.waiting:
            heappop(self.waiting)

    def shown(self, frame: av.VideoFrame) -> ShownFrame | None:
        """Give a decoded frame its timestamp; None for a frame without one, or out of order."""
        timestamp = frame.pts if self.video.has_presentation_times else None
        if timestamp is None:
            timestamp = heappop(self.waiting) if self.waiting else None
        if timestamp is None:
            self.video.damage += 1
            self.damaged()
            return None
        if self.latest is not None and timestamp <= self.latest:
            self.video.repeated.append(timestamp)
            return None
        is_keyframe = self._is_keyframe(timestamp, frame)
        lost_from = self.lost_before(timestamp)
        self.latest = timestamp
        if self.frames_since_damage is not None:
            self.frames_since_damage += 1
            if self.frames_since_damage > _REORDER:
                self.frames_since_damage = None
        return ShownFrame(timestamp, frame, lost_from, is_keyframe)

    def _is_keyframe(self, timestamp: int, frame: av.VideoFrame) -> bool:
        if not self.video.has_presentation_times:
            return frame.key_frame
        is_keyframe = timestamp in self.keyframes
        self.keyframes.discard(timestamp)
        return is_keyframe

    @property
    def has_overdue(self) -> bool:
        """Whether packets fed have come to nothing, when all frames are shown."""
        return any(self.latest is None or waited > self.latest for waited in self.waiting)

    def lost_before(self, timestamp: int | None) -> int | None:
        """The first timestamp that should have been shown by now and, for damage, was not."""
        lost = None
        while self.waiting and (timestamp is None or self.waiting[0] <= timestamp):
            waited = heappop(self.waiting)
            overdue = self.latest is None or waited > self.latest
            if lost is None and overdue and waited != timestamp:
                lost = waited
        return lost if self.frames_since_damage is not None else None
