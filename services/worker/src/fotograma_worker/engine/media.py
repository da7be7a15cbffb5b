"""Open hostile files with PyAV: allow-lists, limits, and the right stream."""

from __future__ import annotations  # av.Packet is generic for type checkers only

import mmap
from array import array
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, NoReturn, Protocol

import av
from av.container import InputContainer
from av.stream import Discard
from av.video.frame import PictureType
from av.video.stream import VideoStream
from fotograma_contracts.extractions import VideoStream as StreamFacts
from fotograma_contracts.readable import CODECS, CONTAINERS, RAW
from fotograma_contracts.samples import ClockBreak

from fotograma_worker.engine.display_order import KeyframePlaces
from fotograma_worker.engine.gif import is_cut
from fotograma_worker.engine.hidden import IsHidden, hidden_test
from fotograma_worker.engine.packed import is_packed
from fotograma_worker.engine.streams import (
    PICTURE_FORMATS,
    StreamName,
    choose,
    codec_name,
    count_frames,
    is_picture,
    list_streams,
    needs_counting,
)
from fotograma_worker.findings import Finding, Refusal
from fotograma_worker.protocol import MAX_SIDE

_NEED_KEYFRAME = frozenset({"av1", "h264", "hevc", "vp8", "vp9"})
"""Codecs whose decoders show nothing before a keyframe."""
_ALONE = frozenset({"mpeg1video", "mpeg2video", "mpeg4"})
"""Codecs whose B pictures no other picture refers to."""
_NO_DECODERS = ("none",)
AUDIO_CODECS = ("aac", "mp3", "mp3float", "ac3", "opus", "libopus", "vorbis", "flac")
"""The decoders with which the demuxer may probe sound; no sound is ever decoded."""

