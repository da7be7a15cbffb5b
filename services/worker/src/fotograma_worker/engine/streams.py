"""Which of a file's video streams is the video.

Attached pictures are never chosen. Out of the running, unless nothing else is there, are streams
that depend on another one (the tiles of a picture), streams of one picture (the still beside a
phone's clip), and those with less than a tenth of the frames of the stream with the most. Among the
rest the choice is that of the `ffmpeg` command: the container's default, then the one with the most
pixels, then the first.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

import av
from av.codec.context import CodecContext
from av.container import InputContainer
from av.stream import Discard, Disposition
from av.video.stream import VideoStream as AvVideoStream
from fotograma_contracts.extractions import PassedOver, VideoStream

from fotograma_worker.findings import Finding, Refusal

StreamName = int | str | None
"""An index in the file, `"video:<n>"` for the n-th video stream, or None for the video."""

MAX_STREAMS = 100
"""Of video, of which one is chosen."""
COUNTED_FRAMES = 10_000
"""Frames of the stream with the most after which counting ends: seven minutes at 25 a second."""
PICTURE_FORMATS = ("apng", "gif")
"""Demuxers (FFmpeg's names) of picture files, which are videos where they hold several pictures."""
_ATTACHED = Disposition.attached_pic | Disposition.timed_thumbnails | Disposition.still_image
_FEW = 10
_PICTURE_BRANDS = frozenset({"avif", "avis", "heic", "heix", "heim", "heis", "mif1", "msf1"})
_HIDDEN = (PassedOver.ATTACHED, PassedOver.DEPENDENT)


def list_streams(
    container: InputContainer, counted: Mapping[int, int] | None = None
) -> tuple[VideoStream, ...]:
    """The video streams of a file, each with the reason to pass it over, if any.

    `counted` are numbers of frames by index, where the container does not state them.
    """
    return ranked(_described(stream, counted or {}) for stream in container.streams.video)


def ranked(streams: Iterable[VideoStream]) -> tuple[VideoStream, ...]:
    """Pass over streams of one picture, or of few beside the one with the most."""
    listed = tuple(islice(streams, MAX_STREAMS))
    most = max((stream.frames or 0 for stream in listed), default=0)
    return tuple(
        stream.model_copy(update={"passed_over": stream.passed_over or _poor(stream, most)})
        for stream in listed
    )


def needs_counting(container: InputContainer, streams: Sequence[VideoStream]) -> bool:
    """Whether it matters how many frames a stream has of which the container does not say it."""
    rivals = [stream for stream in streams if stream.passed_over not in _HIDDEN]
    unknown = any(stream.frames is None for stream in rivals)
    return unknown and (len(rivals) > 1 or _may_be_a_picture(container))


def count_frames(container: InputContainer) -> Mapping[int, int]:
    """Count the packets of each video stream, until one has `COUNTED_FRAMES`."""
    counted = Counter({stream.index: 0 for stream in container.streams.video})
    for stream in container.streams:
        if stream.index not in counted:
            stream.discard = Discard.all
    try:
        for packet in container.demux():
            if packet.size and packet.stream_index in counted:
                counted[packet.stream_index] += 1
                if counted[packet.stream_index] >= COUNTED_FRAMES:
                    break
    except av.error.MemoryError:
        raise
    except av.error.FFmpegError:
        return counted  # what comes before the break counts
    return counted


def choose(streams: Sequence[VideoStream], wanted: StreamName) -> VideoStream | None:
    """Choose a stream; None where there is no video. Raises `Failure` where none has that name."""
    if wanted is not None:
        return _named(streams, wanted)
    rivals = [stream for stream in streams if stream.passed_over is not PassedOver.ATTACHED]
    if not rivals:
        return None
    return max(
        rivals,
        key=lambda stream: (
            stream.passed_over is None,
            stream.passed_over is not PassedOver.DEPENDENT,
            stream.is_default,
            stream.width * stream.height,
            -stream.index,
        ),
    )


def is_picture(container: InputContainer, streams: Sequence[VideoStream]) -> bool:
    """Whether the file is a picture in a video's container (HEIF: ISO/IEC 23008-12): tiles, or one
    frame.
    """
    rivals = [stream for stream in streams if stream.passed_over is not PassedOver.ATTACHED]
    if all(stream.passed_over is PassedOver.DEPENDENT for stream in rivals):
        return True
    return _may_be_a_picture(container) and all(
        stream.passed_over is PassedOver.DEPENDENT or (stream.frames or 0) <= 1 for stream in rivals
    )


def _may_be_a_picture(container: InputContainer) -> bool:
    """By the file's format, or its brands, of four letters each."""
    if container.format.name in PICTURE_FORMATS:
        return True
    brands = container.metadata.get("compatible_brands", "")
    listed = {brands[at : at + 4] for at in range(0, len(brands), 4)}
    return bool({container.metadata.get("major_brand"), *listed} & _PICTURE_BRANDS)


def _named(streams: Sequence[VideoStream], name: int | str) -> VideoStream:
    if isinstance(name, str):
        number = int(name.removeprefix("video:"))
        found = streams[number] if number < len(streams) else None
    else:
        found = next((stream for stream in streams if stream.index == name), None)
    if found is None:
        there = tuple(stream.index for stream in streams)
        raise Refusal(Finding.NO_SUCH_STREAM, stream=name, there=there)
    return found


def codec_name(context: CodecContext | None) -> str:
    """FFmpeg's name of a codec; `unknown` where no decoder is there."""
    return "unknown" if context is None else context.codec.canonical_name


def _described(stream: AvVideoStream, counted: Mapping[int, int]) -> VideoStream:
    context, index = stream.codec_context, stream.index
    return VideoStream(
        index=index,
        codec=codec_name(context),
        width=0 if context is None else max(context.width, 0),
        height=0 if context is None else max(context.height, 0),
        frames=stream.frames if stream.frames > 0 else counted.get(index),
        is_default=bool(stream.disposition & Disposition.default),
        passed_over=_hidden(stream.disposition),
    )


def _hidden(disposition: Disposition) -> PassedOver | None:
    if disposition & _ATTACHED:
        return PassedOver.ATTACHED
    return PassedOver.DEPENDENT if disposition & Disposition.dependent else None


def _poor(stream: VideoStream, most: int) -> PassedOver | None:
    if stream.frames is None:
        return None
    if stream.frames <= 1 < most:
        return PassedOver.ONE_PICTURE
    return PassedOver.FEW_PICTURES if stream.frames * _FEW < most else None
