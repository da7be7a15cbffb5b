"""The least that decoding takes: the engine's decoder with exactly the packets that are needed.

    .venv/bin/python bench/engine_floor.py VIDEO MODE

Packets are read before, and nothing is made of the frames. Which frames nothing refers to is known
of H.264 and HEVC by their decoders, of AV1 by the engine's own reading of packets.
"""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from engine_run import Measured
from fotograma_worker.engine.av1 import Av1Needs
from fotograma_worker.engine.media import DECODER_THREADS
from throughput import processor_seconds


class _Packets:
    """A video's packets in memory, and its decoder."""

    def __init__(self, path: Path) -> None:
        self._container = av.open(path)
        self.stream = self._container.streams.video[0]
        self.context: Any = self.stream.codec_context
        self.context.thread_count = DECODER_THREADS
        self.stream.thread_type = "AUTO"
        self.packets = [each for each in self._container.demux(self.stream) if each.size]
        self._needed: dict[int | None, Any] = {}
        """Of AV1, by time: what later frames need of a packet."""
        if self.context.codec.canonical_name == "av1":
            needs = Av1Needs(self.context.extradata or b"")
            for packet in self.packets:
                needed = needs.needed_bytes(memoryview(packet))
                self._needed[packet.pts] = av.Packet(bytes(packet)[:needed])

    def decode(self, packets: list[Any], *, skipping: frozenset[int] = frozenset()) -> int:
        """Decode some packets from a keyframe on, and flush. `skipping` has the times of frames
        that may be left out where nothing refers to them.
        """
        frames = 0
        for packet in packets:
            is_needless = packet.pts in skipping
            self.context.skip_frame = "NONREF" if is_needless else "DEFAULT"
            given = self._needed.get(packet.pts, packet) if is_needless else packet
            if given.size:
                frames += len(self.context.decode(given))
        frames += len(self.context.decode(None))
        self.context.flush_buffers()
        return frames


def _all(path: Path) -> Callable[[], int]:
    video = _Packets(path)
    return lambda: video.decode(video.packets)


def _keyframes(path: Path) -> Callable[[], int]:
    video = _Packets(path)
    keyframes = [packet for packet in video.packets if packet.is_keyframe]
    return lambda: sum(video.decode([packet]) for packet in keyframes)


def _each_second(path: Path) -> Callable[[], int]:
    video = _Packets(path)
    times = sorted(packet.pts for packet in video.packets)
    step = 1 / Fraction(video.stream.time_base)
    wanted, second = set(), 0
    end = 2 * times[-1] - times[-2]
    for shown, after in zip(times, [*times[1:], end], strict=True):
        while times[0] + second * step < after:
            wanted.add(shown)
            second += 1
    groups: list[list[Any]] = []
    for packet in video.packets:
        if packet.is_keyframe:
            groups.append([])
        groups[-1].append(packet)

    def decode() -> int:
        for group in groups:
            last = max((i for i, each in enumerate(group) if each.pts in wanted), default=-1)
            needless = frozenset(each.pts for each in group if each.pts not in wanted)
            video.decode(group[: last + 1], skipping=needless)
        return len(wanted)

    return decode


FLOORS = {"all": _all, "scenes": _all, "keyframes": _keyframes, "1/s": _each_second}
"""By mode: prepares a decoding, which returns the number of frames."""


def measured(path: Path, mode: str) -> Measured:
    """Decode in this process."""
    decode = FLOORS[mode](path)
    used, began = processor_seconds(), time.monotonic()
    frames = decode()
    return Measured(frames, processor_seconds() - used, time.monotonic() - began)


if __name__ == "__main__":
    print(json.dumps(asdict(measured(Path(sys.argv[1]), sys.argv[2]))))
