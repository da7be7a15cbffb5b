"""Read packets and frames of an open video: from any position, in display order, past damage."""

from __future__ import annotations  # av.Packet is generic for type checkers only

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from typing import Any

import av
from av.video.stream import VideoStream

from fotograma_worker.engine.deinterlacing import FrameInContext
from fotograma_worker.engine.draining import drained
from fotograma_worker.engine.far_files import will_read
from fotograma_worker.engine.hidden import IsHidden
from fotograma_worker.engine.lone_keyframes import LoneKeyframe
from fotograma_worker.engine.media import (
    Video,
    check_declared_pixels,
    memory_failure,
    memory_is_short,
    rewind,
)
from fotograma_worker.engine.stitching import Stitched, Stitching, Unstitched
from fotograma_worker.engine.timing import ShownFrame, Timing
from fotograma_worker.findings import Finding, Refusal
from fotograma_worker.sampling import Clock

_SEEK_BACKOFFS = (0, 1, 4, 16, 64, 256)
"""Seconds before the wanted frame to look for a place to start at; after them, the beginning."""
_SKIPPED_BYTES = 256 << 10
"""Between two keyframes: fewer are read on."""
_REORDER = 16
"""Frames by which H.264 and HEVC may show a frame later than it is stored (H.265, A.4.2)."""
_MAX_HELD_PACKETS = 1000
"""While the last keyframe before a time is looked for by reading on."""


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


@dataclass(frozen=True, slots=True)
class Packets:
    """Packets in the order of the file."""

    following: Iterator[av.Packet[VideoStream]]
    start: int | None = None
    """The presentation time of the first one, a keyframe; None at the beginning of the file. Frames
    shown before a keyframe but stored behind it refer to frames before it (open GOP)."""


class NoKeyframe(Exception):
    """Decoding began at a packet that only the container calls a keyframe."""


class FrameReader:
    """Decodes a video's frames in display order, past damage.

    After the last frame, `lost_from` is the timestamp of the first frame lost at the end, if any.
    """

    def __init__(self, video: Video) -> None:
        self._video = video
        self._timing = Timing(video, video.hidden_test())
        self.lost_from: int | None = None
        self.lacks_end = False
        """Packets at the end have come to nothing."""

    @property
    def latest(self) -> int | None:
        """The timestamp of the last frame."""
        return self._timing.latest

    def all_from(self, packets: Packets) -> Iterator[ShownFrame]:
        """Decode all packets; leave out frames whose references were not decoded, and those that a
        frame before the packets may be later than, where edits overlap.

        Raises `NoKeyframe` where the first packet turns out to be none.
        """
        start, overlap = packets.start, self._video.overlap
        is_sure = start is None or not self._video.starts_anywhere
        for packet in packets.following:
            for shown in self._decoded(packet) if packet.size else self._drained():
                if start is not None and shown.timestamp < start:
                    continue
                if not is_sure and not shown.frame.key_frame:
                    raise NoKeyframe
                is_sure = True
                if start is None or shown.timestamp >= start + overlap:
                    yield shown
        self.lacks_end = self._timing.has_overdue
        self.lost_from = self._timing.lost_before(None)

    def alone(self, keyframe: LoneKeyframe) -> ShownFrame | None:
        """Take a keyframe that is decoded on its own; None if it gives no frame, or is no
        keyframe.
        """
        self._feed(keyframe.packet)
        frames = list(self._shown(self._taken(keyframe.frames.result)))
        if len(frames) != 1 or (self._video.starts_anywhere and not frames[0].frame.key_frame):
            return None
        return frames[0]

    def _decoded(self, packet: av.Packet[VideoStream]) -> Iterator[ShownFrame]:
        self._feed(packet)
        yield from self._shown(self._decode(packet))

    def _feed(self, packet: av.Packet[VideoStream]) -> None:
        self._timing.fed(packet)
        if self._video.is_damaged(packet):
            self._note_damage()

    def _drained(self) -> Iterator[ShownFrame]:
        yield from self._shown(drained(self._video, self._decode))

    def _shown(self, frames: Iterable[av.VideoFrame]) -> Iterator[ShownFrame]:
        for frame in frames:
            shown = self._timing.shown(frame)
            if frame.is_corrupt and not self._video.is_alone(frame):
                self._note_damage()
            if shown is not None:
                yield shown

    def _decode(self, packet: av.Packet[VideoStream] | None) -> list[av.VideoFrame]:
        return self._taken(lambda: self._video.stream.codec_context.decode(packet))

    def _taken(self, decode: Callable[[], list[av.VideoFrame]]) -> list[av.VideoFrame]:
        """The frames that come; none, and damage, where they cannot be decoded."""
        try:
            return decode()
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


