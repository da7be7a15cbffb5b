"""Scan and extract with the `ffmpeg` command. Runs in a child without a sandbox.

The source is copied to an unnamed scratch file; `ffprobe` lists its packets and `ffmpeg` decodes
every frame. Raw frames come back, and are chosen, converted and encoded as by the other engine:
both produce the same pictures.
"""

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fcntl import F_SETFD, fcntl
from fractions import Fraction
from functools import partial
from itertools import islice
from typing import IO, Any

import av
import ffmpeg
import numpy as np
from fotograma_contracts.extractions import PassedOver, VideoStream
from fotograma_contracts.readable import CONTAINERS
from fotograma_contracts.reasons import ExtractionWarning, Reason, WarningCode
from fotograma_contracts.samples import Placed, SampleSpan, samples_in

from fotograma_worker.engine.deinterlacing import FrameInContext
from fotograma_worker.engine.encryption import encrypted
from fotograma_worker.engine.media import SeekableFile, check_pixels, unreadable
from fotograma_worker.engine.output import Encoded, FrameOutput
from fotograma_worker.engine.pyav_engine import ScanResult, engine_versions
from fotograma_worker.engine.sandbox.linux import die_with
from fotograma_worker.engine.scenes import SceneScore
from fotograma_worker.engine.streams import StreamName, choose, ranked
from fotograma_worker.errors import Failure
from fotograma_worker.ffmpeg_programs import SEARCH_PATH
from fotograma_worker.geometry import Orientation, upright_size
from fotograma_worker.protocol import MAX_TIMESTAMPS, ExtractJob, ScanJob, StreamFacts
from fotograma_worker.sampling import Answer, Clock, SpanChooser, chooser_for

_COPIED_AT_ONCE = 1 << 20
_STILLS = ("attached_pic", "timed_thumbnails", "still_image")
_ENCRYPTED_TAGS = ("encv", "drmi")
_UNSPECIFIED = 2
_MATRICES = {
    "gbr": 0, "bt709": 1, "fcc": 4, "bt470bg": 5, "smpte170m": 6, "smpte240m": 7, "ycgco": 8,
    "bt2020nc": 9, "bt2020c": 10,
}  # fmt: skip
"""Numbers of ITU-T H.273, table 4, by FFmpeg's names."""
_TRANSFERS = {"smpte2084": 16, "arib-std-b67": 18}
_RANGES = {"tv": 1, "pc": 2}
_NO_FRAME = "The file is damaged: not one frame of its video can be decoded."


@dataclass(frozen=True)
class _Probed:
    """The output of `ffprobe` for the chosen stream and its first displayed frame."""

    path: str
    max_pixels: int
    stream: dict[str, Any]
    streams: tuple[VideoStream, ...]
    begins: Fraction
    """When the file begins, in seconds of its streams' clocks."""
    container: str
    frame: dict[str, Any]

    @property
    def time_base(self) -> Fraction:
        return Fraction(self.stream["time_base"])

    @property
    def first(self) -> int:
        return _time_of(self.frame)

    @property
    def rotation(self) -> int:
        """Clockwise degrees by which `ffmpeg` turns frames."""
        for side_data in self.stream.get("side_data_list", ()):
            if "rotation" in side_data:
                return -round(float(side_data["rotation"]) / 90) * 90 % 360
        return 0

    @property
    def sample_aspect_ratio(self) -> Fraction | None:
        """Of a frame as it is stored."""
        width, _, height = self.stream.get("sample_aspect_ratio", "0:1").partition(":")
        return Fraction(int(width), int(height)) if int(width) and int(height) else None


