"""Files made to break, mislead or exhaust a decoder."""

import asyncio
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from fixtures import hostile
from fixtures.abuse import (
    MAX_PIXELS,
    OUTPUT,
    Canary,
    Listener,
    process,
    untouched,
)
from fixtures.clips import decode_image, make_clip, read_number
from fixtures.extraction import limits, scan_file
from fixtures.sizes import by_size
from fotograma_contracts.reasons import Reason, WarningCode
from fotograma_contracts.recipe import AllFrames, EveryInterval, Keyframes, Recipe
from fotograma_worker.decoding.child_decoder import ChildDecoder
from fotograma_worker.errors import Failure

pytestmark = pytest.mark.middle

ALL = Recipe(sampling=AllFrames(), output=OUTPUT)
FORMATS = sorted(hostile.scripts([""]))


def targets(canary: Canary, listener: Listener) -> list[list[str]]:
    """What a script may aim at, in groups: a demuxer gives up at the first that fails."""
    path, port = canary.path, listener.port
    return [
        [str(path)],
        [path.name],
        [f"file://{path}", f"file:{path}"],
        [f"concat:{path}|{path}", f"subfile,,start,0,end,0,,:{path}"],
        [f"crypto:{path}", f"async:{path}", f"cache:{path}"],
        ["/proc/self/environ", "/proc/self/mem", "/proc/self/fd/3", "/dev/zero"],
        [f"http://127.0.0.1:{port}/a.ts", f"https://127.0.0.1:{port}/a.ts"],
        [f"tcp://127.0.0.1:{port}", f"udp://127.0.0.1:{port}", f"rtmp://127.0.0.1:{port}/a"],
        [f"rtp://127.0.0.1:{port}", f"ftp://127.0.0.1:{port}/a", f"gopher://127.0.0.1:{port}/a"],
    ]


@pytest.mark.parametrize("name", FORMATS)
async def test_scripts_open_nothing(decoder: ChildDecoder, tmp_path: Path, name: str) -> None:
    with untouched(tmp_path) as (canary, listener):
        for group in targets(canary, listener):
            script = hostile.scripts(group)[name]
            outcome = await process(decoder, script)
            assert outcome.reason is Reason.NOT_A_VIDEO
            padded = await process(decoder, script + b"\n" * 100_000)
            assert padded.reason is Reason.NOT_A_VIDEO


@pytest.mark.parametrize("name", FORMATS)
def test_scripts_open_nothing_even_without_a_sandbox(tmp_path: Path, name: str) -> None:
    """The list of demuxers holds alone too."""
    with untouched(tmp_path) as (canary, listener):
        for number, group in enumerate(targets(canary, listener)):
            script = tmp_path / f"{number}.mp4"
            script.write_bytes(hostile.scripts(group)[name])
            with pytest.raises(Failure) as failed:
                scan_file(script)
            assert failed.value.reason is Reason.NOT_A_VIDEO


async def test_canary_notices_opening_connecting_and_sending(tmp_path: Path) -> None:
    """Opening the file, connecting, and sending are all noticed."""
    with untouched(tmp_path) as (canary, listener):
        assert canary.path.read_text() == "canary"
        assert canary.was_touched()
        _, writer = await asyncio.open_connection("127.0.0.1", listener.port)
        writer.close()
        assert listener.was_touched()


async def test_external_frames_are_not_fetched(decoder: ChildDecoder, tmp_path: Path) -> None:
    with untouched(tmp_path) as (canary, listener):
        for target in (str(canary.path), f"http://127.0.0.1:{listener.port}/"):
            await process(decoder, hostile.with_external_data(tmp_path / "a.mp4", target))


