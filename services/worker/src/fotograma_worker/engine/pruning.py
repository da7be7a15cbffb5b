"""Decode only what the wanted frames need.

Packets are read group by group: a keyframe and what follows it up to the next one. When the next
group is known too, so are all frames shown before its keyframe, among them its own leading pictures
(open GOP), and with them the frames that are on screen at the wanted times. A group is decoded up
to the last packet wanted, or not at all; frames that no other refers to are skipped where the
format marks them reliably.

Frames are chosen by the packets' times and must then come out of the decoder. If one does not, or
anything else is unexpected, this gives up before it returns a wrong frame, and the caller decodes
everything from there.
"""

from __future__ import annotations  # av.Packet is generic for type checkers only

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Protocol

import av
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream

from fotograma_worker.engine.av1 import Av1Needs
from fotograma_worker.engine.draining import drained
from fotograma_worker.engine.far_files import will_read
from fotograma_worker.engine.hevc import TemporalLayers
from fotograma_worker.engine.media import Video, memory_failure, memory_is_short
from fotograma_worker.engine.reading import packets_around
from fotograma_worker.engine.vp9 import Vp9Needs
from fotograma_worker.sampling import Answer, Clock

CONTAINERS = ("mov", "matroska", "mpegts")
"""Containers whose packets all have presentation times (beginnings of FFmpeg's names)."""
_NONREF_CODECS = frozenset({"h264", "mpeg1video", "mpeg2video"})
"""Codecs that mark frames to which no other refers, and whose decoders skip them. HEVC's does where
it has one temporal layer; of AV1 and VP9 packets tell what need not be decoded."""
_REORDER = 16
"""Frames by which H.264 and HEVC may show a frame later than it is stored (H.265, A.4.2)."""
_MAX_BUFFERED_BYTES = 48 << 20
_MAX_BUFFERED_PACKETS = 20_000
"""Two groups are held at once. Beyond this a video is decoded without looking ahead."""
_SEEK_SECONDS = 4
_SEEK_GROUPS = 2
"""Seeking pays when the next wanted frame is further away than both."""


class Needs(Protocol):
    """Tells what of a packet later frames depend on, given all packets in the order of the file."""

    def are_told(self, packet: memoryview) -> bool:
        """Whether the packet's frames depend on references alone."""

    def needed_bytes(self, packet: memoryview) -> int:
        """How many of the packet's first bytes refresh references."""


class GaveUp(Exception):
    """Something is unexpected: decode everything from the first unanswered time on."""


@dataclass(slots=True)
class _Entry:
    """A packet; `timestamp` is None for one that is decoded but not shown (edit lists)."""

    packet: av.Packet[VideoStream]
    timestamp: int | None
    is_wanted: bool = False
    needed_bytes: int | None = None
    """Its first bytes, on which later frames depend; None: all."""

    def leave_out_unneeded(self) -> None:
        """Cut off a frame that is not wanted and that no other depends on."""
        if self.needed_bytes is not None and self.needed_bytes < self.packet.size:
            needed: av.Packet[Any] = av.Packet(bytes(self.packet)[: self.needed_bytes])
            needed.pts, needed.dts = self.packet.pts, self.packet.dts
            self.packet = needed


@dataclass(slots=True)
class _Group:
    """Packets from a keyframe on, in the order of the file."""

    key: int
    """When its keyframe is shown."""
    entries: list[_Entry] = field(default_factory=list)
    marks_unneeded: bool = True
    """Frames to which no other refers can be told by their packets."""


def can_prune(video: Video) -> bool:
    """Whether the container stores enough to prune."""
    is_in_order = not video.breaks and not video.overlap
    return is_in_order and video.container.format.name.startswith(CONTAINERS)


