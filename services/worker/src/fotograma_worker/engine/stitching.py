"""One clock for a stream whose clock starts again (joined recordings, cells of a DVD, television).

As the `ffmpeg` command does for formats with `AVFMT_TS_DISCONT` (`ts_discontinuity_detect` in
fftools/ffmpeg_demux.c): what follows a step back, or one of more than ten seconds forward, goes on
from the last frame. Every reading begins at the beginning of the file and counts its packets, so
that what was found once is found again.
"""

from __future__ import annotations  # av.Packet is generic for type checkers only

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, Protocol

import av
from fotograma_contracts.samples import ClockBreak

from fotograma_worker.protocol import MAX_BREAKS

FORMATS = frozenset({"mpegts", "mpeg"})
"""FFmpeg's names of the formats whose clock may start again."""
_FORWARD = Fraction(10)
"""Seconds. FFmpeg's `dts_delta_threshold`; packets may be lost, or the picture stand still."""
_BACK = Fraction(1, 10)
"""Seconds. Less than this is reordering, or a clock that is not exact."""
_JOINT = 4
"""Packets before a break that may be called corrupt because the next one, of another recording, was
looked at for their end."""


class Stitching(Protocol):
    """Puts packets on one clock."""

    def admit(self, packet: av.Packet[Any]) -> bool:
        """Correct the times of the video's next packet; False for one that is to be left out."""


class Unstitched:
    """For files whose clock runs through."""

    def admit(self, packet: av.Packet[Any]) -> bool:  # noqa: ARG002 - as above
        """Leave the packet as it is."""
        return True


class Stitched:
    """Corrects the times of packets by the breaks that were found before."""

    def __init__(self, breaks: Sequence[ClockBreak]) -> None:
        self._coming = list(reversed(breaks))
        self._current: ClockBreak | None = None
        self._number = -1

    def admit(self, packet: av.Packet[Any]) -> bool:
        """Correct the times. Pictures that are shown before the keyframe of a new recording refer
        to what it does not have: they are left out.
        """
        self._number += 1
        if self._coming and self._coming[-1].packet == self._number:
            self._current = self._coming.pop()
        if packet.is_corrupt and self._is_at_joint():
            packet.is_corrupt = False
        return self._current is None or _moved(packet, self._current)

    def _is_at_joint(self) -> bool:
        before = self._coming and self._coming[-1].packet - self._number <= _JOINT
        return bool(before) or (self._current is not None and self._current.packet == self._number)


class Stitcher:
    """Finds the breaks, and corrects the times of the packets meanwhile."""

    def __init__(self, time_base: Fraction, frame_rate: Fraction | None) -> None:
        self.breaks: list[ClockBreak] = []
        self._forward, self._back = int(_FORWARD / time_base), int(_BACK / time_base)
        self._duration = int(1 / (frame_rate or 25) / time_base)
        self._number = -1
        self._latest: int | None = None
        """The last decoding time as the file has it."""
        self._end: int | None = None
        """The end of the frame shown last, so far, on the one clock."""

    def admit(self, packet: av.Packet[Any]) -> bool:
        """Correct the times, as `Stitched` will."""
        self._number += 1
        if packet.dts is not None and self._is_break(packet.dts) and len(self.breaks) < MAX_BREAKS:
            self._begin_anew(packet, packet.dts)
        self._latest = packet.dts if packet.dts is not None else self._latest
        if self.breaks and not _moved(packet, self.breaks[-1]):
            return False
        shown = packet.pts if packet.pts is not None else packet.dts
        if shown is not None:
            end = shown + (packet.duration or self._duration)
            self._end = end if self._end is None else max(self._end, end)
        return True

    def _is_break(self, time: int) -> bool:
        if self._latest is None:
            return False
        step = time - self._latest
        return step < -self._back or step > self._forward

    def _begin_anew(self, packet: av.Packet[Any], time: int) -> None:
        """A new recording begins with a keyframe, whose time is known. Elsewhere only the clock has
        changed, and the pictures go on: so do the decoding times.
        """
        assert self._end is not None  # noqa: S101 - a packet came before
        assert self._latest is not None  # noqa: S101 - as above
        if packet.is_keyframe and packet.pts is not None:
            offset = self._end - packet.pts
        else:
            before = self.breaks[-1].offset if self.breaks else 0
            offset = self._latest + before + self._duration - time
        self.breaks.append(
            ClockBreak(
                packet=self._number,
                offset=offset,
                start=self._end,
                at_keyframe=packet.is_keyframe,
            )
        )


def _moved(packet: av.Packet[Any], by: ClockBreak) -> bool:
    """Correct the times; False for a leading picture, whose references are missing."""
    packet.pts = None if packet.pts is None else packet.pts + by.offset
    packet.dts = None if packet.dts is None else packet.dts + by.offset
    shown = packet.pts if packet.pts is not None else packet.dts
    return not by.at_keyframe or shown is None or shown >= by.start
