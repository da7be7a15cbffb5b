"""What planning knows of each output format: its limits and what its pictures cost. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from fotograma_contracts.recipe import ImageFormat


@dataclass(frozen=True, slots=True)
class FormatTraits:
    """The traits of one output format."""

    max_side: int
    """Pixels a side may have."""
    bytes_per_pixel: float
    """For the estimate of an archive's size, at quality 90."""
    encoded_pixels_per_second: float
    """Of one core, colour conversion included."""


FORMATS: Mapping[ImageFormat, FormatTraits] = {
    # Measured: 1.1 bytes a pixel on an animated film, and 13 ms for a picture of 1080p.
    ImageFormat.PNG: FormatTraits(
        max_side=1 << 20, bytes_per_pixel=1.2, encoded_pixels_per_second=140e6
    ),
    # The side is libjpeg-turbo's limit. Measured: 0.17 bytes, 6 ms.
    ImageFormat.JPEG: FormatTraits(
        max_side=65_500, bytes_per_pixel=0.25, encoded_pixels_per_second=300e6
    ),
    # The side is the format's own limit. Measured: 0.14 bytes, 46 ms.
    ImageFormat.WEBP: FormatTraits(
        max_side=16_383, bytes_per_pixel=0.2, encoded_pixels_per_second=45e6
    ),
}
"""How each format is encoded stands beside the encoders, in `engine/encoders.py`."""
