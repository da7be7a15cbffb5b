"""Sizes, orientations and image files."""

import gc
import struct
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from fixtures.clips import decode_image, draw_number, read_number
from fixtures.extraction import MAX_PIXELS
from fotograma_contracts.recipe import ImageFormat, Output
from fotograma_worker.engine.deinterlacing import FrameInContext
from fotograma_worker.engine.encoders import Picture, encode_png, encoder_for
from fotograma_worker.engine.pictures import PictureMaker
from fotograma_worker.errors import Failure
from fotograma_worker.geometry import (
    UPRIGHT,
    Orientation,
    Size,
    fit,
    orientation_of,
    upright_size,
)
from hypothesis import given
from hypothesis import strategies as st

ONE = 1 << 16


def matrix(a: int, b: int, c: int, d: int) -> bytes:
    return struct.pack("=9i", a * ONE, b * ONE, 0, c * ONE, d * ONE, 0, 0, 0, 1 << 30)


@pytest.mark.parametrize(
    ("display_matrix", "orientation"),
    [
        (matrix(1, 0, 0, 1), UPRIGHT),
        (matrix(0, 1, -1, 0), Orientation(90, ("transpose=clock",))),
        (matrix(-1, 0, 0, -1), Orientation(180, ("hflip", "vflip"))),
        (matrix(0, -1, 1, 0), Orientation(270, ("transpose=cclock",))),
        (matrix(1, 0, 0, -1), Orientation(0, ("vflip",))),
        (matrix(-1, 0, 0, 1), Orientation(180, ("hflip",))),
        (matrix(0, 1, 1, 0), Orientation(90, ("transpose=cclock_flip",))),
        (matrix(0, -1, -1, 0), Orientation(270, ("transpose=clock_flip",))),
        (matrix(1, 1, -1, 1), UPRIGHT),
        (matrix(0, 0, 0, 0), UPRIGHT),
        (b"short", UPRIGHT),
    ],
)
def test_orientation_follows_the_display_matrix(
    display_matrix: bytes, orientation: Orientation
) -> None:
    assert orientation_of(display_matrix) == orientation


def test_upright_size_squares_pixels_and_swaps_sides() -> None:
    turned = Orientation(90, ("transpose=clock",))
    assert upright_size(720, 576, Fraction(16, 15), UPRIGHT) == Size(768, 576)
    assert upright_size(720, 480, Fraction(8, 9), UPRIGHT) == Size(720, 540)
    assert upright_size(720, 576, Fraction(16, 15), turned) == Size(576, 768)
    assert upright_size(720, 576, None, UPRIGHT) == Size(720, 576)


@pytest.mark.parametrize(
    "ratio", [Fraction(3000), Fraction(17), Fraction(1, 17), Fraction(1 << 31)]
)
def test_upright_size_ignores_an_absurd_pixel_aspect(ratio: Fraction) -> None:
    assert upright_size(320, 180, ratio, UPRIGHT) == Size(320, 180)
    assert upright_size(320, 180, -ratio, UPRIGHT) == Size(320, 180)


@pytest.mark.parametrize("ratio", [Fraction(16), Fraction(1, 16)])
def test_picture_maker_refuses_pictures_that_squaring_makes_too_large(ratio: Fraction) -> None:
    frame = FrameInContext(av.VideoFrame(320, 180, "yuv420p"))
    with pytest.raises(Failure, match="pixels"):
        PictureMaker("rgb24", ratio, None, None, 320 * 180 * 16 - 1).convert(frame)
    assert PictureMaker("rgb24", ratio, None, None, 320 * 180 * 16).convert(frame).picture.size
    assert PictureMaker("rgb24", ratio, 320, 180, 320 * 180).convert(frame).picture.size


@given(
    st.integers(1, 10_000),
    st.integers(1, 10_000),
    st.integers(16, 10_000) | st.none(),
    st.integers(16, 10_000) | st.none(),
)
def test_fit_is_the_largest_size_of_the_same_aspect(
    width: int, height: int, max_width: int | None, max_height: int | None
) -> None:
    size = fit(Size(width, height), max_width, max_height)
    assert 1 <= size.width <= min(width, max_width or width)
    assert 1 <= size.height <= min(height, max_height or height)
    limited = size.width == (max_width or width) or size.height == (max_height or height)
    assert limited or size == Size(width, height)


@given(st.integers(1, 60), st.integers(1, 60), st.integers(0, 1000))
def test_png_is_lossless(width: int, height: int, seed: int) -> None:
    picture = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    assert np.array_equal(decode_image(encode_png(picture)), picture)


