"""Sizes and orientations of frames. Pure."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import atan2, degrees


@dataclass(frozen=True, slots=True)
class Size:
    """In pixels."""

    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Orientation:
    """How a decoded frame is turned upright: libavfilter filters, applied in order.

    `rotation` is in clockwise degrees.
    """

    rotation: int
    filters: tuple[str, ...]

    @property
    def swaps_sides(self) -> bool:
        """Width becomes height."""
        return self.rotation in (90, 270)


UPRIGHT = Orientation(0, ())
MAX_STRETCH = 16
"""The sides of a pixel, one to the other. ITU-T H.264 (table E-1) names none beyond 24:11, and 3D
video and anamorphic lenses squeeze pictures two to one."""
_MATRIX = struct.Struct("=9i")


def orientation_of(display_matrix: bytes) -> Orientation:
    """Read a display matrix (libavutil's `AV_FRAME_DATA_DISPLAYMATRIX`: nine 16.16 integers).

    Multiples of 90 degrees and mirroring are honoured, as the `ffmpeg` command does; other
    angles are left alone.
    """
    if len(display_matrix) != _MATRIX.size:
        return UPRIGHT
    matrix = _MATRIX.unpack(display_matrix)
    match _clockwise(matrix):
        case 90:
            return Orientation(
                90, ("transpose=cclock_flip" if matrix[3] > 0 else "transpose=clock",)
            )
        case 180:
            flips = (("hflip", matrix[0]), ("vflip", matrix[4]))
            return Orientation(180, tuple(name for name, sign in flips if sign < 0))
        case 270:
            return Orientation(
                270, ("transpose=clock_flip" if matrix[3] < 0 else "transpose=cclock",)
            )
        case 0 if matrix[4] < 0:
            return Orientation(0, ("vflip",))
        case _:
            return UPRIGHT


def upright_size(
    width: int, height: int, sample_aspect_ratio: Fraction | None, orientation: Orientation
) -> Size:
    """The size of a frame with square pixels, upright. Squaring only ever adds pixels.

    A ratio that no camera and no screen has is a mistake in the file and is ignored: the `ffmpeg`
    command ignores every ratio.
    """
    ratio = sample_aspect_ratio or Fraction(1)
    if 1 < ratio <= MAX_STRETCH:
        width = round(width * ratio)
    elif Fraction(1, MAX_STRETCH) <= ratio < 1:
        height = round(height / ratio)
    return Size(height, width) if orientation.swaps_sides else Size(width, height)


def fit(size: Size, max_width: int | None, max_height: int | None) -> Size:
    """The largest size with the same aspect that fits; never larger than `size`."""
    scale = min(
        Fraction(1),
        Fraction(max_width or size.width, size.width),
        Fraction(max_height or size.height, size.height),
    )
    return Size(max(1, round(size.width * scale)), max(1, round(size.height * scale)))


def _clockwise(matrix: Sequence[int]) -> int | None:
    """Clockwise degrees, if they are a multiple of 90 (within one degree)."""
    a, b, c, d = matrix[0], matrix[1], matrix[3], matrix[4]
    if not (a or c) or not (b or d):
        return None
    first = (a * a + c * c) ** 0.5
    second = (b * b + d * d) ** 0.5
    angle = degrees(atan2(b / second, a / first)) % 360
    nearest = round(angle / 90) * 90
    return nearest % 360 if abs(angle - nearest) < 1 else None