BUFFER_SIZE = 32 * 1024
DECODER_THREADS = 2
RATE_OF_RAW = Fraction(25)
_MEMORY_RESERVE = 32 << 20
_RESERVED_BYTES_PER_PIXEL = 16
_SIGNATURES = (
    (b"ftyp", 4), (b"moov", 4), (b"mdat", 4), (b"\x1a\x45\xdf\xa3", 0), (b"RIFF", 0),
    (b"FLV\x01", 0), (b"OggS", 0), (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", 0),
    (b"\x00\x00\x01\xba", 0), (b"\x06\x0e\x2b\x34\x02\x05\x01\x01\x0d\x01\x02", 0),
    (b"\x00\x00\x00\x00\x01\xbc", 0), (b"DKIF", 0), (b"YUV4MPEG2 ", 0),
)  # fmt: skip
"""How files of the allowed formats begin, and where."""
_PICTURES = (
    (b"\xff\xd8\xff", 0), (b"\x89PNG\r\n\x1a\n", 0), (b"GIF8", 0), (b"WEBP", 8), (b"BM", 0),
    (b"II*\0", 0), (b"MM\0*", 0), (b"\0\0\0\x0cjP  ", 0), (b"\0\0\0\x0cJXL ", 0), (b"\xff\x0a", 0),
    (b"ftypavif", 4), (b"ftyphei", 4), (b"ftypmif1", 4), (b"8BPS", 0),
)  # fmt: skip
"""How pictures begin: JPEG, PNG, GIF, WebP, BMP, TIFF, JPEG 2000, JPEG XL, AVIF, HEIC, PSD."""


class SeekableFile(Protocol):
    """A seekable file object."""

    def read(self, size: int) -> bytes: ...
    def seek(self, offset: int, whence: int = 0) -> int: ...
    def tell(self) -> int: ...


@dataclass
class Video:
    """An open file, its video stream, and the damage found so far."""

    source: SeekableFile
    max_pixels: int
    container: InputContainer
    stream: VideoStream
    streams: tuple[StreamFacts, ...] = ()
    """All video streams of the file."""
    damage: int = 0
    """Packets and frames that could not be decoded or are known to be corrupt."""
    repeated: array[int] = field(default_factory=lambda: array("q"))
    """Timestamps of frames that came when a frame of that time, or a later one, was shown."""
    reads_all_streams: bool = True
    decoder_threads: int = DECODER_THREADS
    """Of those that decode several frames at once; 1: frame by frame."""
    is_packed: bool = False
    """Packets hold two frames of MPEG-4 Part 2, and others none ("packed B-frames", in AVI)."""
    breaks: Sequence[ClockBreak] = ()
    """Where its clock starts again."""
    overlap: int = 0
    """How far the times of edits overlap."""

    @property
    def counted_rate(self) -> Fraction | None:
        """The rate at which frames are counted where the file has no times: what the video states,
        or FFmpeg's 25 a second.
        """
        if self.container.format.name not in RAW:
            return None
        return self.stream.guessed_rate or RATE_OF_RAW

    @property
    def time_base(self) -> Fraction:
        """Seconds of one timestamp unit."""
        if self.counted_rate is not None:
            return 1 / self.counted_rate
        assert self.stream.time_base is not None  # noqa: S101 - every open stream has one
        return self.stream.time_base

    @property
    def has_presentation_times(self) -> bool:
        """Whether packets have presentation times.

        AVI stores no timestamps, and those FFmpeg makes up for these codecs, and where a packet
        holds two frames, ignore reordering. Of video without a container the packets are counted.
        Frames then take the decoding times in order, which is right from the beginning of the file
        only.
        """
        codec = self.stream.codec_context.codec.name
        name = self.container.format.name
        is_avi_in_order = name == "avi" and (codec in {"h264", "hevc"} or self.is_packed)
        return name not in RAW and not is_avi_in_order

    @property
    def can_be_entered_anywhere(self) -> bool:
        """Whether a frame is the same, at the same timestamp, wherever reading began.

        MPEG program streams store the time of some frames only; FFmpeg counts on from them. In GIF
        and APNG a frame may be drawn over all frames before it.
        """
        formats = ("mpeg", *PICTURE_FORMATS)
        is_sure = self.has_presentation_times and not self.breaks
        return is_sure and self.container.format.name not in formats

    @property
    def has_lone_keyframes(self) -> bool:
        """Whether a keyframe can be decoded, and has its time, without what precedes it."""
        is_drawn_over = self.container.format.name in PICTURE_FORMATS
        return self.has_presentation_times and not is_drawn_over

    def is_damaged(self, packet: av.Packet[Any]) -> bool:
        """Whether a packet is known to be corrupt or cut before it is decoded."""
        return packet.is_corrupt or (
            self.container.format.name == "gif" and is_cut(memoryview(packet).tobytes())
        )

    @property
    def starts_anywhere(self) -> bool:
        """Whether the decoder begins at any packet without complaint, if with garbled frames.

        A container that marks the wrong packets as keyframes is then not found out by itself.
        """
        return self.stream.codec_context.codec.canonical_name not in _NEED_KEYFRAME

    def is_alone(self, frame: av.VideoFrame) -> bool:
        """Whether what is wrong with a frame cannot spoil another."""
        codec = self.stream.codec_context.codec.canonical_name
        return codec in _ALONE and frame.pict_type == PictureType.B

    def hidden_test(self) -> IsHidden | None:
        """A test for packets that show no frame, for one reading of the file."""
        context = self.stream.codec_context
        codec = context.codec.canonical_name
        return hidden_test(codec, context.extradata, is_packed=self.is_packed)

    def keyframe_places(self) -> KeyframePlaces | None:
        """Finds when keyframes are shown, in one reading of the file; None where packets tell."""
        if self.has_presentation_times:
            return None
        context = self.stream.codec_context
        return KeyframePlaces(context.codec.canonical_name, context.extradata)

    def timestamp_of(self, packet: av.Packet[Any]) -> int | None:
        """The presentation time of a packet's frame, or its decoding time where there is none.

        Decoding times are the same times, in another order than the frames they come with.
        """
        if packet.pts is not None and self.has_presentation_times:
            return packet.pts
        return packet.dts

    def findings(self) -> tuple[int, int]:
        """How much damage, and how many repeated times, were found so far."""
        return self.damage, len(self.repeated)

    def forget_since(self, findings: tuple[int, int]) -> None:
        """Forget what was found since: the same packets are read again."""
        self.damage, repeated = findings
        del self.repeated[repeated:]


@dataclass(frozen=True)
class FoundVideo:
    """An open file and its video stream, which nothing has been asked of yet."""

    source: SeekableFile
    max_pixels: int
    container: InputContainer
    streams: tuple[StreamFacts, ...]
    index: int
    """Of the chosen stream."""


def find_video(
    source: SeekableFile, max_pixels: int, wanted: StreamName = None, *, may_count: bool = True
) -> FoundVideo:
    """Open the file and choose its video stream, or the one that is wanted. Raises `Failure`.

    `may_count` allows to read the file where the number of a stream's frames matters.
    """
    container = _open(source, max_pixels)
    streams = list_streams(container)
    if may_count and needs_counting(container, streams):
        counted = count_frames(container)
        container.close()
        container = _open(source, max_pixels)
        streams = list_streams(container, counted)
    chosen = choose(streams, wanted)
    if chosen is None:
        _refuse_without_video(container)
    if wanted is None and is_picture(container, streams):
        check_declared_pixels(source, max_pixels, chosen.index)
        raise Refusal(Finding.PICTURE)
    return FoundVideo(source, max_pixels, container, streams, chosen.index)


def prepare(found: FoundVideo) -> Video:
    """Set up the stream to be decoded. Raises `Failure` where it cannot be."""
    stream = _prepared(found.container, found.index, found.max_pixels)
    video = Video(found.source, found.max_pixels, found.container, stream, found.streams)
    packed = is_packed(found.container, stream)
    if packed is not None:
        video.is_packed = packed
        rewind(video)
    return video


def open_video(source: SeekableFile, max_pixels: int, wanted: StreamName = None) -> Video:
    """Open the file and set up its video stream, or the one that is wanted. Raises `Failure`."""
    return prepare(find_video(source, max_pixels, wanted, may_count=wanted is None))


def rewind(video: Video) -> None:
    """Reopen the file at its beginning: seeking there is not reliable in every container."""
    index = video.stream.index
    video.container.close()
    video.container = _open(video.source, video.max_pixels)
    video.stream = _prepared(video.container, index, video.max_pixels)
    if video.decoder_threads == 1:
        video.stream.thread_type = "NONE"
    if not video.reads_all_streams:
        discard_other_streams(video)


def another_decoder(video: Video) -> VideoStream:
    """The same stream of the same file, whose packets are not read: a decoder of one thread."""
    with place_kept(video.source):
        container = _open(video.source, video.max_pixels)
        stream = _prepared(container, video.stream.index, video.max_pixels)
    stream.thread_type = "NONE"
    return stream


@contextmanager
def place_kept(source: SeekableFile) -> Iterator[None]:
    """Return to where the demuxer left off, once something else of the file has been read."""
    position = source.tell()
    try:
        yield
    finally:
        source.seek(position)


def check_pixels(width: int, height: int, max_pixels: int) -> None:
    """Raise `Failure` when frames are larger than allowed."""
    if width * height > max_pixels or max(width, height) > MAX_SIDE:
        size = {"width": width, "height": height, "most": max_pixels, "side": MAX_SIDE}
        raise Refusal(Finding.TOO_MANY_PIXELS, **size)


def check_declared_pixels(source: SeekableFile, max_pixels: int, index: int) -> None:
    """Raise `Failure` when the container declares frames larger than allowed.

    Some decoders (MJPEG, VP9, APNG) drop a size that is too large, so the file is opened without
    any.
    """
    container = _open(source, max_pixels, decoders=_NO_DECODERS)
    for stream in container.streams.video:
        if stream.index == index:
            check_pixels(stream.codec_context.width, stream.codec_context.height, max_pixels)


def discard_other_streams(video: Video) -> None:
    """Skip the packets of other streams where the demuxer can."""
    video.reads_all_streams = False
    for stream in video.container.streams:
        if stream.index != video.stream.index:
            stream.discard = Discard.all


def memory_is_short(pixels: int = 0) -> bool:
    """Whether memory is nearly used up: libavcodec reports a failed allocation as invalid data.

    Decoding frames of so many pixels allocates blocks that may fail where small ones succeed.
    """
    needed = _MEMORY_RESERVE + pixels * _RESERVED_BYTES_PER_PIXEL
    try:
        with mmap.mmap(-1, needed, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS):
            return False
    except (OSError, MemoryError):
        return True


def memory_failure() -> Refusal:
    """The failure when decoding needs more memory than a decoder may have."""
    return Refusal(Finding.MEMORY_LIMIT)


def _open(
    source: SeekableFile,
    max_pixels: int,
    *,
    decoders: Iterable[str] = (*sorted(CODECS), *AUDIO_CODECS),
) -> InputContainer:
    source.seek(0)
    try:
        return av.open(
            source,
            mode="r",
            options={
                "format_whitelist": ",".join(CONTAINERS),
                "codec_whitelist": ",".join(decoders),
                "max_pixels": str(max_pixels),
            },
            buffer_size=BUFFER_SIZE,
            metadata_errors="replace",
            io_open=_refuse_other_files,
        )
    except av.error.MemoryError as error:
        raise memory_failure() from error
    except (av.error.FFmpegError, ValueError) as error:
        if memory_is_short():
            raise memory_failure() from error
        raise unreadable(source) from error


def _refuse_other_files(*_: object) -> NoReturn:
    raise PermissionError("a video file may not open other files")


def unreadable(source: SeekableFile) -> Refusal:
    """The failure of a file that cannot be opened: a picture if it begins like one, damaged if it
    begins like a video, else no video.
    """
    source.seek(0)
    beginning = source.read(16)
    if any(beginning.startswith(magic, at) for magic, at in _PICTURES):
        return Refusal(Finding.PICTURE)
    if any(beginning.startswith(magic, at) for magic, at in _SIGNATURES):
        return Refusal(Finding.UNREADABLE)
    return Refusal(Finding.NOT_A_VIDEO)


def _prepared(container: InputContainer, index: int, max_pixels: int) -> VideoStream:
    """The stream of that index, set up to be decoded. Raises `Failure` where it cannot be."""
    stream = next((stream for stream in container.streams.video if stream.index == index), None)
    if stream is None:
        raise Refusal(Finding.UNREADABLE)
    context = stream.codec_context
    if context is None or context.codec.name not in CODECS:
        raise Refusal(Finding.UNSUPPORTED_CODEC, codec=codec_name(context))
    check_pixels(context.width, context.height, max_pixels)
    context.options = {"max_pixels": str(max_pixels)}
    context.thread_count = DECODER_THREADS
    stream.thread_type = "AUTO"
    return stream


def _refuse_without_video(container: InputContainer) -> NoReturn:
    if container.streams.audio:
        raise Refusal(Finding.SOUND_ONLY)
    if not container.streams:
        raise Refusal(Finding.UNREADABLE)
    raise Refusal(Finding.NO_VIDEO)
