"""HEVC with one temporal layer is told, and what nothing refers to in it is not decoded."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest
from fixtures.clips import make_clip
from fixtures.extraction import extract_samples
from fotograma_contracts.samples import SampleTimes
from fotograma_worker.engine import pruning
from fotograma_worker.engine.hevc import TemporalLayers
from hypothesis import given
from hypothesis import strategies as st

LAYERED = "temporal-layers=2:b-pyramid=1:bframes=4:log-level=none"
TIMES = SampleTimes(times=tuple(Fraction(k) for k in range(4)))


def clip(path: Path, x265: str) -> Path:
    return make_clip(
        path, seconds=4, codec="libx265", gop=50, bframes=4, options={"x265-params": x265}
    )


def packets_of(path: Path) -> tuple[bytes, list[bytes]]:
    """The parameter sets, and the packets of the video."""
    with path.open("rb") as file, av.open(file, mode="r") as container:
        stream = container.streams.video[0]
        packets = [bytes(packet) for packet in container.demux(stream) if packet.size]
        return stream.codec_context.extradata or b"", packets


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The frames that the decoder gives while it prunes."""
    frames: list[int] = []
    chosen = pruning.PrunedReader._chosen

    def noting(self: pruning.PrunedReader, given: Any) -> Any:
        given = list(given)
        frames.extend(frame.pts for frame in given)
        return chosen(self, given)

    monkeypatch.setattr(pruning.PrunedReader, "_chosen", noting)
    return frames


@pytest.mark.parametrize("suffix", ["mp4", pytest.param("mkv", marks=pytest.mark.middle), "ts"])
def test_one_layer_is_told_by_parameter_sets_and_packets(tmp_path: Path, suffix: str) -> None:
    extradata, packets = packets_of(clip(tmp_path / f"one.{suffix}", "log-level=none"))
    layers = TemporalLayers(extradata)
    assert packets
    assert all(layers.is_one(memoryview(packet)) for packet in packets)


@pytest.mark.parametrize("suffix", ["mp4", pytest.param("mkv", marks=pytest.mark.middle), "ts"])
def test_several_layers_are_told(tmp_path: Path, suffix: str) -> None:
    extradata, packets = packets_of(clip(tmp_path / f"more.{suffix}", LAYERED))
    assert not any(TemporalLayers(extradata).is_one(memoryview(packet)) for packet in packets)


def test_a_packet_of_another_layer_outweighs_what_parameter_sets_say(tmp_path: Path) -> None:
    claims, _ = packets_of(clip(tmp_path / "one.mp4", "log-level=none"))
    _, packets = packets_of(clip(tmp_path / "more.mp4", LAYERED))
    layers = TemporalLayers(claims)
    told = [layers.is_one(memoryview(packet)) for packet in packets]
    assert {True, False} == set(told)


@given(extradata=st.binary(max_size=64), packet=st.binary(max_size=64))
def test_any_bytes_are_read(extradata: bytes, packet: bytes) -> None:
    for record in (extradata, b"\1" + extradata):
        assert TemporalLayers(record).is_one(memoryview(packet)) in (True, False)


def test_frames_that_nothing_needs_are_not_decoded(tmp_path: Path, decoded: list[int]) -> None:
    one = clip(tmp_path / "one.mp4", "log-level=none")
    assert extract_samples(one, TIMES).numbers == [0, 25, 50, 75]
    assert 0 < len(decoded) < 45


def test_frames_of_several_layers_are_all_decoded(
    tmp_path: Path, decoded: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    more = clip(tmp_path / "more.mp4", LAYERED)
    assert extract_samples(more, TIMES).numbers == [0, 25, 50, 75]
    as_told = len(decoded)
    decoded.clear()
    never: Callable[..., bool] = lambda *_: False  # noqa: E731
    monkeypatch.setattr(TemporalLayers, "is_one", never)
    assert extract_samples(more, TIMES).numbers == [0, 25, 50, 75]
    assert len(decoded) == as_told