async def test_script_before_a_video_opens_nothing(decoder: ChildDecoder, tmp_path: Path) -> None:
    with untouched(tmp_path) as (canary, listener):
        video = make_clip(tmp_path / "a.ts").read_bytes()
        for group in targets(canary, listener):
            script = hostile.scripts(group)["hls"]
            outcome = await process(decoder, script + video)
            assert outcome.reason in {None, Reason.NOT_A_VIDEO, Reason.DAMAGED}


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", Reason.NOT_A_VIDEO),
        (b"\0", Reason.NOT_A_VIDEO),
        (bytes(1 << 20), Reason.NOT_A_VIDEO),
        (b"not a video\n" * 10_000, Reason.NOT_A_VIDEO),
        ("кадр за кадром\n" * 10_000, Reason.NOT_A_VIDEO),
        (b"\x1a\x45\xdf\xa3" + bytes(1000), Reason.DAMAGED),
        (b"\0\0\0\x20ftypisom" + bytes(1000), Reason.DAMAGED),
        (b"RIFF\xff\xff\xff\xffAVI LIST" + bytes(1000), Reason.DAMAGED),
        (b"%PDF-1.7\n" + bytes(1000), Reason.NOT_A_VIDEO),
        (b"\x89PNG\r\n\x1a\n" + bytes(1000), Reason.NOT_A_VIDEO),
        (b"GIF89a" + bytes(1000), Reason.NOT_A_VIDEO),
        (b"GIF89a\xff\xff\xff\xff\xff\xff\xff" + b"\x21\xf9\x04" * 10_000, Reason.TOO_MANY_PIXELS),
        (b"\x89PNG\r\n\x1a\n\0\0\0\x08acTL" + b"\xff" * 1000, Reason.NOT_A_VIDEO),
        (b"\0\0\0\x20ftypavis\0\0\0\0avifmsf1" + b"\xff" * 1000, Reason.DAMAGED),
        (b"\x7fELF" + bytes(1000), Reason.NOT_A_VIDEO),
        (b"#!/bin/sh\nid\n", Reason.NOT_A_VIDEO),
    ],
)
async def test_no_video_is_refused_with_its_reason(
    decoder: ChildDecoder, data: bytes | str, reason: Reason
) -> None:
    data = data if isinstance(data, bytes) else data.encode()
    assert (await process(decoder, data)).reason is reason


@pytest.mark.parametrize("beginning", ["", "mp4", "mkv", "ts"])
async def test_random_bytes_are_refused(
    decoder: ChildDecoder, tmp_path: Path, beginning: str
) -> None:
    head = make_clip(tmp_path / f"a.{beginning}").read_bytes()[:700] if beginning else b""
    for seed in range(3):
        outcome = await process(decoder, head + np.random.default_rng(seed).bytes(200_000))
        assert outcome.failure
        assert outcome.reason is not Reason.DECODER_CRASHED


@pytest.mark.parametrize("container", ["mov", "matroska", "avi"])
@pytest.mark.parametrize(
    ("declared", "reason"),
    [(hostile.HUGE, Reason.TOO_MANY_PIXELS), ((320, 180), Reason.DAMAGED)],
)
async def test_huge_picture_is_refused(
    decoder: ChildDecoder, container: str, declared: tuple[int, int], reason: Reason
) -> None:
    data = hostile.huge_picture(container, declared=declared)
    assert len(data) < 2_000_000
    outcome = await process(decoder, data)
    assert outcome.reason is reason


async def test_huge_picture_within_the_pixel_limit_hits_the_memory_limit(
    decoder: ChildDecoder,
) -> None:
    """Behind the limit of pixels there is one of memory."""
    data = hostile.huge_picture("mov", declared=hostile.HUGE)
    bounds = limits(max_pixels=hostile.HUGE[0] * hostile.HUGE[1])
    outcome = await process(decoder, data, Recipe(), bounds=bounds)
    assert outcome.reason is Reason.MEMORY_LIMIT


