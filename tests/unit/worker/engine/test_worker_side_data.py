"""Side data of frames: what PyAV has no name for is no reason to fail."""

import struct
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
from av.sidedata.sidedata import Type
from fixtures.clips import Image, decode_image, make_clip
from fixtures.extraction import extract_file, plan_file
from fotograma_contracts.recipe import AllFrames, Recipe
from fotograma_worker.engine.side_data import display_matrix_of

SIZE = (160, 96)
ORIENTATION = 0x0112
UPRIGHT: dict[int, Callable[[Image], Image]] = {
    1: lambda image: image,
    2: np.fliplr,
    3: lambda image: np.rot90(image, 2),
    4: np.flipud,
    5: lambda image: np.fliplr(np.rot90(image, -1)),
    6: lambda image: np.rot90(image, -1),
    7: lambda image: np.fliplr(np.rot90(image, 1)),
    8: lambda image: np.rot90(image, 1),
}
"""What to do with a stored picture for each orientation of Exif (CIPA DC-008, 4.6.5.1)."""


def exif(orientation: int) -> bytes:
    """An APP1 segment with one entry."""
    entry = struct.pack("<HHIHH", ORIENTATION, 3, 1, orientation, 0)
    tiff = b"II*\0" + struct.pack("<IH", 8, 1) + entry + bytes(4)
    body = b"Exif\0\0" + tiff
    return b"\xff\xe1" + struct.pack(">H", 2 + len(body)) + body


def time_lapse(path: Path, orientation: int) -> Path:
    """Motion JPEG of a camera's pictures, each with its Exif."""
    plain = make_clip(
        path.with_name("plain.avi"), seconds=1, size=SIZE, codec="mjpeg", pixel_format="yuvj420p"
    )
    with av.open(plain) as source, av.open(path, "w") as container:
        stream = container.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.size:
                picture = bytes(packet)
                copy = av.Packet(picture[:2] + exif(orientation) + picture[2:])
                copy.pts, copy.dts, copy.duration = packet.pts, packet.dts, packet.duration
                copy.time_base, copy.stream, copy.is_keyframe = packet.time_base, stream, True
                container.mux(copy)
    return path


@pytest.mark.parametrize("orientation", UPRIGHT)
@pytest.mark.parametrize("name", ["a.avi", "a.mov", "a.mkv"])
def test_extract_of_pictures_with_exif_gives_every_frame_upright(
    tmp_path: Path, name: str, orientation: int
) -> None:
    path = time_lapse(tmp_path / name, orientation)
    extracted = extract_file(path, Recipe(sampling=AllFrames()))
    assert not extracted.warnings
    images = [decode_image(frame.data) for frame in extracted.frames]
    stored = [
        decode_image(frame.data)
        for frame in extract_file(path.with_name("plain.avi"), Recipe(sampling=AllFrames())).frames
    ]
    assert len(images) == 25
    for image, before in zip(images, stored, strict=True):
        assert np.array_equal(image, UPRIGHT[orientation](before))
    probe = plan_file(path).probe
    assert images[0].shape == (probe.height, probe.width, 3)


@pytest.mark.parametrize("number", range(64))
def test_any_kind_of_side_data_has_a_member(number: int) -> None:
    value: object = Type(number).value
    assert value == number


def test_display_matrix_is_found_among_kinds_without_a_name(tmp_path: Path) -> None:
    with av.open(time_lapse(tmp_path / "a.avi", 6)) as container:
        frame = next(container.decode(video=0))
    matrix = display_matrix_of(frame)
    assert matrix is not None
    assert len(matrix) == 36
