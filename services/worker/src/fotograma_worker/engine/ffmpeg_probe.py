"""Ask `ffprobe` of a file, for the engine that drives the `ffmpeg` command."""

import json
import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import IO, Any

from fotograma_contracts.extractions import PassedOver, VideoStream
from fotograma_contracts.readable import CONTAINERS, RAW

from fotograma_worker.engine.encryption import encrypted
from fotograma_worker.engine.media import RATE_OF_RAW, SeekableFile, check_pixels, unreadable
from fotograma_worker.engine.sandbox.linux import die_with
from fotograma_worker.engine.streams import StreamName, choose, ranked
from fotograma_worker.ffmpeg_programs import SEARCH_PATH
from fotograma_worker.findings import Finding, Refusal

_STILLS = ("attached_pic", "timed_thumbnails", "still_image")
_ENCRYPTED_TAGS = ("encv", "drmi")


@dataclass(frozen=True)
class Probed:
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
    def counted_rate(self) -> Fraction | None:
        """The rate at which frames are counted where the file has no times, as by the other engine;
        else None.
        """
        if self.container not in RAW:
            return None
        return rate_of(self.stream["r_frame_rate"]) or RATE_OF_RAW

    @property
    def time_base(self) -> Fraction:
        rate = self.counted_rate
        return Fraction(self.stream["time_base"]) if rate is None else 1 / rate

    @property
    def first(self) -> int:
        return 0 if self.counted_rate is not None else _time_of(self.frame)

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


def input_options(max_pixels: int) -> dict[str, str]:
    """Options that keep FFmpeg from opening other files and from taking too much memory."""
    return {
        "format_whitelist": ",".join(CONTAINERS),
        "protocol_whitelist": "file",
        "max_pixels": str(max_pixels),
    }


def probe(file: IO[bytes], source: SeekableFile, max_pixels: int, wanted: StreamName) -> Probed:
    path = f"/proc/self/fd/{file.fileno()}"
    options = input_options(max_pixels)
    said = _json(_ffprobe(path, options, "-show_format", "-show_streams"))
    if not said.get("streams"):
        raise unreadable(source)
    streams = _described(said["streams"])
    chosen = choose(streams, wanted)
    if chosen is None:
        raise Refusal(Finding.NO_VIDEO)
    stream = next(each for each in said["streams"] if each["index"] == chosen.index)
    if stream.get("codec_tag_string") in _ENCRYPTED_TAGS:
        raise encrypted()
    check_pixels(int(stream.get("width", 0)), int(stream.get("height", 0)), max_pixels)
    first = ("-select_streams", str(stream["index"]), "-show_frames", "-read_intervals", "%+#50")
    frames = _json(_ffprobe(path, options, *first)).get("frames", [])
    about = said["format"]
    is_counted = about["format_name"] in RAW
    timed = (each for each in frames if is_counted or "pts" in each or "pkt_dts" in each)
    frame = next(timed, None)
    if frame is None:
        raise Refusal(Finding.UNDECODABLE)
    begins = Fraction(about.get("start_time", "0"))
    return Probed(path, max_pixels, stream, streams, begins, about["format_name"], frame)


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
    with started([*command[:-1], "-of", "json", command[-1]]) as process:
        said, _ = process.communicate()
    result: dict[str, Any] = {}
    with suppress(ValueError):
        result = json.loads(said)
    return result


def shown_frames(probed: Probed) -> Iterator[tuple[int, bool, int]]:
    """Timestamp, whether it is a keyframe, and duration, of the frames by their packets; of a file
    without times, by the frames themselves, counted.
    """
    if probed.counted_rate is not None:
        frames = _listed(probed, "frame=key_frame")
        for number, frame in enumerate(frame for frame in frames if "key_frame" in frame):
            yield number, frame["key_frame"] == "1", 1
        return
    for packet in _listed(probed, "packet=pts,dts,duration,flags"):
        timestamp = packet.get("pts", packet.get("dts"))
        if timestamp is not None and "D" not in packet.get("flags", ""):
            yield int(timestamp), "K" in packet["flags"], int(packet.get("duration", 0))


def _listed(probed: Probed, entries: str) -> Iterator[dict[str, str]]:
    """What is known of each of the stream's packets or frames, line by line."""
    select = ("-select_streams", str(probed.stream["index"]))
    shape = ("-show_entries", entries, "-of", "compact=p=0")
    command = _ffprobe(probed.path, input_options(probed.max_pixels), *select, *shape)
    with started(command) as process:
        try:
            for line in process.stdout or ():
                fields = (part.split("=", 1) for part in line.decode().strip().split("|") if part)
                yield {name: value for name, value in fields if value != "N/A"}
        finally:
            process.kill()


def started(command: list[str], complaints: IO[bytes] | None = None) -> "subprocess.Popen[bytes]":
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


def rate_of(said: str) -> Fraction | None:
    """A rate as `ffprobe` says it; None where it says that there is none."""
    return Fraction(said.replace("/0", "/1")) or None


def _time_of(frame: dict[str, Any]) -> int:
    return int(frame["pts"] if "pts" in frame else frame["pkt_dts"])