def scan(source: SeekableFile, job: ScanJob) -> ScanResult:
    """List the packets and decode the first frame. Raises `Failure`."""
    with _scratch_copy(source) as file:
        probed = _probe(file, source, job.limits.max_pixels, job.stream)
        packets = list(islice(_packets(probed), MAX_TIMESTAMPS + 1))
        if len(packets) > MAX_TIMESTAMPS:
            raise Failure(Reason.TOO_MANY_FRAMES, "The video has more frames than can be handled.")
        shown = {pts: is_key for pts, is_key, _ in packets if pts >= probed.first}
        timestamps = np.array(sorted(shown) or [probed.first], np.int64)
        keyframes = np.array([shown.get(pts, True) for pts in timestamps.tolist()], np.bool_)
        end = max((pts + length for pts, _, length in packets), default=probed.first)
        return ScanResult(_facts(probed, max(end, int(timestamps[-1]) + 1)), timestamps, keyframes)


class Extraction:
    """Extracts the frames that answer a job's samples."""

    def __init__(self, source: SeekableFile, job: ExtractJob) -> None:
        self._job = job
        self._file = _scratch_copy(source)
        placed = job.samples if isinstance(job.samples, Placed) else None
        wanted = None if placed is None else placed.stream
        self._probed = _probe(self._file, source, job.limits.max_pixels, wanted)
        first_at = Fraction(0) if placed is None else placed.first_at
        self._clock = Clock(self._probed.time_base, self._probed.first, first_at)
        ratio = self._probed.sample_aspect_ratio
        if ratio and self._probed.rotation in (90, 270):
            ratio = 1 / ratio
        self._output = FrameOutput(job, ratio, self._clock)
        self._complaints = 0

    def encoded(self) -> Iterator[Encoded]:
        """The frames in time order, and sprite sheets of thumbnails; once. Raises `Failure`."""
        with self._file:
            yield from self._output.encoded(self._answers())

    def _answers(self) -> Iterator[Answer[FrameInContext]]:
        samples, score = samples_in(self._job.samples), SceneScore()
        chooser = chooser_for(samples, self._clock, lambda moment: score(moment.frame))  # type: Any
        keys = None
        if isinstance(samples, SampleSpan) and samples.keyframes_only:
            chooser = SpanChooser[FrameInContext](samples, self._clock)
            keys = {pts for pts, is_key, _ in _packets(self._probed) if is_key}
        for timestamp, frame in self._decoded():
            if keys is not None and timestamp not in keys:
                continue
            yield from chooser.push(timestamp, FrameInContext(frame))
            if chooser.is_done:
                return
        yield from chooser.finish()

    @property
    def frames_seen(self) -> int | None:
        """Not counted: the command's frames are not held against the packets'."""
        return None

    def warnings(self) -> tuple[ExtractionWarning, ...]:
        """The warnings, after the last frame."""
        if not self._complaints:
            return ()
        detail = "The video is damaged: decoding failed or was uncertain. Frames may be missing."
        return (ExtractionWarning(code=WarningCode.DAMAGED_FRAMES, detail=detail),)

    def _decoded(self) -> Iterator[tuple[int, av.VideoFrame]]:
        """Every frame, raw, with its timestamp in the source's time base."""
        with tempfile.TemporaryFile() as complaints, _decode(self._probed, complaints) as process:
            try:
                yield from self._read(process.stdout)
            finally:
                process.kill()
                process.wait()
                self._complaints = complaints.tell()

    def _read(self, pipe: Any) -> Iterator[tuple[int, av.VideoFrame]]:
        base, first, latest = self._probed.time_base, self._probed.first, None
        try:
            with av.open(pipe, "r", format="nut") as container:
                stream = container.streams.video[0]
                assert stream.time_base is not None  # noqa: S101 - every open stream has one
                for frame in container.decode(stream):
                    if frame.pts is None:
                        continue
                    timestamp = first + round(frame.pts * stream.time_base / base)
                    if latest is None or timestamp > latest:
                        latest = timestamp
                        yield timestamp, self._coloured(frame)
        except (av.error.InvalidDataError, av.error.EOFError, IndexError) as error:
            if latest is None:
                raise Failure(Reason.DAMAGED, _NO_FRAME) from error

    def _coloured(self, frame: av.VideoFrame) -> av.VideoFrame:
        """Set a raw frame's colour metadata."""
        described = self._probed.frame
        frame.colorspace = _MATRICES.get(described.get("color_space", ""), _UNSPECIFIED)
        frame.color_range = _RANGES.get(described.get("color_range", ""), 0)
        frame.color_trc = _TRANSFERS.get(described.get("color_transfer", ""), _UNSPECIFIED)
        return frame