class PrunedReader:
    """Answers sample times with as little decoding as is safe. `times` are ascending."""

    def __init__(self, video: Video, clock: Clock, times: Iterable[Fraction]) -> None:
        self._video = video
        self._clock = clock
        self._waiting = deque((clock.last_timestamp_at(time), time) for time in times)
        self._expected: deque[tuple[int, tuple[Fraction, ...]]] = deque()
        """Chosen frames that the decoder has not output yet, in display order, with their times."""
        self._groups: deque[_Group] = deque()
        self._is_fed = False
        """The decoder may hold frames that it has not output."""
        self._unsure_from: int | None = None
        """The time of a packet at which decoding began, if it may be no keyframe."""
        context = video.stream.codec_context
        self._layers = TemporalLayers(context.extradata or b"") if context.name == "hevc" else None
        self._needs = _needs_of(context)
        self._can_skip = context.codec.canonical_name in _NONREF_CODECS
        self._sought: int | None = None
        self._has_index = video.container.format.name.startswith("mov")
        self._not_enough_to = clock.first
        """A wanted time, up to which it is no use to ask whether enough is read."""
        self._known_to: int | None = None
        """Where reading has ended before the end of the video: what is shown before is known."""

    @property
    def unanswered(self) -> tuple[Fraction, ...]:
        """The times that are not answered yet."""
        expected = (time for _, times in self._expected for time in times)
        return (*expected, *(time for _, time in self._waiting))

    def answers(self) -> Iterator[Answer[av.VideoFrame]]:
        """The frames in time order, and their times. Raises `GaveUp` or `Failure`."""
        try:
            while self._waiting:
                yield from self._answers_from(self._seek())
            yield from self._drain()
        except av.error.MemoryError as error:
            raise memory_failure() from error
        except (av.error.FFmpegError, ValueError) as error:
            if memory_is_short():
                raise memory_failure() from error
            raise GaveUp(str(error)) from error
        finally:
            self._video.stream.codec_context.skip_frame = "DEFAULT"

    def _answers_from(
        self, packets: Iterator[av.Packet[VideoStream]]
    ) -> Iterator[Answer[av.VideoFrame]]:
        """Until the end of the video, or until the next wanted frame is worth a seek."""
        self._known_to = None
        for group in self._grouped(packets):
            self._groups.append(group)
            self._check_bounds()
            while sum(len(each.entries) for each in list(self._groups)[1:]) > _REORDER:
                yield from self._pass(self._groups.popleft())
                if not self._waiting and not self._is_leading_wanted():
                    return
                if self._is_far(group.key):
                    yield from self._drain()
                    self._groups.clear()
                    return
        known_to = self._known_to
        while self._groups:
            yield from self._pass(self._groups.popleft(), known_to)
        yield from self._drain()
        if known_to is None and self._waiting:
            raise GaveUp("the video ends before the last wanted time")

    def _grouped(self, packets: Iterator[av.Packet[VideoStream]]) -> Iterator[_Group]:
        """Complete groups. Raises `GaveUp` at a packet without a presentation time."""
        group: _Group | None = None
        has_shown = False
        for packet in packets:
            if not packet.size:
                continue
            timestamp = _checked(packet, has_shown=has_shown)
            if packet.is_keyframe:
                if group is not None:
                    yield group
                    if timestamp <= group.key:
                        raise GaveUp("keyframes out of order")
                group = _Group(timestamp)
            if group is None:
                raise GaveUp("does not begin with a keyframe")
            is_shown = not packet.is_discard and timestamp >= self._clock.first
            has_shown |= is_shown
            entry = _Entry(packet, timestamp if is_shown else None)
            group.entries.append(entry)
            self._judge(entry, group)
            if len(group.entries) > _MAX_BUFFERED_PACKETS:
                raise GaveUp("too long a group")
            if self._is_enough(packet.dts):
                self._known_to = packet.dts
                break
        if group is not None:
            yield group

    def _judge(self, entry: _Entry, group: _Group) -> None:
        """Note what a packet says of whether others need it."""
        data = memoryview(entry.packet)
        if self._layers is not None:
            group.marks_unneeded &= self._layers.is_one(data)
        elif self._needs is not None:
            group.marks_unneeded &= self._needs.are_told(data)
            entry.needed_bytes = self._needs.needed_bytes(data)

    def _check_bounds(self) -> None:
        entries = [entry for group in self._groups for entry in group.entries]
        if (
            len(entries) > _MAX_BUFFERED_PACKETS
            or sum(entry.packet.size for entry in entries) > _MAX_BUFFERED_BYTES
        ):
            raise GaveUp("too long a group")

    def _is_enough(self, decoded: int | None) -> bool:
        """Whether all is read that the next wanted frames need, up to a packet of this decoding
        time, and those after them are worth a seek.
        """
        if not self._has_index or decoded is None or not self._waiting:
            return False
        if decoded <= max(self._waiting[0][0], self._not_enough_to):
            return False
        following = next((wanted for wanted, _ in self._waiting if wanted >= decoded), None)
        if following is None:
            return True
        self._not_enough_to = following
        index = self._video.stream.index_entries
        keyframe = index.search_timestamp(following)
        far = int(_SEEK_SECONDS / self._clock.time_base)
        return keyframe >= 0 and index[keyframe].timestamp - decoded > far

    def _pass(self, group: _Group, known_to: int | None = None) -> Iterator[Answer[av.VideoFrame]]:
        """Choose what is wanted of the frames shown before the next keyframe, and before
        `known_to`, and decode it.
        """
        borders = [each.key for each in list(self._groups)[:1]]
        border = min([*borders, *([] if known_to is None else [known_to])], default=None)
        known = [entry for each in (group, *self._groups) for entry in each.entries]
        self._choose(known, border)
        marks_unneeded = all(each.marks_unneeded for each in (group, *self._groups))
        if self._layers is not None:
            self._can_skip = marks_unneeded
        if self._is_leading_wanted():
            last = len(group.entries) - 1
        else:
            last = max((i for i, entry in enumerate(group.entries) if entry.is_wanted), default=-1)
        for entry in group.entries[: last + 1]:
            if marks_unneeded and not entry.is_wanted:
                entry.leave_out_unneeded()
            if entry.packet.size:
                yield from self._feed(entry)
        if last < len(group.entries) - 1:
            yield from self._drain()

    def _is_leading_wanted(self) -> bool:
        return any(entry.is_wanted for group in self._groups for entry in group.entries)

    def _choose(self, known: list[_Entry], border: int | None) -> None:
        """Answer the times before `border` (None: all) with the last frame not later than each."""
        shown = sorted(
            (entry.timestamp, i)
            for i, entry in enumerate(known)
            if entry.timestamp is not None and (border is None or entry.timestamp < border)
        )
        at = -1
        while self._waiting and (border is None or self._waiting[0][0] < border):
            wanted, time = self._waiting.popleft()
            while at + 1 < len(shown) and shown[at + 1][0] <= wanted:
                at += 1
            if at < 0:
                self._waiting.appendleft((wanted, time))
                raise GaveUp("no frame is on screen at a wanted time")
            timestamp, position = shown[at]
            known[position].is_wanted = True
            self._expect(timestamp, time)

    def _expect(self, timestamp: int, time: Fraction) -> None:
        if self._expected and self._expected[-1][0] == timestamp:
            self._expected[-1] = (timestamp, (*self._expected[-1][1], time))
        else:
            self._expected.append((timestamp, (time,)))

    def _feed(self, entry: _Entry) -> Iterator[Answer[av.VideoFrame]]:
        context = self._video.stream.codec_context
        if self._can_skip:
            context.skip_frame = "DEFAULT" if entry.is_wanted else "NONREF"
        if not self._is_fed:
            self._is_fed = True
            self._enter(entry.packet)
        yield from self._chosen(context.decode(entry.packet))

    def _enter(self, packet: av.Packet[VideoStream]) -> None:
        """Note where decoding begins; whether at a keyframe, the first frame shows."""
        if self._video.starts_anywhere:
            self._unsure_from = packet.pts
            if packet.is_discard:
                raise GaveUp("it cannot be seen whether a hidden packet is a keyframe")

    def _drain(self) -> Iterator[Answer[av.VideoFrame]]:
        """Take the frames left in the decoder, and flush it for a start at any keyframe."""
        context = self._video.stream.codec_context
        if self._is_fed:
            context.skip_frame = "DEFAULT"
            yield from self._chosen(_rest_of(self._video))
            context.flush_buffers()
            self._is_fed = False
        if self._expected:
            raise GaveUp(f"the frame at {self._expected[0][0]} did not come")

    def _chosen(self, frames: Iterable[av.VideoFrame]) -> Iterator[Answer[av.VideoFrame]]:
        for frame in frames:
            if self._unsure_from is not None and (frame.pts or 0) >= self._unsure_from:
                if not frame.key_frame:
                    raise GaveUp("decoding began at no keyframe")
                self._unsure_from = None
            if not self._expected or frame.pts is None or frame.pts < self._expected[0][0]:
                continue
            timestamp, times = self._expected[0]
            if frame.pts > timestamp:
                raise GaveUp(f"the frame at {timestamp} did not come")
            if frame.is_corrupt or frame.interlaced_frame:
                raise GaveUp("a damaged frame, or one that needs its neighbours")
            self._expected.popleft()
            yield Answer(timestamp, frame, times)

    def _is_far(self, read: int) -> bool:
        """Whether seeking the next wanted frame is less work than reading on."""
        if not self._waiting or self._is_leading_wanted():
            return False
        wanted = self._waiting[0][0]
        if wanted == self._sought or not self._groups:
            return False
        length = read - self._groups[0].key
        far = max(int(_SEEK_SECONDS / self._clock.time_base), _SEEK_GROUPS * length)
        return wanted - read > far

    def _seek(self) -> Iterator[av.Packet[VideoStream]]:
        """Packets from a keyframe not later than the next wanted time."""
        wanted = self._waiting[0][0]
        self._sought = wanted
        if self._has_index:
            self._expect_reading(wanted)
        return packets_around(self._video, wanted, self._clock).following

    def _expect_reading(self, wanted: int) -> None:
        """Tell from where to where the file is read for a time: from a keyframe to the first packet
        that is decoded later.
        """
        index = self._video.stream.index_entries
        keyframe = index.search_timestamp(wanted)
        later = index.search_timestamp(wanted + 1, backward=False, any_frame=True)
        if keyframe >= 0 and later >= 0:
            will_read(self._video, index[keyframe].pos, index[later].pos + index[later].size)


def _needs_of(context: VideoCodecContext) -> Needs | None:
    """What tells of packets that may be left out; None where the decoder does, or nothing does."""
    match context.codec.canonical_name:
        case "av1":
            return Av1Needs(context.extradata or b"")
        case "vp9":
            return Vp9Needs()
        case _:
            return None


def _checked(packet: av.Packet[VideoStream], *, has_shown: bool) -> int:
    """The presentation time of a packet. Raises `GaveUp` for one that cannot be relied on."""
    if has_shown and packet.is_discard:
        raise GaveUp("hidden packets behind shown ones: an edit list of several edits")
    if packet.pts is None or packet.is_corrupt:
        raise GaveUp("a packet without a time, or a corrupt one")
    return packet.pts


def _rest_of(video: Video) -> list[av.VideoFrame]:
    def decode(packet: av.Packet[Any] | None) -> list[av.VideoFrame]:
        try:
            return video.stream.codec_context.decode(packet)
        except av.error.EOFError:
            return []

    return drained(video, decode)
