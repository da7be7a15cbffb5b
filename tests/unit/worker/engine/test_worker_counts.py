"""What the file lists is held against what is shown; what need not be shown is known."""

import struct
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest
from fixtures.clips import make_clip
from fixtures.extraction import extract_file, scan_file
from fixtures.field_pairs import make_field_pairs
from fixtures.sample_tables import Sample, rewrite_samples
from fotograma_contracts.reasons import WarningCode
from fotograma_contracts.recipe import (
    AllFrames,
    EveryInterval,
    Keyframes,
    Recipe,
    Sampling,
    SceneChanges,
)
from fotograma_worker.engine import lone_keyframes
from fotograma_worker.engine.reading import FrameReader

SIZE = (160, 96)
INTERVAL = EveryInterval(seconds=Fraction(1, 10))
MODES: list[Sampling] = [AllFrames(), INTERVAL, Keyframes(), SceneChanges()]
VOP = b"\0\0\1\xb6"
PACKED = b"\0\0\1\xb2DivX503b1393p"
"""What the encoder says in its user data of a stream that is packed."""
NOT_CODED = VOP + bytes([0b01010000, 0b01001111])
"""A P-VOP of MPEG-4 at 25 frames a second that says "the same again": two bits of type, one of
the second, a marker, five bits of the frame, a marker, and `vop_coded`, which is 0."""


def codes(path: Path, sampling: Sampling) -> set[WarningCode]:
    return {each.code for each in extract_file(path, Recipe(sampling=sampling)).warnings}


@pytest.mark.parametrize("sampling", MODES, ids=lambda each: each.mode)
def test_extract_tells_of_frames_that_a_decoder_loses_in_silence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sampling: Sampling
) -> None:
    """A decoder that stops in mid-stream, as one that is drained too early does."""
    stops_at = 4 if isinstance(sampling, Keyframes) else 30
    clip = make_clip(tmp_path / "a.avi", seconds=2, size=SIZE, codec="mpeg4", gop=10)
    given: list[Any] = []

    def losing(decode: Callable[..., Any]) -> Callable[..., Any]:
        def decode_some(decoder: Any, packet: Any) -> Any:
            given.append(packet)
            return decode(decoder, packet) if len(given) < stops_at else []

        return decode_some

    planned = scan_file(clip)
    for where in (FrameReader, lone_keyframes):
        monkeypatch.setattr(where, "_decode", losing(where._decode))
    monkeypatch.setattr("fixtures.extraction.scan_file", lambda *_, **__: planned)
    assert codes(clip, sampling) == {WarningCode.FRAMES_MISSING}


@pytest.mark.parametrize("sampling", MODES, ids=lambda each: each.mode)
@pytest.mark.parametrize("name", ["a.ts", "a.mkv", "a.mp4"])
def test_two_fields_are_one_frame(tmp_path: Path, name: str, sampling: Sampling) -> None:
    clip = make_field_pairs(tmp_path / name, 12)
    with av.open(clip) as container:
        assert len([packet for packet in container.demux(video=0) if packet.size]) == 24
    assert [scan_file(clip).clock.seconds(int(t)) for t in scan_file(clip).timestamps] == [
        Fraction(n, 25) for n in range(12)
    ]
    assert codes(clip, sampling) == set()


def test_frames_that_vp8_hides_are_no_frames(tmp_path: Path) -> None:
    whole = make_clip(tmp_path / "whole.webm", seconds=2, size=SIZE, codec="libvpx", gop=25)
    hidden, clip = {10, 11, 30}, tmp_path / "a.webm"
    with av.open(whole) as container, av.open(clip, "w") as out:
        stream = out.add_stream_from_template(container.streams.video[0])
        for number, packet in enumerate(container.demux(video=0)):
            if packet.size:
                data = bytearray(bytes(packet))
                data[0] &= 0xEF if number in hidden else 0xFF  # show_frame of the frame tag
                changed = av.Packet(bytes(data))
                changed.pts, changed.dts, changed.time_base = (
                    packet.pts,
                    packet.dts,
                    packet.time_base,
                )
                changed.is_keyframe, changed.stream = packet.is_keyframe, stream
                out.mux(changed)
    shown = [n for n in range(50) if n not in hidden]
    assert len(scan_file(clip).timestamps) == len(shown)
    extracted = extract_file(clip, Recipe(sampling=AllFrames()))
    assert extracted.numbers == shown
    assert extracted.warnings == ()
    assert codes(clip, INTERVAL) == set()