def versions() -> dict[str, str]:
    """The versions of what the bytes of a frame depend on."""
    said = subprocess.run(
        ["ffmpeg", "-version"],  # noqa: S607 - looked for in the child's own search path
        check=True, capture_output=True, text=True, timeout=30, env={"PATH": SEARCH_PATH},
    )  # fmt: skip
    return {**engine_versions(), "ffmpeg": said.stdout.split()[2]}


def _scratch_copy(source: SeekableFile) -> IO[bytes]:
    """Copy the source to a file without a name, which vanishes with the process."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
    source.seek(0)
    while chunk := source.read(_COPIED_AT_ONCE):
        file.write(chunk)
    file.flush()
    fcntl(file.fileno(), F_SETFD, 0)  # the commands inherit it
    return file


def _input_options(max_pixels: int) -> dict[str, str]:
    """Options that keep FFmpeg from opening other files and from taking too much memory."""
    return {
        "format_whitelist": ",".join(CONTAINERS),
        "protocol_whitelist": "file",
        "max_pixels": str(max_pixels),
    }


def _probe(file: IO[bytes], source: SeekableFile, max_pixels: int, wanted: StreamName) -> _Probed:
    path = f"/proc/self/fd/{file.fileno()}"
    options = _input_options(max_pixels)
    said = _json(_ffprobe(path, options, "-show_format", "-show_streams"))
    if not said.get("streams"):
        raise unreadable(source)
    streams = _described(said["streams"])
    chosen = choose(streams, wanted)
    if chosen is None:
        raise Failure(Reason.NO_VIDEO_STREAM, "This file holds no video.")
    stream = next(each for each in said["streams"] if each["index"] == chosen.index)
    if stream.get("codec_tag_string") in _ENCRYPTED_TAGS:
        raise encrypted()
    check_pixels(int(stream.get("width", 0)), int(stream.get("height", 0)), max_pixels)
    first = ("-select_streams", str(stream["index"]), "-show_frames", "-read_intervals", "%+#50")
    frames = _json(_ffprobe(path, options, *first)).get("frames", [])
    frame = next((frame for frame in frames if "pts" in frame or "pkt_dts" in frame), None)
    if frame is None:
        raise Failure(Reason.DAMAGED, _NO_FRAME)
    about = said["format"]
    begins = Fraction(about.get("start_time", "0"))
    return _Probed(path, max_pixels, stream, streams, begins, about["format_name"], frame)


def _described(streams: Sequence[dict[str, Any]]) -> tuple[VideoStream, ...]:
    """The video streams, by `ffprobe`, which counts frames where the container states them."""
    return ranked(
        VideoStream(
            index=stream["index"],
            codec=stream.get("codec_name", "unknown"),
            width=stream.get("width", 0),
            height=stream.get("height", 0),
            frames=int(stream["nb_frames"]) if "nb_frames" in stream else None,
            is_default=bool(stream["disposition"].get("default")),
            passed_over=_hidden(stream["disposition"]),
        )
        for stream in streams
        if stream.get("codec_type") == "video"
    )


def _hidden(disposition: dict[str, int]) -> PassedOver | None:
    if any(disposition.get(still) for still in _STILLS):
        return PassedOver.ATTACHED
    return PassedOver.DEPENDENT if disposition.get("dependent") else None


def _ffprobe(path: str, options: dict[str, str], *arguments: str) -> list[str]:
    given = [part for name, value in options.items() for part in (f"-{name}", value)]
    return ["ffprobe", "-v", "quiet", *given, *arguments, path]


def _json(command: list[str]) -> dict[str, Any]:
    with _started([*command[:-1], "-of", "json", command[-1]]) as process:
        said, _ = process.communicate()
    result: dict[str, Any] = {}
    with suppress(ValueError):
        result = json.loads(said)
    return result


def _packets(probed: _Probed) -> Iterator[tuple[int, bool, int]]:
    """Timestamp, whether it is a keyframe, and duration, of packets that are shown."""
    entries = ("-show_entries", "packet=pts,dts,duration,flags", "-of", "compact=p=0")
    select = ("-select_streams", str(probed.stream["index"]))
    with _started(
        _ffprobe(probed.path, _input_options(probed.max_pixels), *select, *entries)
    ) as process:
        try:
            for line in process.stdout or ():
                packet = dict(
                    part.split("=", 1) for part in line.decode().strip().split("|") if part
                )
                timestamp = next(
                    (packet[key] for key in ("pts", "dts") if packet.get(key, "N/A") != "N/A"), None
                )
                if timestamp is not None and "D" not in packet.get("flags", ""):
                    length = packet.get("duration", "N/A")
                    yield (
                        int(timestamp),
                        "K" in packet["flags"],
                        0 if length == "N/A" else int(length),
                    )
        finally:
            process.kill()


def _decode(probed: _Probed, complaints: IO[bytes]) -> "subprocess.Popen[bytes]":
    options = _input_options(probed.max_pixels)
    stream = ffmpeg.input(probed.path, **options)[str(probed.stream["index"])]
    # From 0 on, which comes back with what `_read` adds: NUT has no timestamps below it.
    stream = stream.filter("setpts", f"PTS{-probed.first:+d}")
    if int(probed.frame.get("interlaced_frame", 0)):
        stream = stream.filter("bwdif", "send_frame", "auto", "interlaced")
    command = (
        stream.output(
            "pipe:1",
            format="nut",
            vcodec="rawvideo",
            vsync="passthrough",
            enc_time_base=str(probed.time_base),
            avoid_negative_ts="disabled",
            copyts=None,
        )
        .global_args("-v", "error", "-nostdin")
        .compile()
    )
    return _started(command, complaints)


def _started(command: list[str], complaints: IO[bytes] | None = None) -> "subprocess.Popen[bytes]":
    """Start a command that dies with this process."""
    return subprocess.Popen(  # noqa: S603 - nothing in it comes from a file
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL if complaints is None else complaints,
        close_fds=False,
        env={"PATH": SEARCH_PATH},
        preexec_fn=partial(die_with, os.getpid()),  # noqa: PLW1509 - this process has one thread
    )


def _time_of(frame: dict[str, Any]) -> int:
    return int(frame["pts"] if "pts" in frame else frame["pkt_dts"])


def _facts(probed: _Probed, end: int) -> StreamFacts:
    stream = probed.stream
    width, height = int(stream["width"]), int(stream["height"])
    orientation = Orientation(probed.rotation, ())
    upright = upright_size(width, height, probed.sample_aspect_ratio, orientation)
    rate = Fraction(stream.get("avg_frame_rate", "0/1").replace("/0", "/1"))
    claimed = stream.get("duration_ts")
    return StreamFacts(
        container=probed.container,
        codec=stream["codec_name"],
        width=width,
        height=height,
        upright_width=upright.width,
        upright_height=upright.height,
        rotation=probed.rotation,
        is_hdr=probed.frame.get("color_transfer") in _TRANSFERS,
        time_base=probed.time_base,
        frame_rate=rate or None,
        first=probed.first,
        video_start=max(Fraction(0), probed.first * probed.time_base - probed.begins),
        stream=stream["index"],
        streams=probed.streams,
        end=end,
        claimed_end=None if claimed is None else _claimed_end(probed, int(claimed)),
        furthest_end=end,
    )


def _claimed_end(probed: _Probed, duration: int) -> int:
    """As the other engine reads it, without the boxes: of two possible ends, the earlier one."""
    start = int(probed.stream.get("start_pts", 0))
    counts_the_delay = probed.container.startswith(("mov", "asf"))
    return duration + (min(start, 0) if counts_the_delay else start)
