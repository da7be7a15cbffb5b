"""What users may have, and what they have."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Self

from fotograma_contracts.readable import codec_names, container_names
from fotograma_contracts.recipe import BYTES_PER_PIXEL, ImageFormat
from pydantic import ConfigDict

from fotograma_video.settings import VideoSettings
from fotograma_video.users.limits import UserLimits
from fotograma_video.users.quotas import Account
from fotograma_video.users.repository import Usage


@dataclass(frozen=True, slots=True)
class UsageBody(Usage):
    """What the user has now."""

    # A dataclass without a configuration gets that of the body it is in.
    __pydantic_config__ = ConfigDict()


_NO_LIMITS = frozenset({"usage", "containers", "codecs", "bytes_per_pixel"})


def _max_of(name: str) -> str:
    return name if name in _NO_LIMITS else f"max_{name}"


@dataclass(frozen=True, slots=True)
class LimitsBody(UserLimits):
    """What may be uploaded, and what the user has of it."""

    __pydantic_config__ = ConfigDict(alias_generator=_max_of, validate_by_name=True)

    frames: int
    pixels: int
    archive_bytes: int
    containers: tuple[str, ...]
    """What can be read, for people."""
    codecs: tuple[str, ...]
    bytes_per_pixel: Mapping[ImageFormat, float]
    """What a frame may come to, by the format of output, at quality 90."""
    usage: UsageBody

    @classmethod
    def of_account(cls, settings: VideoSettings, account: Account) -> Self:
        """The body for the service's limits, the user's own, and the user's usage."""
        return cls(
            **asdict(account.limits),
            frames=settings.video_max_frames,
            pixels=settings.video_max_pixels,
            archive_bytes=settings.video_max_archive_bytes,
            containers=container_names(),
            codecs=codec_names(),
            bytes_per_pixel=BYTES_PER_PIXEL,
            usage=UsageBody(**asdict(account.usage)),
        )