async def test_huge_picture_among_small_ones_is_left_out_with_a_warning(
    decoder: ChildDecoder,
) -> None:
    data = hostile.huge_picture("matroska", declared=(320, 180), before=5)
    outcome = await process(decoder, data, ALL)
    assert len(outcome.frames) == 5
    assert WarningCode.DAMAGED_FRAMES in {warning.code for warning in outcome.warnings}


async def test_frames_that_change_their_size_are_extracted(
    decoder: ChildDecoder, tmp_path: Path
) -> None:
    """Small, large and small again within one stream."""
    parts = [
        make_clip(
            tmp_path / f"{number}.ts", seconds=1, size=size, bframes=0, gop=25,
            first_number=25 * number, start=Fraction(number),
        ).read_bytes()
        for number, size in enumerate([(320, 180), (1280, 720), (64, 48), (320, 180)])
    ]  # fmt: skip
    outcome = await process(decoder, b"".join(parts), ALL)
    numbers = [read_number(decode_image(frame.data)) for frame in outcome.frames]
    assert numbers == sorted(set(numbers))
    assert len(numbers) == 100 or not outcome.is_whole


async def test_forged_duration_gives_the_frames_there_are(
    decoder: ChildDecoder, tmp_path: Path
) -> None:
    """Two seconds that claim to be days."""
    for units in (0x7FFFFFFE, 0xFFFFFFFE):
        data = hostile.with_durations(tmp_path / "a.mp4", units)
        outcome = await process(decoder, data)
        assert len(outcome.frames) == 10
        assert outcome.missing == 0


async def test_frames_of_months_are_too_many_unless_sampled_by_month(
    decoder: ChildDecoder, tmp_path: Path
) -> None:
    data = hostile.with_frames_of(tmp_path / "a.mp4", 0x7FFFFFFE)
    assert (await process(decoder, data)).reason is Reason.TOO_MANY_FRAMES
    every_month = Recipe(sampling=EveryInterval(seconds=Fraction(2_592_000)), output=OUTPUT)
    assert (await process(decoder, data, every_month)).frames


async def test_frames_of_no_duration_end_in_a_result_or_a_reason(
    decoder: ChildDecoder, tmp_path: Path
) -> None:
    outcome = await process(decoder, hostile.with_frames_of(tmp_path / "a.mp4", 0))
    assert outcome.failure or outcome.frames


@pytest.mark.middle
async def test_million_frames_are_refused_or_sampled(decoder: ChildDecoder, tmp_path: Path) -> None:
    """In four megabytes: refused with the numbers, or as many as were asked for."""
    data = hostile.many_frames(tmp_path / "a.mp4", 1_000_000)
    assert len(data) < 5_000_000
    bounds = limits(max_frames=200_000, max_pixels=MAX_PIXELS)
    for recipe in (ALL, Recipe(sampling=Keyframes(), output=OUTPUT)):
        outcome = await process(decoder, data, recipe, bounds=bounds)
        assert outcome.reason is Reason.TOO_MANY_FRAMES
        assert outcome.failure is not None
        assert "1,000,000" in outcome.failure.detail
    hourly = Recipe(sampling=EveryInterval(seconds=Fraction(3600)), output=OUTPUT)
    outcome = await process(decoder, data, hourly, bounds=bounds)
    assert outcome.reason is Reason.TIME_LIMIT or len(outcome.frames) == 12


async def test_million_frames_within_the_limit_hit_the_time_limit(
    decoder: ChildDecoder, tmp_path: Path
) -> None:
    """Behind the limit of frames there is the wall clock."""
    data = hostile.many_frames(tmp_path / "a.mp4", 1_000_000)
    outcome = await process(decoder, data, ALL, seconds=6)
    assert outcome.reason is Reason.TIME_LIMIT


