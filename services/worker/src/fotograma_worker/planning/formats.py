"""What planning knows of each output format: its limits and what its pictures cost. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from fotograma_contracts.recipe import ImageFormat


@dataclass(frozen=True, slots=True)
class FormatTraits:
    """The traits of one output format."""

    max_side: int
    """Pixels a side may have."""
    encoded_pixels_per_second: float
    """Of one core, colour conversion included."""


FORMATS: Mapping[ImageFormat, FormatTraits] = {
    # Measured: 13 ms for a picture of 1080p.
    ImageFormat.PNG: FormatTraits(max_side=1 << 20, encoded_pixels_per_second=140e6),
    # The side is libjpeg-turbo's limit. Measured: 6 ms.
    ImageFormat.JPEG: FormatTraits(max_side=65_500, encoded_pixels_per_second=300e6),
    # The side is the format's own limit. Measured: 46 ms.
    ImageFormat.WEBP: FormatTraits(max_side=16_383, encoded_pixels_per_second=45e6),
}
"""How each format is encoded stands beside the encoders, in `engine/encoders.py`."""
