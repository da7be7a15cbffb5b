"""Scan and extract with the `ffmpeg` command. Runs in a child without a sandbox.

The source is copied to an unnamed scratch file; `ffprobe` lists its packets and `ffmpeg` decodes
every frame. Raw frames come back, and are chosen, converted and encoded as by the other engine:
both produce the same pictures.
"""

import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from fcntl import F_SETFD, fcntl
from fractions import Fraction
from itertools import islice
from typing import IO, Any

import av
import ffmpeg
import numpy as np
from fotograma_contracts.reasons import WarningCode
from fotograma_contracts.samples import Placed, SampleSpan, samples_in

from fotograma_worker.engine.deinterlacing import FrameInContext
from fotograma_worker.engine.ffmpeg_probe import (
    Probed,
    input_options,
    probe,
    rate_of,
    shown_frames,
    started,
)
from fotograma_worker.engine.media import SeekableFile
from fotograma_worker.engine.output import Encoded, FrameOutput
from fotograma_worker.engine.scanning import ScanResult
from fotograma_worker.engine.scenes import SceneScore
from fotograma_worker.engine.versions import engine_versions
from fotograma_worker.ffmpeg_programs import SEARCH_PATH
from fotograma_worker.findings import Finding, Refusal
from fotograma_worker.geometry import Orientation, upright_size
from fotograma_worker.protocol import (
    MAX_TIMESTAMPS,
    ExtractJob,
    ScanJob,
    StreamFacts,
    WarningNote,
)
from fotograma_worker.sampling import Answer, Clock, SpanChooser, chooser_for

_COPIED_AT_ONCE = 1 << 20
_UNSPECIFIED = 2
_MATRICES = {
    "gbr": 0, "bt709": 1, "fcc": 4, "bt470bg": 5, "smpte170m": 6, "smpte240m": 7, "ycgco": 8,
    "bt2020nc": 9, "bt2020c": 10,
}  # fmt: skip
"""Numbers of ITU-T H.273, table 4, by FFmpeg's names."""
_TRANSFERS = {"smpte2084": 16, "arib-std-b67": 18}
_RANGES = {"tv": 1, "pc": 2}


def scan(source: SeekableFile, job: ScanJob) -> ScanResult:
    """List the packets and decode the first frame. Raises `Failure`."""
    with _scratch_copy(source) as file:
        probed = probe(file, source, job.limits.max_pixels, job.stream)
        listed = list(islice(shown_frames(probed), MAX_TIMESTAMPS + 1))
        if len(listed) > MAX_TIMESTAMPS:
            raise Refusal(Finding.TOO_MANY_FRAMES, most=MAX_TIMESTAMPS)
        shown = {pts: is_key for pts, is_key, _ in listed if pts >= probed.first}
        timestamps = np.array(sorted(shown) or [probed.first], np.int64)
        keyframes = np.array([shown.get(pts, True) for pts in timestamps.tolist()], np.bool_)
        end = max((pts + length for pts, _, length in listed), default=probed.first)
        return ScanResult(_facts(probed, max(end, int(timestamps[-1]) + 1)), timestamps, keyframes)


class Extraction:
    """Extracts the frames that answer a job's samples."""

    def __init__(self, source: SeekableFile, job: ExtractJob) -> None:
        self._job = job
        self._file = _scratch_copy(source)
        placed = job.samples if isinstance(job.samples, Placed) else None
        wanted = None if placed is None else placed.stream
        self._probed = probe(self._file, source, job.limits.max_pixels, wanted)
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
            keys = {pts for pts, is_key, _ in shown_frames(self._probed) if is_key}
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

    def warnings(self) -> tuple[WarningNote, ...]:
        """The warnings, after the last frame."""
        return (WarningNote(code=WarningCode.DAMAGED_FRAMES),) if self._complaints else ()

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
                raise Refusal(Finding.UNDECODABLE) from error

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


def _decode(probed: Probed, complaints: IO[bytes]) -> "subprocess.Popen[bytes]":
    options = input_options(probed.max_pixels)
    stream = ffmpeg.input(probed.path, **options)[str(probed.stream["index"])]
    # From 0 on, which comes back with what `_read` adds: NUT has no timestamps below it.
    if probed.counted_rate is None:
        stream = stream.filter("setpts", f"PTS{-probed.first:+d}")
    else:
        stream = stream.filter("settb", str(probed.time_base)).filter("setpts", "N")
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
    return started(command, complaints)


def _facts(probed: Probed, end: int) -> StreamFacts:
    stream = probed.stream
    width, height = int(stream["width"]), int(stream["height"])
    orientation = Orientation(probed.rotation, ())
    upright = upright_size(width, height, probed.sample_aspect_ratio, orientation)
    counted = probed.counted_rate
    claimed = stream.get("duration_ts") if counted is None else None
    began = probed.first * probed.time_base - probed.begins if counted is None else Fraction(0)
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
        frame_rate=counted or _rate(stream),
        is_counted=counted is not None,
        first=probed.first,
        video_start=max(Fraction(0), began),
        stream=stream["index"],
        streams=probed.streams,
        end=end,
        claimed_end=None if claimed is None else _claimed_end(probed, int(claimed)),
        furthest_end=end,
    )


def _claimed_end(probed: Probed, duration: int) -> int:
    """As the other engine reads it, without the boxes: of two possible ends, the earlier one."""
    start = int(probed.stream.get("start_pts", 0))
    counts_the_delay = probed.container.startswith(("mov", "asf"))
    return duration + (min(start, 0) if counts_the_delay else start)


def _rate(stream: Mapping[str, Any]) -> Fraction | None:
    """Frames a second. Where an older FFmpeg tells no average (IVF, MXF), the rate that fits."""
    return rate_of(stream.get("avg_frame_rate", "0/1")) or rate_of(stream["r_frame_rate"])
