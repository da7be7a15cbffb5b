"""The adapter that drives the `ffmpeg` command gives the frames that PyAV gives."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from fixtures.clips import decode_image, make_clip, read_number
from fixtures.extraction import MAX_PIXELS, extract_file, frames_of, limits, scan_file
from fixtures.zoo import ZOO
from fotograma_contracts.reasons import Reason
from fotograma_contracts.recipe import EveryInterval, Keyframes, Output, Recipe, Sampling
from fotograma_contracts.samples import SampleGrid, SegmentSamples
from fotograma_worker.decoding import engines
from fotograma_worker.decoding.child_decoder import ChildDecoder
from fotograma_worker.decoding.engines import FFMPEG, ProgramsMissing
from fotograma_worker.decoding.port import DecodeLimits, Scan
from fotograma_worker.decoding.sandboxes import NoSandbox
from fotograma_worker.engine import ffmpeg_engine
from fotograma_worker.errors import Failure
from fotograma_worker.planning.plan import plan_extraction
from fotograma_worker.protocol import ChildLimits, EncodedFrame, ExtractJob, ScanJob
from fotograma_worker.settings import WorkerSettings
from pydantic import ValidationError

pytestmark = pytest.mark.middle

LIMITS = ChildLimits(memory_bytes=0, cpu_seconds=0, max_pixels=MAX_PIXELS)
OUT_OF_REACH = {
    "h264-size-changes.ts": "the command scales all frames to the size of the first",
    "h264-interlaced.mp4": "FFmpeg 5 de-interlaces a little differently from FFmpeg 8",
    "h264-interlaced-open-gop.ts": "as above",
    "mpeg2-interlaced.ts": "as above",
    "h264-vfr.mp4": "FFmpeg 5 gives the last packet another duration",
    "mpeg2.mpg": "FFmpeg 5 reads other times from the same program stream",
    "mpeg4.avi": "FFmpeg 5 makes up other times for AVI",
    "mpeg2.gxf": "FFmpeg 5 gives the frames of MPEG-2 in GXF decoding times, and the last one none",
}
OTHER_UNITS = {"dv.dv": "FFmpeg 5 counts the frames of DV, FFmpeg 8 in 60,000ths of a second"}
"""Clips whose times are the same in seconds only."""
QUICK = ("h264-open-gop.mkv", "h264-edit-list.mp4", "h264.mov", "hevc-cra.mp4", "hevc-pq.mp4",
         "vp9-odd-size.webm", "prores-transparent.mov", "mjpeg.avi")  # fmt: skip


def scan_by_command(path: Path) -> Scan:
    with path.open("rb") as file:
        job = ScanJob(size_bytes=path.stat().st_size, limits=LIMITS)
        result = ffmpeg_engine.scan(file, job)
    return Scan(result.facts, result.timestamps, result.keyframes)


def extract_by_command(path: Path, samples: SegmentSamples) -> list[EncodedFrame]:
    with path.open("rb") as file:
        job = ExtractJob(
            size_bytes=path.stat().st_size, limits=LIMITS, samples=samples, output=Output()
        )
        return frames_of(ffmpeg_engine.Extraction(file, job).encoded())


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=() if name in QUICK else pytest.mark.middle)
        for name in ZOO
        if name not in OUT_OF_REACH
    ],
)
def test_ffmpeg_engine_gives_the_frames_of_the_pyav_engine(name: str, tmp_path: Path) -> None:
    path = ZOO[name](tmp_path / name)
    scan, other = scan_by_command(path), scan_file(path)
    unit = 1 if name not in OTHER_UNITS else scan.facts.time_base / other.facts.time_base
    assert (scan.timestamps * int(unit)).tolist() == other.timestamps.tolist()
    assert scan.keyframes.tolist() == other.keyframes.tolist()
    facts, expected = scan.facts, other.facts
    for fact in ("rotation", "upright_width", "upright_height", "frame_rate", "is_counted"):
        assert getattr(facts, fact) == getattr(expected, fact), fact
    times = (facts.time_base / unit, facts.first * unit, facts.end * unit)
    assert times == (expected.time_base, expected.first, expected.end)
    samplings: tuple[Sampling, ...] = (EveryInterval(seconds=Fraction(13, 100)), Keyframes())
    for sampling in samplings:
        recipe = Recipe(sampling=sampling)
        (segment,) = plan_extraction(scan, recipe, limits()).segments
        ours = extract_file(path, recipe).frames
        theirs = extract_by_command(path, segment.samples)
        assert [(f.pts * unit, f.time, f.samples) for f in theirs] == [
            (f.pts, f.time, f.samples) for f in ours
        ]
        for mine, its in zip(ours, theirs, strict=True):
            assert np.array_equal(decode_image(mine.data), decode_image(its.data))


ENVIRONMENT = {
    "rabbitmq_url": "amqp://guest:guest@localhost/",
    "s3_bucket": "b",
    "aws_region": "eu-west-1",
}


def ffmpeg_decoder() -> ChildDecoder:
    return ChildDecoder(FFMPEG, NoSandbox("DECODER=ffmpeg"), 1 << 30)


def test_settings_refuse_ffmpeg_with_a_required_sandbox() -> None:
    with pytest.raises(ValidationError, match="no sandbox"):
        WorkerSettings.model_validate({**ENVIRONMENT, "decoder": "ffmpeg", "sandbox": "required"})


async def test_ffmpeg_decoder_does_not_start_without_its_programs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "SEARCH_PATH", str(tmp_path))
    with pytest.raises(ProgramsMissing, match="ffmpeg and ffprobe"):
        async with ffmpeg_decoder():
            raise AssertionError


async def test_ffmpeg_decoder_scans_and_extracts_in_a_child(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "a.mp4", seconds=2)
    source = FileSource(path)
    frames: list[int] = []

    async def on_frame(frame: EncodedFrame) -> None:
        frames.append(read_number(decode_image(frame.data)))

    async with ffmpeg_decoder() as decoder:
        assert await decoder.check_sandbox() == "none: DECODER=ffmpeg"
        scan = await decoder.scan(source, DecodeLimits(MAX_PIXELS, 60))
        assert len(scan.timestamps) == 50
        samples = SampleGrid(origin=Fraction(0), step=Fraction(1, 2), first=0, last=4)
        report = await decoder.extract(
            source, samples, Output(), DecodeLimits(MAX_PIXELS, 60), on_frame
        )
        text = tmp_path / "playlist.mp4"
        text.write_text(f"ffconcat version 1.0\nfile {path}\n")
        with pytest.raises(Failure) as refused:
            await decoder.scan(FileSource(text), DecodeLimits(MAX_PIXELS, 60))
    assert frames == [0, 12, 25, 37]
    assert report.engine["ffmpeg"]
    assert refused.value.reason is Reason.NOT_A_VIDEO


class FileSource:
    """A file as the bytes of a source."""

    def __init__(self, path: Path) -> None:
        self._data = path.read_bytes()
        self.size = len(self._data)

    async def read(self, offset: int, length: int) -> bytes:
        return self._data[offset : offset + length]