@pytest.mark.parametrize(
    "count", [pytest.param(9_000_000, marks=pytest.mark.middle), 0x7FFFFFFF, 0xFFFFFFFF]
)
async def test_claimed_frames_are_not_believed(
    decoder: ChildDecoder, tmp_path: Path, count: int
) -> None:
    data = hostile.many_frames(tmp_path / "a.mp4", count, listed=False)
    assert len(data) < 5_000
    outcome = await process(decoder, data)
    assert outcome.failure or len(outcome.frames) < 10


async def test_archive_behind_a_video_is_a_video_and_before_it_is_none(
    decoder: ChildDecoder, valid_clip: bytes
) -> None:
    """A video with an archive behind it is a video; an archive with a video in it is not."""
    outcome = await process(decoder, hostile.archive_after(valid_clip))
    assert (len(outcome.frames), outcome.is_whole) == (10, True)
    assert (await process(decoder, hostile.archive_before(valid_clip))).reason is Reason.NOT_A_VIDEO


# --- cut off --------------------------------------------------------------------------------------

CONTAINERS = {
    "front.mp4": True,
    "end.mp4": False,
    "a.mkv": False,
    "a.ts": False,
    "a.avi": False,
    "a.gif": False,
    "a.apng": False,
    "a.avif": False,
}
_CODECS = {
    ".avi": ("mjpeg", "yuvj420p"),
    ".gif": ("gif", "rgb8"),
    ".apng": ("apng", "rgb24"),
    ".avif": ("libsvtav1", "yuv420p"),
}
PER_CENT = by_size([5, 50, 95], [*range(2, 100, 10)], [*range(1, 100)])


async def process_truncated(decoder: ChildDecoder, data: bytes, percent: int) -> None:
    """What is there comes out right, or it is said what may be wrong."""
    outcome = await process(decoder, data[: len(data) * percent // 100], ALL)
    if outcome.failure:
        assert outcome.reason is not Reason.DECODER_CRASHED
        return
    assert outcome.frames
    if outcome.warnings:
        return
    for frame in outcome.frames:
        assert read_number(decode_image(frame.data)) == round(frame.time * 25)


def clip_to_truncate(folder: Path, name: str) -> bytes:
    codec, pixel_format = _CODECS.get(Path(name).suffix, ("libx264", "yuv420p"))
    path = make_clip(
        folder / name,
        codec=codec,
        pixel_format=pixel_format,
        faststart=CONTAINERS[name],
        gop=10,
    )
    return path.read_bytes()


@pytest.mark.campaign
@pytest.mark.timeout(by_size(180, 300, 900))
@pytest.mark.parametrize("name", CONTAINERS)
async def test_truncated_file_gives_right_frames_or_a_warning(
    decoder: ChildDecoder, tmp_path: Path, name: str
) -> None:
    data = clip_to_truncate(tmp_path, name)
    for percent in PER_CENT:
        await process_truncated(decoder, data, percent)


# --- beside others --------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [pytest.param("frames", marks=pytest.mark.middle), "pixels"])
async def test_uninvolved_video_is_whole_beside_a_hostile_one(
    decoder: ChildDecoder, tmp_path: Path, kind: str
) -> None:
    """How much it is slowed is measured by `bench/neighbours.py`."""
    uninvolved = make_clip(tmp_path / "b.mp4", seconds=6, size=(640, 360), noise=20).read_bytes()
    attack = (
        hostile.many_frames(tmp_path / "a.mp4", 1_000_000)
        if kind == "frames"
        else hostile.huge_picture("mov", declared=hostile.HUGE)
    )
    bounds = limits(max_pixels=hostile.HUGE[0] * hostile.HUGE[1])

    async def attack_for_ever() -> None:
        while True:
            await process(decoder, attack, ALL, seconds=20, bounds=bounds)

    attacker = asyncio.create_task(attack_for_ever())
    for _ in range(3):
        outcome = await process(decoder, uninvolved, ALL)
        assert outcome.is_whole
        assert len(outcome.frames) == 150
    assert not attacker.done()
    attacker.cancel()
    with pytest.raises(asyncio.CancelledError):
        await attacker