def test_superframes_of_vp9_are_one_frame_each(tmp_path: Path) -> None:
    hiding = {"deadline": "good", "cpu-used": "5", "auto-alt-ref": "1", "lag-in-frames": "16"}
    clip = make_clip(
        tmp_path / "a.webm", seconds=4, size=SIZE, codec="libvpx-vp9", gop=50, options=hiding
    )
    extracted = extract_file(clip, Recipe(sampling=AllFrames()))
    assert len(scan_file(clip).timestamps) == 100
    assert extracted.numbers == list(range(100))
    assert extracted.warnings == ()


def with_pictures_not_coded(path: Path) -> Path:
    """An MP4 of 50 frames of MPEG-4, and packets that say "the same again" between them."""
    make_clip(path, seconds=2, size=SIZE, codec="mpeg4", gop=12)
    with av.open(path) as container:
        entries = [(e.pos, e.size) for e in container.streams.video[0].index_entries]
    data = path.read_bytes()
    begin = entries[0][0]
    media = b"".join(
        NOT_CODED * (number in {7, 20, 21}) + data[at : at + size]
        for number, (at, size) in enumerate(entries)
    )
    end = entries[-1][0] + entries[-1][1]
    header = (begin - 8, (len(media) + 8).to_bytes(4))
    patched = bytearray(data[:begin] + media + data[end:])
    patched[header[0] : begin - 4] = header[1]
    path.write_bytes(patched)

    def insert(samples: list[Sample]) -> list[Sample]:
        rows: list[Sample] = []
        for number, sample in enumerate(samples):
            if number in {7, 20, 21}:
                rows.append(Sample(len(NOT_CODED), sample.duration, 0, is_sync=False))
            rows.append(sample)
        return rows

    return rewrite_samples(path, insert)


@pytest.mark.parametrize("sampling", MODES, ids=lambda each: each.mode)
def test_pictures_not_coded_are_no_frames(tmp_path: Path, sampling: Sampling) -> None:
    clip = with_pictures_not_coded(tmp_path / "a.mp4")
    scan = scan_file(clip)
    assert len(scan.timestamps) == 50
    assert scan.duration == Fraction(53, 25)
    assert codes(clip, sampling) == set()
    assert extract_file(clip, Recipe(sampling=AllFrames())).numbers == list(range(50))


def packed(path: Path) -> Path:
    """An AVI as DivX wrote it: a P and a B picture in one packet, and nothing in the next."""
    plain = make_clip(
        path.with_name("plain.avi"),
        seconds=4,
        size=SIZE,
        codec="mpeg4",
        gop=24,
        options={"bf": "1"},
    )
    with av.open(plain) as container, av.open(path, "w") as out:
        stream = out.add_stream_from_template(container.streams.video[0])
        units = [bytes(packet) for packet in container.demux(video=0) if packet.size]
        units[0] = units[0].replace(VOP, PACKED + VOP, 1)
        rows: list[bytes] = []
        while units:
            unit = units.pop(0)
            is_b = bool(units) and units[0][units[0].index(VOP) + 4] >> 6 == 2
            rows += [unit + units.pop(0), NOT_CODED] if is_b else [unit]
        for number, row in enumerate(rows):
            packet = av.Packet(row)
            packet.pts = packet.dts = number
            packet.is_keyframe = row[row.index(VOP) + 4] >> 6 == 0
            packet.time_base = Fraction(1, 25)
            packet.stream = stream
            out.mux(packet)
    return path


def test_packed_pictures_are_shown_in_order(tmp_path: Path) -> None:
    clip = packed(tmp_path / "packed.avi")
    assert len(scan_file(clip).timestamps) == 100
    extracted = extract_file(clip, Recipe(sampling=AllFrames()))
    assert extracted.numbers == list(range(100))
    assert extracted.times == [Fraction(n, 25) for n in range(100)]
    assert extracted.warnings == ()
    some = extract_file(clip, Recipe(sampling=EveryInterval(seconds=Fraction("0.37"))))
    assert some.numbers == [int(k * Fraction("0.37") * 25) for k in range(11)]
    assert some.warnings == ()


def test_keyframes_of_packed_pictures_are_where_they_are_shown(tmp_path: Path) -> None:
    clip = packed(tmp_path / "packed.avi")
    scan, extracted = scan_file(clip), extract_file(clip, Recipe(sampling=Keyframes()))
    assert extracted.warnings == ()
    assert extracted.times == [
        scan.clock.seconds(int(each)) for each in scan.timestamps[scan.keyframes]
    ]
    assert len(extracted.frames) > 2
    with av.open(clip.with_name("plain.avi")) as plain:
        intra = [frame.key_frame for frame in plain.decode(video=0)]
    assert extracted.numbers == [number for number, is_key in enumerate(intra) if is_key]


