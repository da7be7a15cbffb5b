"""What later frames of AV1 and VP9 do not depend on is told by packets, and not decoded."""

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import av
import pytest
from fixtures.clips import make_clip
from fixtures.extraction import extract_samples
from fotograma_contracts.samples import SampleTimes
from fotograma_worker.engine import pruning, pyav_engine
from fotograma_worker.engine.av1 import Av1Needs
from fotograma_worker.engine.vp9 import Vp9Needs
from hypothesis import given
from hypothesis import strategies as st

LAYERS = (
    "ts_number_layers=3:ts_target_bitrate=200,300,500:ts_rate_decimator=4,2,1:ts_periodicity=4:"
    "ts_layer_id=0,2,1,2:ts_layering_mode=3"
)
RESILIENT = {"error-resilient": "default", "ts-parameters": LAYERS}
SOME = SampleTimes(times=tuple(Fraction(7 * k, 25) for k in range(7)))


def av1(path: Path) -> Path:
    return make_clip(path, codec="libsvtav1", gop=50, noise=10)


def vp9(path: Path, **options: str) -> Path:
    return make_clip(path, codec="libvpx-vp9", gop=50, noise=10, options=options)


def packets_of(path: Path) -> tuple[bytes, list[memoryview]]:
    """The configuration, and the packets of the video."""
    with path.open("rb") as file, av.open(file, mode="r") as container:
        stream = container.streams.video[0]
        packets = [bytes(packet) for packet in container.demux(stream) if packet.size]
        return stream.codec_context.extradata or b"", [memoryview(each) for each in packets]


def decoded_whole(path: Path, monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The frames where nothing is left out."""
    with monkeypatch.context() as patch:
        patch.setattr(pyav_engine, "can_prune", lambda _: False)
        return [frame.data for frame in extract_samples(path, SOME).frames]


@pytest.fixture
def fed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The sizes of the packets that the decoder is given."""
    sizes: list[int] = []
    feed = pruning.PrunedReader._feed

    def noting(self: pruning.PrunedReader, entry: pruning._Entry) -> Iterable[object]:
        sizes.append(entry.packet.size)
        return feed(self, entry)

    monkeypatch.setattr(pruning.PrunedReader, "_feed", noting)
    return sizes


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
def test_av1_tells_frames_that_refresh_nothing(tmp_path: Path, suffix: str) -> None:
    configuration, packets = packets_of(av1(tmp_path / f"clip.{suffix}"))
    needs = Av1Needs(configuration)
    needed = [needs.needed_bytes(packet) for packet in packets]
    assert needed[0] == len(packets[0])
    assert needed.count(0) > len(packets) // 5
    cut = [0 < few < len(packet) for few, packet in zip(needed, packets, strict=True)]
    assert sum(cut) > len(packets) // 10


def test_av1_of_an_unknown_sequence_is_needed_whole(tmp_path: Path) -> None:
    _, packets = packets_of(av1(tmp_path / "clip.mp4"))
    needs = Av1Needs(b"")
    assert all(needs.needed_bytes(packet) == len(packet) for packet in packets[1:])


def test_vp9_tells_frames_that_refresh_nothing(tmp_path: Path) -> None:
    _, packets = packets_of(vp9(tmp_path / "clip.webm", **RESILIENT))
    needs = Vp9Needs()
    assert all(needs.are_told(packet) for packet in packets)
    needed = [needs.needed_bytes(packet) for packet in packets]
    assert needed.count(0) > len(packets) // 3


@pytest.mark.parametrize("options", [{}, {"ts-parameters": LAYERS}])
def test_vp9_that_is_not_resilient_is_not_told(tmp_path: Path, options: dict[str, str]) -> None:
    _, packets = packets_of(vp9(tmp_path / "clip.webm", **options))
    needs = Vp9Needs()
    assert [needs.are_told(packet) for packet in packets].count(True) == 1  # the keyframe


@given(configuration=st.binary(max_size=64), packet=st.binary(min_size=1, max_size=64))
def test_any_bytes_are_read(configuration: bytes, packet: bytes) -> None:
    for needs in (Av1Needs(configuration), Vp9Needs()):
        assert needs.are_told(memoryview(packet)) in (True, False)
        assert 0 <= needs.needed_bytes(memoryview(packet)) <= len(packet)


@pytest.mark.parametrize("kind", ["av1", "vp9"])
def test_frames_are_the_same_without_what_they_do_not_need(
    tmp_path: Path, fed: list[int], monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    path = av1(tmp_path / "clip.mp4") if kind == "av1" else vp9(tmp_path / "clip.webm", **RESILIENT)
    _, packets = packets_of(path)
    frames = extract_samples(path, SOME)
    assert frames.numbers == [7 * k for k in range(7)]
    assert [frame.data for frame in frames.frames] == decoded_whole(path, monkeypatch)
    assert 0 < sum(fed) < 0.9 * sum(map(len, packets[:43]))
    assert len(fed) < 40


def test_vp9_that_is_not_resilient_is_decoded_whole(tmp_path: Path, fed: list[int]) -> None:
    path = vp9(tmp_path / "clip.webm", **{"ts-parameters": LAYERS})
    assert extract_samples(path, SOME).numbers == [7 * k for k in range(7)]
    assert len(fed) == 43
