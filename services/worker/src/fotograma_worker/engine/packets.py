"""The packets of a video: from the container's index if it is reliable, else by reading all."""

from __future__ import annotations  # av.Packet is generic for type checkers only

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from typing import Any

import av
import numpy as np
import numpy.typing as npt
from av.video.stream import VideoStream
from fotograma_contracts.samples import ClockBreak

from fotograma_worker.engine.boxes import Movie
from fotograma_worker.engine.far_files import will_read
from fotograma_worker.engine.hidden import MAX_NOT_CODED_BYTES
from fotograma_worker.engine.media import Video, discard_other_streams, rewind
from fotograma_worker.engine.mp4 import has_several_edits, read_sample_times
from fotograma_worker.engine.reading import packets_of
from fotograma_worker.engine.stitching import FORMATS, Stitcher
from fotograma_worker.protocol import MAX_TIMESTAMPS, Flags, Timestamps

_CHECKED_PACKETS = 20
"""The packets that the index must agree with: more than a frame is ever reordered by (16)."""
_NEVER = -(1 << 62)

Positions = npt.NDArray[np.intp]
"""Of packets, in the order of the file."""


@dataclass(frozen=True)
class PacketTable:
    """The packets of a video in the order of the file."""

    timestamps: Timestamps
    keyframes: Flags
    end: int
    """The latest end of a packet, by its own duration."""
    furthest_end: Fraction
    """The latest end of a packet of any stream that was read, in seconds."""
    breaks: tuple[ClockBreak, ...] = ()
    """Where the clock starts again; the timestamps are on one."""
    hidden_keyframes: Sequence[int] = ()
    """How many packets precede each keyframe that is outside of the edits."""
    has_several_edits: bool = False
    """Then libavformat may give frames of one edit times within the edit before."""

    def __len__(self) -> int:
        return len(self.timestamps)

    def repeated_from(self, first: int) -> int:
        """How many frames, from the first displayed one on, have the time of another one, or are
        not later than a frame of an edit before.
        """
        shown = self.timestamps[self.timestamps >= first]
        if self.has_several_edits:
            return len(shown) - int(np.count_nonzero(self.timestamps[self._later()] >= first))
        return len(shown) - _distinct(shown)

    def skipped_before(self, first: int) -> int:
        """How many frames precede the first displayed one because no keyframe precedes them."""
        until = int(np.argmax(self.keyframes)) if self.keyframes.any() else len(self)
        early = self.timestamps[: min([until, *self.hidden_keyframes[:1]])]
        return _distinct(early[early < first])

    def earlier_than(self, first: int) -> int:
        """How many frames have a time before the first displayed one though a keyframe that is
        not shown precedes them: libavformat times some edits so. Leading pictures are none.
        """
        if not self.hidden_keyframes:
            return 0
        late = self.timestamps[self.hidden_keyframes[0] :]
        return _distinct(late[late < first])

    @property
    def overlap(self) -> int:
        """How far the times of edits overlap: with this added, each frame's time is later than
        those of all frames decoded before it.
        """
        if not self.has_several_edits:
            return 0
        times = self.timestamps[self._by_group()]
        return max(0, int((_latest_before(times) - times[1:]).max(initial=-1)) + 1)

    def in_display_order(self, first: int) -> tuple[Timestamps, Flags]:
        """Timestamps and keyframe flags, distinct, from the first displayed frame on; that one is
        among them even if no packet says so, as in a damaged file.
        """
        if self.has_several_edits:
            at = self._later()
        else:
            _, at = np.unique(self.timestamps, return_index=True)
        at = at[self.timestamps[at] >= first]
        timestamps, keyframes = self.timestamps[at], self.keyframes[at]
        if not len(timestamps) or timestamps[0] != first:
            return np.insert(timestamps, 0, first), np.insert(keyframes, 0, True)
        return timestamps, keyframes

    def _later(self) -> Positions:
        """The packets whose frames have times later than all frames shown before, in order."""
        order = self._by_group()
        times = self.timestamps[order]
        is_later = np.ones(len(times), np.bool_)
        is_later[1:] = times[1:] > _latest_before(times)
        return order[is_later]

    def _by_group(self) -> Positions:
        """The packets as a decoder gives their frames: each group, from a keyframe on, by time."""
        hidden = np.asarray(self.hidden_keyframes, np.intp)
        begins = self.keyframes.copy()
        begins[hidden[hidden < len(begins)]] = True
        return np.lexsort((self.timestamps, np.cumsum(begins)))


def _latest_before(times: Timestamps) -> Timestamps:
    """For each time but the first, the latest of those before."""
    return np.maximum.accumulate(times)[:-1]


def _distinct(timestamps: Timestamps) -> int:
    """How many different ones there are. (`np.unique` alone imports what a sandbox cannot.)"""
    return int(np.count_nonzero(np.diff(np.sort(timestamps)))) + bool(len(timestamps))