def test_png_bytes_are_the_same_in_every_thread() -> None:
    """ISA-L begins a stream by a hash of where its own state lies, which a thread's stack decides:
    about one in a hundred of such pictures comes out in other bytes in another thread."""
    halves = np.random.default_rng(1).integers(0, 256, (3000, 1, 14, 3), dtype=np.uint8)
    pictures = np.concatenate((halves, halves), axis=2)

    def encode() -> list[bytes]:
        return [encode_png(picture) for picture in pictures]

    with ThreadPoolExecutor(1) as other:
        assert other.submit(encode).result() == encode()


@pytest.mark.parametrize("image_format", ImageFormat)
def test_encoder_output_opens_in_every_format(image_format: ImageFormat) -> None:
    channels = 4 if image_format is ImageFormat.WEBP else 3
    grey = draw_number(1234, (320, 180))
    picture = np.ascontiguousarray(np.repeat(grey[..., None], channels, axis=2))
    picture[..., 3:] = 255
    image = decode_image(encoder_for(Output(format=image_format)).encode(picture))
    assert image.shape == (180, 320, 3)
    assert read_number(image) == 1234
    assert np.abs(image.astype(int) - picture[..., :3]).mean() < 3


@pytest.mark.parametrize("image_format", [ImageFormat.JPEG, ImageFormat.WEBP])
def test_encoder_quality_costs_bytes(image_format: ImageFormat) -> None:
    channels = 4 if image_format is ImageFormat.WEBP else 3
    noise = np.random.default_rng(0).integers(0, 256, (90, 160, channels), dtype=np.uint8)
    noise[..., 3:] = 255
    sizes = [
        len(encoder_for(Output(format=image_format, quality=q)).encode(noise)) for q in (10, 95)
    ]
    assert sizes[0] < sizes[1] / 2


def test_picture_maker_follows_a_change_of_size() -> None:
    maker = PictureMaker("rgb24", None, 160, None, MAX_PIXELS)
    shapes = []
    for width, height in ((320, 180), (160, 90), (64, 64), (320, 180)):
        frame = av.VideoFrame.from_ndarray(
            np.zeros((height, width, 3), np.uint8), format="rgb24"
        ).reformat(format="yuv420p")
        shapes.append(maker.convert(FrameInContext(frame)).picture.shape)
    assert shapes == [(90, 160, 3), (90, 160, 3), (64, 64, 3), (90, 160, 3)]


def test_picture_maker_keeps_no_frame_alive() -> None:
    """Without the garbage collector's help: a frame is large, and a video has many."""
    maker = PictureMaker("rgb24", None, 160, None, MAX_PIXELS)
    black = np.zeros((1080, 1920, 3), np.uint8)
    gc.disable()
    try:
        resident = []
        for _ in range(30):
            maker.convert(FrameInContext(av.VideoFrame.from_ndarray(black, format="rgb24")))
            resident.append(resident_megabytes())
        assert resident[-1] - resident[0] < 60
    finally:
        gc.enable()


def resident_megabytes() -> int:
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) // 1024


@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuv422p10le", "yuvj444p", "gray", "nv12"])
def test_picture_maker_converts_every_pixel_format(pixel_format: str) -> None:
    grey = draw_number(4321, (320, 180))
    frame = av.VideoFrame.from_ndarray(np.repeat(grey[..., None], 3, axis=2), format="rgb24")
    moment = FrameInContext(frame.reformat(format=pixel_format))
    picture = PictureMaker("rgb24", None, None, None, MAX_PIXELS).convert(moment).picture
    assert read_number(picture) == 4321
    assert np.abs(picture.astype(int) - grey[..., None]).max() < 12


@pytest.mark.parametrize("says", ["colorspace", "color_range", "color_trc", "color_primaries"])
def test_unsupported_colors_are_taken_as_unspecified(says: str) -> None:
    plain = _picture_that_says()
    for number in range(256):
        picture = _picture_that_says(**{says: number})
        assert picture.shape == plain.shape
        if number > 22:
            assert np.array_equal(picture, plain)


def _picture_that_says(**colors: int) -> Picture:
    frame = av.VideoFrame(16, 16, "yuv420p")
    for plane in frame.planes:
        plane.update(bytes(i % 256 for i in range(plane.buffer_size)))
    frame.colorspace = 2
    for name, number in colors.items():
        setattr(frame, name, number)
    return (
        PictureMaker("rgb24", None, None, None, MAX_PIXELS).convert(FrameInContext(frame)).picture
    )