def without_beginning(path: Path, packets: int) -> Path:
    """A transport stream that was cut between two keyframes."""
    whole = make_clip(path.with_name(f"whole{path.suffix}"), seconds=4, size=SIZE, gop=50)
    with av.open(whole) as container, av.open(path, "w") as out:
        stream = out.add_stream_from_template(container.streams.video[0])
        for number, packet in enumerate(container.demux(video=0)):
            if packet.size and number >= packets:
                packet.stream = stream
                out.mux(packet)
    return path


@pytest.mark.parametrize("name", ["a.ts", "a.mkv"])
def test_plan_tells_of_a_video_that_begins_without_a_keyframe(tmp_path: Path, name: str) -> None:
    extracted = extract_file(without_beginning(tmp_path / name, 10), Recipe(sampling=AllFrames()))
    assert extracted.numbers == list(range(50, 100))
    (warning,) = extracted.warnings
    assert warning.code is WarningCode.STARTS_WITHOUT_KEYFRAME
    assert "its first 40 frames cannot be decoded" in warning.detail


def with_repeated_times(path: Path, back: int) -> Path:
    """Fifty frames, two of which have a time that is this much earlier than it should be."""
    make_clip(path, seconds=2, size=SIZE, gop=10, bframes=0)

    def repeat(samples: list[Sample]) -> list[Sample]:
        return [
            Sample(each.size, each.duration, -back * each.duration * (n in {8, 33}), each.is_sync)
            for n, each in enumerate(samples)
        ]

    return rewrite_samples(path, repeat)


@pytest.mark.parametrize("back", [1, 2])
def test_frames_without_a_time_of_their_own_are_not_called_damaged(
    tmp_path: Path, back: int
) -> None:
    clip = with_repeated_times(tmp_path / "a.mp4", back)
    extracted = extract_file(clip, Recipe(sampling=AllFrames()))
    assert extracted.numbers == [n for n in range(50) if n not in {8, 33}]
    (warning,) = extracted.warnings
    assert warning.code is WarningCode.TIMES_REPEAT
    assert warning.detail.startswith("2 frames have no time after the frame before")
    assert codes(clip, INTERVAL) == set()


def with_one_too_early(path: Path) -> Path:
    """Fifty frames, the sixth of which says that it is the 43rd."""
    whole = make_clip(path.with_name("whole.flv"), seconds=2, size=SIZE, gop=10, bframes=0)
    with av.open(whole) as container, av.open(path, "w") as out:
        stream = out.add_stream_from_template(container.streams.video[0])
        for number, packet in enumerate(container.demux(video=0)):
            if packet.size:
                packet.pts = (packet.pts or 0) + 37 * 40 * (number == 5)
                packet.stream = stream
                out.mux(packet)
    return path


@pytest.mark.parametrize("sampling", MODES, ids=lambda each: each.mode)
def test_frames_behind_one_that_comes_too_early_are_told_of(
    tmp_path: Path, sampling: Sampling
) -> None:
    """They have no time after the frame before, and cannot be shown."""
    said = codes(with_one_too_early(tmp_path / "a.flv"), sampling)
    assert said & {WarningCode.FRAMES_MISSING, WarningCode.TIMES_REPEAT}


@pytest.mark.parametrize("sampling", [AllFrames(), Keyframes()])
def test_frames_that_share_a_microsecond_are_told_of(tmp_path: Path, sampling: Sampling) -> None:
    """The clock of an MP4 may be as fine as a nanosecond."""
    clip = make_clip(tmp_path / "a.mp4", seconds=1, size=SIZE, gop=1, bframes=0)
    data = bytearray(clip.read_bytes())
    struct.pack_into(">I", data, data.index(b"mdhd") + 16, 0x7FFF0000)
    clip.write_bytes(data)
    assert codes(clip, sampling) == {WarningCode.TIMES_REPEAT}


def test_plan_tells_of_times_that_repeat_for_long(tmp_path: Path) -> None:
    """A clock that starts again is stitched in TS and PS alone, as FFmpeg does."""
    clip = make_clip(tmp_path / "a.mp4", seconds=4, size=SIZE, gop=10, bframes=0)
    rewrite_samples(
        clip,
        lambda samples: [
            Sample(s.size, s.duration, -50 * s.duration * (n >= 50), s.is_sync)
            for n, s in enumerate(samples)
        ],
    )
    assert WarningCode.TIMES_REPEAT in codes(clip, INTERVAL)
