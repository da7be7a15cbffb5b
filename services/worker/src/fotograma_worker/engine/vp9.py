"""Read what packets of VP9 say of their frames (VP9 bitstream specification, 6.2 and annex B)."""

from dataclasses import dataclass

from fotograma_worker.engine.bits import Bits

_HEADER_BYTES = 4
_ALL = 0xFF


@dataclass(frozen=True, slots=True)
class Frame:
    """The beginning of a frame's header."""

    is_shown: bool
    """Itself, or one that was decoded before it."""
    is_independent: bool
    """Of the frame before it: what it needs beside references, it begins anew
    (`setup_past_independence`)."""
    refreshed: int
    """The references that it replaces, a bit each."""


class Vp9Needs:
    """Tells what of a packet later frames depend on.

    A frame also leaves vectors, probabilities, segments and filters to the frame after it, whether
    it refreshes a reference or not; only error-resilient frames do not take them.
    """

    def are_told(self, packet: memoryview) -> bool:
        """Whether the packet's frames depend on references alone."""
        return all(read_frame(frame).is_independent for frame in frames_of(packet))

    def needed_bytes(self, packet: memoryview) -> int:
        """All of a packet, or 0 of one shown frame that refreshes no reference."""
        first, *others = map(read_frame, frames_of(packet))
        return len(packet) if others or first.refreshed or not first.is_shown else 0


def frames_of(packet: memoryview) -> list[memoryview]:
    """The frames of a packet, which may be a superframe."""
    marker = packet[-1]
    count, length = (marker & 7) + 1, (marker >> 3 & 3) + 1
    index_size = 2 + count * length
    is_superframe = (marker & 0xE0) == 0xC0 and len(packet) > index_size
    if not is_superframe or packet[-index_size] != marker:
        return [packet]
    index, at, frames = packet[-index_size + 1 : -1], 0, []
    for i in range(count):
        size = int.from_bytes(index[i * length : (i + 1) * length], "little")
        if size:
            frames.append(packet[at : at + size])
        at += size
    return [frame for frame in frames if len(frame)] or [packet]


def read_frame(data: memoryview) -> Frame:
    """Read a frame's header as far as `refresh_frame_flags`."""
    bits = Bits(bytes(data[:_HEADER_BYTES]))
    bits.take(2)
    if bits.take(2) == 3:  # a profile with a reserved bit
        bits.take(1)
    if bits.take(1):  # show_existing_frame
        return Frame(is_shown=True, is_independent=False, refreshed=0)
    is_keyframe, is_shown, is_resilient = not bits.take(1), bool(bits.take(1)), bool(bits.take(1))
    is_intra_only = bool(not is_keyframe and not is_shown and bits.take(1))
    if is_keyframe or is_intra_only:
        return Frame(is_shown, is_independent=is_keyframe or is_resilient, refreshed=_ALL)
    if not is_resilient:
        bits.take(2)
    refreshed = bits.take(8)
    return Frame(is_shown, is_resilient, _ALL if bits.is_over else refreshed)