def decode_frame_by_frame(video: Video) -> None:
    """Reopen the file and decode without frame threads: an error then concerns one packet only.

    A decoder of several threads reports an error late, and the frames that it holds are lost where
    it does so while it is drained.
    """
    video.decoder_threads = 1
    rewind(video)


class FrameByFrame:
    """The frames after those of a reader that ends with packets which have come to nothing.

    A file that breaks off ends with such a packet; the frames before it are whole.
    """

    def __init__(self, video: Video, clock: Clock, reader: FrameReader) -> None:
        self._video = video
        self._clock = clock
        self._reader = reader

    @property
    def lost_from(self) -> int | None:
        """The timestamp of the first frame that is lost at the end, if any."""
        return self._reader.lost_from

    def frames(self) -> Iterator[ShownFrame]:
        """Decode the end again, once the reader has come to it."""
        latest, findings = self._reader.latest, self._video.findings()
        if latest is None or not self._reader.lacks_end or self._video.decoder_threads == 1:
            return
        decode_frame_by_frame(self._video)
        reader = FrameReader(self._video)
        try:
            for shown in reader.all_from(self._packets_before(latest)):
                if shown.timestamp > latest:
                    yield shown
        finally:
            self._video.forget_since(findings)
            self._reader = reader

    def _packets_before(self, latest: int) -> Packets:
        if self._video.starts_anywhere:
            return Packets(packets_of(self._video))
        return packets_around(self._video, latest, self._clock)


def begin(video: Video) -> tuple[ShownFrame, FrameReader, Iterator[ShownFrame]]:
    """The first displayed frame, whose timestamp is the video's time 0, and all frames after it."""
    reader = FrameReader(video)
    frames = reader.all_from(Packets(packets_of(video)))
    first = next(frames, None)
    if first is None and reader.lacks_end:
        decode_frame_by_frame(video)
        reader = FrameReader(video)
        frames = reader.all_from(Packets(packets_of(video)))
        first = next(frames, None)
    if first is None:
        check_declared_pixels(video.source, video.max_pixels, video.stream.index)
        raise Refusal(Finding.UNDECODABLE)
    return first, reader, frames


def packets_of(
    video: Video, *, every_stream: bool = False, stitching: Stitching | None = None
) -> Iterator[av.Packet[Any]]:
    """The video's packets from where the file stands; the last, and no other, is empty: it drains
    the decoder.

    An empty packet within the file says "the same picture again" (Theora) or nothing at all. The
    decoder would take it for the end. A file that breaks off ends here as if it were complete; the
    break counts as damage. A file whose clock starts again must stand at its beginning.
    """
    container, own = video.container, video.stream.index
    stitching = stitching or (Stitched(video.breaks) if video.breaks else Unstitched())
    try:
        packets = container.demux() if every_stream else container.demux(video.stream)
        if video.counted_rate is not None:
            packets = _counted(packets, video.counted_rate, video.hidden_test())
        for packet in packets:
            if packet.size and (packet.stream_index != own or stitching.admit(packet)):
                yield packet
    except av.error.MemoryError as error:
        raise memory_failure() from error
    except av.error.FFmpegError as error:
        if memory_is_short():
            raise memory_failure() from error
        video.damage += 1
    last: av.Packet[Any] = av.Packet()
    yield last


