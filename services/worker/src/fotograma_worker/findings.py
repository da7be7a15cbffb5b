"""What a decoding child may tell of a file, and the sentences that users read of it.

A hostile file may have taken the child over, so that a child tells codes and numbers and never
words: the sentences are the worker's own.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, NamedTuple

from fotograma_contracts.readable import container_names
from fotograma_contracts.reasons import Reason
from pydantic import Field

from fotograma_worker.errors import Failure

Name = Annotated[str, Field(pattern=r"^[a-z0-9_:]{1,64}$")]
"""A codec, or a stream as a recipe names it: too little to write a sentence with, or an address."""
Number = Annotated[int, Field(ge=0, le=1 << 62)]
Values = Annotated[
    dict[Name, Number | Name | Annotated[tuple[Number, ...], Field(max_length=100)]],
    Field(max_length=4),
]


class Finding(StrEnum):
    """Why a file gives no frames, as a child may say."""

    NOT_A_VIDEO = "not_a_video"
    PICTURE = "picture"
    UNREADABLE = "unreadable"
    UNDECODABLE = "undecodable"
    IMPOSSIBLE = "impossible"
    ENCRYPTED = "encrypted"
    NO_VIDEO = "no_video"
    SOUND_ONLY = "sound_only"
    NO_SUCH_STREAM = "no_such_stream"
    UNSUPPORTED_CODEC = "unsupported_codec"
    TOO_MANY_PIXELS = "too_many_pixels"
    TOO_MANY_FRAMES = "too_many_frames"
    MEMORY_LIMIT = "memory_limit"


class _Told(NamedTuple):
    reason: Reason
    sentence: str


_FAILURES: Mapping[Finding, _Told] = {
    Finding.NOT_A_VIDEO: _Told(
        Reason.NOT_A_VIDEO,
        "This is not a video file that Fotograma can read. "
        f"It reads {', '.join(container_names())}.",
    ),
    Finding.PICTURE: _Told(Reason.NOT_A_VIDEO, "This is a picture, not a video."),
    Finding.UNREADABLE: _Told(
        Reason.DAMAGED, "The file is damaged or incomplete: its video cannot be read."
    ),
    Finding.UNDECODABLE: _Told(
        Reason.DAMAGED, "The file is damaged: not one frame of its video can be decoded."
    ),
    Finding.IMPOSSIBLE: _Told(
        Reason.DAMAGED, "The file is damaged: what it says of its video is impossible."
    ),
    Finding.ENCRYPTED: _Told(
        Reason.ENCRYPTED, "This video is encrypted (DRM); Fotograma cannot open it."
    ),
    Finding.NO_VIDEO: _Told(Reason.NO_VIDEO_STREAM, "This file holds no video."),
    Finding.SOUND_ONLY: _Told(Reason.NO_VIDEO_STREAM, "This file has sound but no picture."),
    Finding.NO_SUCH_STREAM: _Told(
        Reason.NO_VIDEO_STREAM,
        "This file has no video stream {stream}; its video streams are: {there}.",
    ),
    Finding.UNSUPPORTED_CODEC: _Told(
        Reason.UNSUPPORTED_CODEC,
        "The video is encoded with {codec}, which Fotograma cannot decode.",
    ),
    Finding.TOO_MANY_PIXELS: _Told(
        Reason.TOO_MANY_PIXELS,
        "The video is {width:,} x {height:,} pixels; at most {most:,} pixels a frame "
        "and {side:,} a side are allowed.",
    ),
    Finding.TOO_MANY_FRAMES: _Told(
        Reason.TOO_MANY_FRAMES,
        "The video has more than {most:,} frames, which is more than Fotograma can handle.",
    ),
    Finding.MEMORY_LIMIT: _Told(
        Reason.MEMORY_LIMIT, "Decoding this video needs more memory than Fotograma allows."
    ),
}


class Refusal(Failure):
    """The failure of a child that says what it found.

    Raises `ValueError` when the values are not those of the finding's sentence.
    """

    def __init__(self, finding: Finding, **values: int | str | tuple[int, ...]) -> None:
        reason, sentence = _FAILURES[finding]
        super().__init__(reason, _filled(sentence, values))
        self.finding = finding
        self.values = values


def _filled(sentence: str, values: Mapping[str, int | str | tuple[int, ...]]) -> str:
    written = {
        name: (", ".join(map(str, value)) or "none") if isinstance(value, tuple) else value
        for name, value in values.items()
    }
    try:
        return sentence.format_map(written)
    except KeyError as error:
        raise ValueError(f"no value for {error}") from error


def damaged_frames(times: int) -> str:
    """Decoding failed so often; 0 where that is not known."""
    said = "The video is damaged: decoding failed or was uncertain"
    if not times:
        return f"{said}. Frames may be missing."
    counted = "once" if times == 1 else f"{times:,} times"
    return f"{said} {counted}. Frames may be missing or look wrong."


def times_repeat(count: int) -> str:
    """So many frames were left out."""
    frames = "1 frame has" if count == 1 else f"{count:,} frames have"
    return f"{frames} no time after the frame before, and cannot be shown: left out."