def read_packet_table(video: Video, movie: Movie | None = None) -> PacketTable:
    """Read all packets of the file. Memory: nine bytes a packet."""
    timestamps, keyframes, hidden_keyframes = array("q"), bytearray(), array("q")
    places = video.keyframe_places()
    latest, furthest = _NEVER, Fraction(_NEVER)
    own, is_hidden = video.stream.index, video.hidden_test()
    stitcher = _stitcher(video)
    for packet in _all_packets(video, stitcher):
        timestamp = video.timestamp_of(packet)
        if not packet.size or timestamp is None:
            continue
        if packet.is_discard:
            if packet.is_keyframe and packet.stream_index == own:
                hidden_keyframes.append(len(timestamps))
            continue
        end = timestamp + (packet.duration or 0)
        furthest = max(furthest, end * packet.time_base)
        if packet.stream_index == own:
            latest = max(latest, end)
            if is_hidden is not None and is_hidden(memoryview(packet)):
                continue
            if places is not None:
                places.add(len(timestamps), packet)
            timestamps.append(timestamp)
            keyframes.append(packet.is_keyframe)
            if len(timestamps) > MAX_TIMESTAMPS:
                break
    return PacketTable(
        np.frombuffer(timestamps, np.int64),
        np.frombuffer(keyframes if places is None else places.flags(len(keyframes)), np.bool_),
        latest,
        furthest,
        tuple(stitcher.breaks) if stitcher is not None else (),
        hidden_keyframes,
        has_several_edits=movie is not None and has_several_edits(movie, video.stream.id),
    )


def _stitcher(video: Video) -> Stitcher | None:
    if video.container.format.name not in FORMATS:
        return None
    return Stitcher(video.time_base, video.stream.average_rate)


def read_packet_index(video: Video, movie: Movie, size_bytes: int) -> PacketTable | None:
    """Find what `read_packet_table` finds without reading the media; None where the index may be
    wrong.

    It is used for MP4 and MOV if it is complete, lies within the file, and agrees with the first
    packets. An AVI's index has no presentation times.
    """
    entries = video.stream.index_entries
    samples = read_sample_times(movie, video.stream.id)
    if samples is None or not 0 < len(entries) == len(samples.offsets) <= MAX_TIMESTAMPS:
        return None
    columns = np.array(
        [(e.timestamp, e.pos + e.size, e.size, e.is_keyframe, e.is_discard) for e in entries],
        np.int64,
    )
    decoded, ends, sizes, keyframes, discarded = columns.T
    if ends.max() > size_bytes or sizes.min() <= _least_bytes(video) or discarded.any():
        return None
    will_read(video, int(ends[0] - sizes[0]), int(ends[:_CHECKED_PACKETS].max()))
    packets = _first_packets(video)
    if _may_be_fields(video, packets, samples.durations):
        return None
    shift = _shift(packets, int(samples.offsets[0]))
    timestamps = decoded + samples.offsets + shift
    table = PacketTable(
        timestamps=timestamps,
        keyframes=keyframes.astype(np.bool_),
        end=int((timestamps + samples.durations).max()),
        furthest_end=int((timestamps + samples.durations).max()) * video.time_base,
    )
    return table if _agree(packets, table) else None


def _least_bytes(video: Video) -> int:
    """Bytes up to which a sample may hold no frame: then each must be looked into.

    VP8 and VP9 in MP4 show a frame with every sample (VP Codec ISO Media File Format Binding, 1.0).
    """
    is_mpeg4 = video.stream.codec_context.codec.canonical_name == "mpeg4"
    return MAX_NOT_CODED_BYTES if is_mpeg4 else 0


def _may_be_fields(
    video: Video, packets: Sequence[av.Packet[VideoStream]], durations: Timestamps
) -> bool:
    """Whether samples may be fields of H.264: some are, or not all last as long."""
    is_second_field = video.hidden_test()
    if video.stream.codec_context.codec.canonical_name != "h264" or is_second_field is None:
        return False
    varies = bool((durations[:-1] != durations[0]).any())
    return varies or any(is_second_field(memoryview(packet)) for packet in packets)


def _shift(packets: Sequence[av.Packet[VideoStream]], offset: int) -> int:
    """The shift by which libavformat keeps decoding times before composition times."""
    if not packets or packets[0].pts is None or packets[0].dts is None:
        return 0
    return packets[0].pts - packets[0].dts - offset


def _agree(packets: Sequence[av.Packet[VideoStream]], table: PacketTable) -> bool:
    expected = islice(zip(table.timestamps, table.keyframes, strict=True), len(packets))
    found = [(packet.pts, packet.is_keyframe) for packet in packets]
    return bool(found) and found == [(int(pts), bool(key)) for pts, key in expected]


def _first_packets(video: Video) -> list[av.Packet[VideoStream]]:
    rewind(video)
    discard_other_streams(video)
    packets = (packet for packet in packets_of(video) if packet.size)
    return list(islice(packets, _CHECKED_PACKETS))


def _all_packets(video: Video, stitcher: Stitcher | None) -> Iterator[av.Packet[Any]]:
    """The packets of every stream where they must be read anyway: they show how complete the file
    is.
    """
    if video.container.format.name.startswith("mov"):
        discard_other_streams(video)
        return packets_of(video)
    return packets_of(video, every_stream=True, stitching=stitcher)