def keyframes_of(
    video: Video, packets: Packets, target: int
) -> Iterator[tuple[av.Packet[VideoStream], int]]:
    """The keyframes that are shown at `target` or later, and when. One whose time is not later than
    those before has no time of its own (edit lists). To go on may flush the decoder.
    """
    latest, has_presentation_times = None, video.has_presentation_times
    for packet in packets.following:
        timestamp = packet.pts if has_presentation_times else packet.dts
        if timestamp is None:
            timestamp = packet.dts
        if timestamp is None or packet.is_discard:
            continue
        if latest is None or timestamp > latest:
            latest = timestamp
            if packet.is_keyframe and timestamp >= target:
                yield packet, timestamp
                _skip_to_keyframe(video, packet)


def _skip_to_keyframe(video: Video, packet: av.Packet[VideoStream]) -> None:
    """Go on at the next keyframe by the index of an MP4 or MOV file, if much lies between."""
    is_plain = not video.breaks and not video.overlap
    if not is_plain or not video.container.format.name.startswith("mov"):
        return
    if packet.pts is None or packet.dts is None or packet.pos is None:
        return
    index = video.stream.index_entries
    number = index.search_timestamp(packet.dts + 1, backward=False)
    if number < 0 or index[number].pos - packet.pos - packet.size < _SKIPPED_BYTES:
        return
    # The index has decoding times; the demuxer takes a time for a presentation time, and does not
    # go to a keyframe that is shown later (open GOP). Behind it is right as long as no other is.
    shown = index[number].timestamp + packet.pts - packet.dts
    will_read(video, index[number].pos, index[number].pos + index[number].size)
    for wanted in (shown + _REORDER * (packet.duration or 0), shown):
        if index.search_timestamp(wanted) == number:
            video.container.seek(wanted, stream=video.stream)
            return


def _counted(
    packets: Iterable[av.Packet[Any]], rate: Fraction, is_hidden: IsHidden | None
) -> Iterator[av.Packet[Any]]:
    """Give packets of a file without times the numbers of their frames, in units of `1 / rate`
    seconds. One that shows no frame has the number of the one before.
    """
    number = -1
    for packet in packets:
        if packet.size:
            number += is_hidden is None or not is_hidden(memoryview(packet))
            packet.pts, packet.dts, packet.duration = None, number, 1
            packet.time_base = 1 / rate
        yield packet


def packets_around(video: Video, target: int, clock: Clock, *, back: int = 0) -> Packets:
    """Packets from a keyframe on that is shown at or before `target`; else from the beginning.

    A container's seek lands where its index, or a search, suggests; the first keyframe shows
    whether that was early enough. `back` is in seconds, by which to search further back. Where
    edits overlap, all frames before the keyframe are earlier than `target`.
    """
    if video.can_be_entered_anywhere:
        latest = target - video.overlap
        for backoff in _SEEK_BACKOFFS:
            wanted = latest - int((backoff + back) / clock.time_base)
            if wanted <= clock.first:
                break
            packets = _packets_from_keyframe(video, wanted, latest)
            first = next(packets, None)
            if first is not None:
                return Packets(chain((first,), packets), video.timestamp_of(first))
    rewind(video)
    if video.breaks and video.container.format.name == "mpegts":
        return _packets_from_last_keyframe(video, target - int(back / clock.time_base))
    return Packets(packets_of(video))


def _packets_from_last_keyframe(video: Video, target: int) -> Packets:
    """Read from the beginning to the last keyframe before `target`: there is nothing to seek by
    where times repeat.
    """
    packets = packets_of(video)
    held: list[av.Packet[VideoStream]] = []
    start = None
    for packet in packets:
        timestamp = video.timestamp_of(packet) if packet.size else None
        is_keyframe = timestamp is not None and packet.is_keyframe
        if is_keyframe and timestamp is not None and timestamp <= target:
            held, start = [], timestamp
        held.append(packet)
        if (is_keyframe and start != timestamp) or len(held) > _MAX_HELD_PACKETS:
            break
    return Packets(chain(held, packets), start)


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
        if packet.is_discard:  # of several edits, one may lie between
            return
        if packet.is_keyframe:
            yield packet
            yield from packets
            return
