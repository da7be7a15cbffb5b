"""Pictures are refused as pictures; files of several are videos."""

import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
from fixtures.clips import draw_number, encode_pictures, make_clip, truncate
from fixtures.extraction import extract_file, plan_file, scan_file
from fixtures.heif import make_tiled_picture
from fotograma_contracts.extractions import PassedOver
from fotograma_contracts.reasons import Reason, WarningCode
from fotograma_contracts.recipe import AllFrames, Keyframes, Recipe
from fotograma_worker.errors import Failure

SIZE = (96, 64)


def _encoded(codec: str, pixel_format: str) -> Callable[[Path], Path]:
    """One picture."""

    def make(path: Path) -> Path:
        grey = np.repeat(draw_number(7, SIZE)[..., None], 3, axis=2)
        return encode_pictures(path, [grey], codec=codec, pixel_format=pixel_format)

    return make


def _animated_webp(path: Path) -> Path:
    """Two pictures, which FFmpeg does not decode."""
    pictures = [np.repeat(draw_number(n, SIZE)[..., None], 3, axis=2) for n in (1, 2)]
    return encode_pictures(path, pictures, codec="libwebp_anim")


PICTURES: dict[str, Callable[[Path], Path]] = {
    "a.jpg": _encoded("mjpeg", "yuvj420p"),
    "a.png": _encoded("png", "rgb24"),
    "a.gif": _encoded("gif", "rgb8"),
    "a.apng": _encoded("apng", "rgb24"),
    "a.webp": _encoded("libwebp", "yuv420p"),
    "animated.webp": _animated_webp,
    "a.bmp": _encoded("bmp", "bgr24"),
    "a.tiff": _encoded("tiff", "rgb24"),
    "a.avif": _encoded("libsvtav1", "yuv420p"),
    "tiles.heic": make_tiled_picture,
}


@pytest.mark.parametrize("name", PICTURES)
def test_picture_is_refused_as_a_picture(name: str, tmp_path: Path) -> None:
    with pytest.raises(Failure) as refused:
        scan_file(PICTURES[name](tmp_path / name))
    assert refused.value.reason is Reason.NOT_A_VIDEO
    assert "picture" in refused.value.detail


SEQUENCES = {
    "a.gif": ("gif", "rgb8"),
    "a.apng": ("apng", "rgb24"),
    "a.avif": ("libsvtav1", "yuv420p"),
}


@pytest.mark.parametrize("name", SEQUENCES)
def test_sequence_of_pictures_is_a_video(name: str, tmp_path: Path) -> None:
    codec, pixel_format = SEQUENCES[name]
    path = make_clip(
        tmp_path / name, seconds=2, fps=10, size=SIZE, codec=codec, pixel_format=pixel_format
    )
    extracted = extract_file(path, Recipe(sampling=AllFrames()))
    assert extracted.numbers == [*range(20)]
    assert extracted.warnings == ()
    assert plan_file(path).probe.duration == 2
    assert extract_file(path, Recipe(sampling=Keyframes())).numbers[0] == 0


def test_still_before_the_sequence_of_an_avif_is_passed_over(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "a.avif", seconds=1, size=SIZE, codec="libsvtav1")
    still, sequence = plan_file(path).probe.streams
    assert (still.passed_over, sequence.passed_over) == (PassedOver.ONE_PICTURE, None)


@pytest.mark.parametrize("name", ["a.gif", "a.apng"])
def test_huge_sequence_of_pictures_is_refused(name: str, tmp_path: Path) -> None:
    codec, pixel_format = SEQUENCES[name]
    path = make_clip(
        tmp_path / name, seconds=1, fps=5, size=SIZE, codec=codec, pixel_format=pixel_format
    )
    data = bytearray(path.read_bytes())
    if name == "a.gif":
        struct.pack_into("<HH", data, 6, 65_535, 65_535)
    else:
        struct.pack_into(">II", data, 16, 10_000, 10_000)
        struct.pack_into(">I", data, 29, zlib.crc32(data[12:29]))
    path.write_bytes(data)
    with pytest.raises(Failure) as refused:
        scan_file(path)
    assert refused.value.reason is Reason.TOO_MANY_PIXELS


def test_transparent_part_of_a_gif_is_drawn_over_what_was_there(tmp_path: Path) -> None:
    """Frames of the second half of the picture only: the demuxer's own encoder crops to what has
    changed, so that a frame is nothing without those before it.
    """
    pictures = []
    for number in range(8):
        picture = np.zeros((64, 96, 3), np.uint8)
        picture[:, : 12 * (number + 1)] = 255
        pictures.append(picture)
    path = encode_pictures(tmp_path / "a.gif", pictures, codec="gif", pixel_format="rgb8", fps=10)
    frames = extract_file(path, Recipe(sampling=AllFrames())).frames
    assert len(frames) == 8
    with av.open(path) as container:
        sizes = [packet.size for packet in container.demux(video=0) if packet.size]
    assert sizes[-1] < sizes[0]


@pytest.mark.parametrize("keep", [0.3, 0.5, 0.8, 0.97])
def test_gif_cut_in_a_picture_says_so(keep: float, tmp_path: Path) -> None:
    path = make_clip(tmp_path / "a.gif", seconds=1, size=SIZE, codec="gif", pixel_format="rgb8")
    assert extract_file(path, Recipe(sampling=AllFrames())).warnings == ()
    extracted = extract_file(truncate(path, keep), Recipe(sampling=AllFrames()))
    assert [warning.code for warning in extracted.warnings] == [WarningCode.DAMAGED_FRAMES]
