"""From a source in S3 to an archive in S3 that every program opens."""

import asyncio
import hashlib
import io
import json
import zipfile
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from fixtures.clips import decode_image, make_clip, read_number, truncate
from fixtures.tracks import Track, make_tracks
from fixtures.worker_bench import Bench, no_idle_workers
from fotograma_archive.frame_index import RECORD_BYTES, unpack_frame
from fotograma_archive.names import poster_key, sprite_sheet_name, sprite_sheets_prefix
from fotograma_archive.zips import local_header
from fotograma_contracts.extractions import (
    ExtractionPlanned,
    LiveSheet,
    Piece,
    SegmentProgressed,
)
from fotograma_contracts.reasons import Reason, WarningCode
from fotograma_contracts.recipe import AllFrames, AtTimes, EveryInterval, Origin, Output, Recipe
from fotograma_kit.s3 import MIB, Bucket
from fotograma_worker.decoding.child_decoder import ChildDecoder
from fotograma_worker.errors import Failure
from fotograma_worker.jobs.extraction import ExtractionService, WorkLimits

HALF = EveryInterval(seconds=Fraction(1, 2))


def download(s3: Any, bucket: str, key: str) -> bytes:
    data: bytes = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    return data


def unfinished_uploads(s3: Any, bucket: str) -> list[str]:
    uploads = s3.list_multipart_uploads(Bucket=bucket).get("Uploads", [])
    return [upload["Key"] for upload in uploads]


def frames_of(archive: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        assert opened.testzip() is None
        return {name: opened.read(name) for name in opened.namelist() if name != "manifest.json"}


async def test_archive_on_the_files_clock_of_a_named_stream(
    bench: Bench, s3: Any, bucket: str, tmp_path: Path
) -> None:
    """Planned, extracted in several pieces and joined: the still is left out, and names and
    manifest count from where the file begins.
    """
    still = Track(1, (160, 96), 1000, is_default=True, codec="mjpeg")
    clip = make_tracks(tmp_path / "a.mkv", [still, Track(100, (96, 64), 2000, start=Fraction(5))])
    recipe = Recipe(sampling=HALF, origin=Origin.FILE, stream="video:1")
    planned, assembled = await bench.whole(clip, recipe)
    assert (planned.probe.stream, planned.probe.video_start) == (1, Fraction(5))
    archive = download(s3, bucket, assembled.archive_key)
    frames = frames_of(archive)
    assert list(frames)[:3] == ["00-00-05.000000.png", "00-00-05.480000.png", "00-00-06.000000.png"]
    numbers = [read_number(decode_image(data)) for data in frames.values()]
    assert numbers == [2000, 2012, 2025, 2037, 2050, 2062, 2075, 2087]
    assert assembled.warnings == ()
    manifest = json.loads(zipfile.ZipFile(io.BytesIO(archive)).read("manifest.json"))
    assert (manifest["origin"], manifest["video_start"]) == ("file", "5")
    assert manifest["recipe"]["stream"] == "video:1"
    assert manifest["video"]["stream"] == 1
    assert [each["passed_over"] for each in manifest["video"]["streams"]] == ["one_picture", None]
    assert manifest["frames"][0]["samples"] == ["5"]


def one_third(planned: ExtractionPlanned) -> float:
    return sum(segment.work_seconds for segment in planned.segments) / 2.9


async def test_archive_is_whole(bench: Bench, s3: Any, bucket: str, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "férias.mp4", seconds=4)
    planned, assembled = await bench.whole(clip, Recipe(sampling=HALF))
    archive = download(s3, bucket, assembled.archive_key)

    assert len(archive) == assembled.size_bytes
    assert (assembled.frames, assembled.warnings) == (8, ())
    frames = frames_of(archive)
    assert list(frames) == [
        "00-00-00.000000.png",
        "00-00-00.480000.png",
        "00-00-01.000000.png",
        "00-00-01.480000.png",
        "00-00-02.000000.png",
        "00-00-02.480000.png",
        "00-00-03.000000.png",
        "00-00-03.480000.png",
    ]
    numbers = [read_number(decode_image(data)) for data in frames.values()]
    assert numbers == [0, 12, 25, 37, 50, 62, 75, 87]

    manifest = json.loads(zipfile.ZipFile(io.BytesIO(archive)).read("manifest.json"))
    assert manifest["source"] == {
        "name": "férias.mp4",
        "size_bytes": clip.stat().st_size,
        "crc64nvme": None,
    }
    assert manifest["recipe"]["sampling"] == {"mode": "interval", "seconds": "1/2"}
    assert manifest["engines"][0]["av"]
    assert [f["samples"] for f in manifest["frames"]] == [[str(Fraction(k, 2))] for k in range(8)]
    time_base = Fraction(manifest["video"]["time_base"])
    for described, (name, data) in zip(manifest["frames"], frames.items(), strict=True):
        assert described["pts"] * time_base == Fraction(described["time"])
        assert described["name"] == name
        assert described["sha256"] == hashlib.sha256(data).hexdigest()
        assert described["size_bytes"] == len(data)
    assert planned.sample_count == 8


@pytest.mark.parametrize("command", [["unzip", "-t"], ["7z", "t"]])
async def test_archive_is_accepted_by_other_programs(
    bench: Bench, s3: Any, bucket: str, tmp_path: Path, command: list[str]
) -> None:
    _, assembled = await bench.whole(make_clip(tmp_path / "a.mp4", seconds=2))
    path = tmp_path / "a.zip"
    path.write_bytes(download(s3, bucket, assembled.archive_key))
    process = await asyncio.create_subprocess_exec(
        *command, str(path), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await process.communicate()
    assert process.returncode == 0, said
    assert b"warning" not in said.lower()


@pytest.mark.parametrize(
    ("size", "mode"),
    [
        ((320, 180), "joined"),
        pytest.param((1280, 720), "copied", marks=pytest.mark.middle),
    ],
)
async def test_archive_of_many_segments_equals_that_of_one(
    bench: Bench, s3: Any, bucket: str, tmp_path: Path, size: tuple[int, int], mode: str
) -> None:
    """With small pieces, which are joined, and with pieces of more than 5 MiB, which are copied."""
    clip = make_clip(tmp_path / "a.mp4", seconds=1, fps=24, size=size, noise=40, gop=8)
    recipe = Recipe(sampling=AllFrames(), output=Output())
    planned, one = await bench.whole(clip, recipe)
    assert len(planned.segments) == 1
    cut, many = await bench.whole(clip, recipe, segment_work_seconds=one_third(planned))
    assert len(cut.segments) == 3
    pieces = s3.list_objects_v2(Bucket=bucket, Prefix="extractions/")["Contents"]
    sizes = [piece["Size"] for piece in pieces if piece["Key"].endswith(".piece")]
    assert (min(sizes) > 5 << 20) == (mode == "copied")
    assert download(s3, bucket, one.archive_key) == download(s3, bucket, many.archive_key)
    assert not unfinished_uploads(s3, bucket)


async def test_archive_has_a_border_frame_once(
    bench: Bench, s3: Any, bucket: str, tmp_path: Path
) -> None:
    """Wherever sample times are divided, even between two that one frame answers."""
    clip = make_clip(tmp_path / "slow.mp4", seconds=4, fps=2)
    recipe = Recipe(sampling=EveryInterval(seconds=Fraction(1, 10)))
    source = await bench.upload(clip)
    planned = await bench.plan(source, recipe)
    (whole,) = bench.segments(source, planned, recipe)
    archives = []
    for borders in ([0, 40], [0, 7, 8, 21, 40], [0, 5, 10, 40]):
        pieces: list[Piece] = []
        for first, last in pairwise(borders):
            samples = whole.samples.model_copy(update={"first": first, "last": last})
            command = whole.model_copy(update={"samples": samples, "index": len(pieces)})
            pieces.append((await bench.extract(command)).piece)
        assembled = await bench.assembly.assemble(
            bench.assemble_command(source, planned, recipe, pieces)
        )
        assert (assembled.frames, assembled.warnings) == (8, ())
        archives.append(download(s3, bucket, assembled.archive_key))
    assert archives[0] == archives[1] == archives[2]


async def test_extract_run_never_overwrites_another_runs_piece(
    bench: Bench, s3: Any, bucket: str, tmp_path: Path
) -> None:
    recipe = Recipe()
    source = await bench.upload(make_clip(tmp_path / "a.mp4"))
    planned = await bench.plan(source, recipe)
    (command,) = bench.segments(source, planned, recipe)
    first, second = await bench.extract(command), await bench.extract(command)
    assert first.piece.key != second.piece.key
    assert first.piece.key.startswith(f"{command.output_prefix}00000.1.")
    assert first.piece.etag == second.piece.etag
    assert first.piece.frames == first.piece.samples_answered == 2


@pytest.mark.parametrize("lost", ["piece", "index"])
async def test_assemble_fails_for_a_lost_piece(
    bench: Bench, s3: Any, bucket: str, tmp_path: Path, lost: str
) -> None:
    recipe = Recipe()
    source = await bench.upload(make_clip(tmp_path / "a.mp4"))
    planned = await bench.plan(source, recipe)
    pieces = [(await bench.extract(c)).piece for c in bench.segments(source, planned, recipe)]
    key = pieces[0].key if lost == "piece" else pieces[0].index_key
    s3.put_object(Bucket=bucket, Key=key, Body=b"something else")
    command = bench.assemble_command(source, planned, recipe, pieces)
    with pytest.raises(Failure) as failed:
        await bench.assembly.assemble(command)
    assert failed.value.reason is Reason.PROCESSING_FAILED
    assert not unfinished_uploads(s3, bucket)


async def test_assemble_warns_of_times_after_the_end(bench: Bench, tmp_path: Path) -> None:
    recipe = Recipe(sampling=AtTimes(times=(Fraction(1), Fraction(5), Fraction(6))))
    _, assembled = await bench.whole(make_clip(tmp_path / "a.mp4"), recipe)
    assert assembled.frames == 1
    (warning,) = assembled.warnings
    assert warning.code is WarningCode.SAMPLES_MISSING
    assert warning.detail.startswith("2 requested times lie after the end")


async def test_extraction_of_a_cut_off_source_completes_with_warnings(
    bench: Bench, tmp_path: Path
) -> None:
    clip = make_clip(tmp_path / "cut.mp4", seconds=10, faststart=True, noise=20)
    _, assembled = await bench.whole(truncate(clip, 0.5))
    assert WarningCode.ENDS_EARLY in {warning.code for warning in assembled.warnings}


async def test_plan_refuses_an_empty_file(bench: Bench, tmp_path: Path) -> None:
    empty = tmp_path / "empty.mp4"
    empty.touch()
    source = await bench.upload(empty)
    with pytest.raises(Failure) as refused:
        await bench.plan(source)
    assert refused.value.reason is Reason.EMPTY_FILE


async def test_plan_fails_for_a_missing_source(
    bench: Bench, s3: Any, bucket: str, tmp_path: Path
) -> None:
    source = await bench.upload(make_clip(tmp_path / "a.mp4"))
    s3.delete_object(Bucket=bucket, Key=source.key)
    with pytest.raises(Failure) as failed:
        await bench.plan(source)
    assert failed.value.reason is Reason.SOURCE_MISSING


async def test_plan_fails_for_a_replaced_source(
    bench: Bench, s3: Any, bucket: str, tmp_path: Path
) -> None:
    source = await bench.upload(make_clip(tmp_path / "a.mp4"))
    s3.put_object(Bucket=bucket, Key=source.key, Body=b"x" * source.size_bytes)
    with pytest.raises(Failure) as failed:
        await bench.plan(source)
    assert failed.value.reason is Reason.SOURCE_MISSING


@pytest.mark.middle
async def test_extract_refuses_a_piece_larger_than_any_archive(
    bench: Bench, s3: Any, bucket: str, tmp_path: Path
) -> None:
    clip = make_clip(tmp_path / "a.mp4", seconds=2, size=(1280, 720), noise=40)
    recipe = Recipe(sampling=AllFrames())
    source = await bench.upload(clip)
    planned = await bench.plan(source, recipe)
    (command,) = bench.segments(source, planned, recipe, max_archive_bytes=20 * 10**6)
    with pytest.raises(Failure) as failed:
        await bench.extract(command)
    assert failed.value.reason is Reason.ARCHIVE_TOO_LARGE
    assert not unfinished_uploads(s3, bucket)


async def test_thumbnails_lie_beside_the_archive(
    bench: Bench, s3: Any, bucket: str, tmp_path: Path
) -> None:
    """Whatever the segments; each frame of the archive is on one sheet."""
    clip = make_clip(tmp_path / "a.mp4", seconds=4, size=(640, 360))
    recipe = Recipe(sampling=AllFrames())
    planned, assembled = await bench.whole(clip, recipe, segment_work_seconds=0.05)
    assert len(planned.segments) > 1
    assert assembled.thumbnails_key == f"{assembled.archive_key}.thumbnails/index.json"
    index = json.loads(download(s3, bucket, assembled.thumbnails_key))
    names = [name for sheet in index["sheets"] for name in sheet["frames"] if name]
    assert names == list(frames_of(download(s3, bucket, assembled.archive_key)))
    number = 0
    for sheet in index["sheets"]:
        key = assembled.thumbnails_key.replace("index.json", sheet["file"])
        image = decode_image(download(s3, bucket, key))
        width, height = sheet["tile_width"], sheet["tile_height"]
        assert (width, height) == (320, 180)
        for i, name in enumerate(sheet["frames"]):
            row, column = divmod(i, sheet["columns"])
            tile = image[row * height :, column * width :][:height, :width]
            if name:
                assert read_number(tile) == number
                number += 1
    assert number == 100


async def test_poster_is_a_thumbnail_of_the_middle_of_the_video(
    bench: Bench, s3: Any, bucket: str, tmp_path: Path
) -> None:
    clip = make_clip(tmp_path / "a.mp4", seconds=4, size=(640, 360))
    recipe = Recipe(sampling=AllFrames())
    planned, assembled = await bench.whole(clip, recipe, segment_work_seconds=0.05)
    assert assembled.poster
    poster = decode_image(download(s3, bucket, poster_key(assembled.archive_key)))
    assert poster.shape == (180, 320, 3)
    part = planned.frames_at_most / len(planned.segments)
    assert part < read_number(poster) < planned.frames_at_most - part


async def test_progress_names_sheets_that_are_stored_already(
    bench: Bench, store: Bucket, decoder: ChildDecoder, tmp_path: Path
) -> None:
    clip = make_clip(tmp_path / "a.mp4", seconds=4, size=(640, 360))
    recipe = Recipe(sampling=AllFrames())
    source = await bench.upload(clip)
    (command,) = bench.segments(source, await bench.plan(source, recipe), recipe)
    reported: list[tuple[int, tuple[LiveSheet, ...]]] = []

    async def note(frames: int, sheets: Sequence[LiveSheet]) -> None:
        reported.append((frames, tuple(sheets)))
        for sheet in sheets:
            image = decode_image(await store.read(command.output_prefix + sheet.name))
            rows = -(-sheet.tiles // sheet.columns)
            assert image.shape == (rows * sheet.tile_height, sheet.columns * sheet.tile_width, 3)

    eager = ExtractionService(
        store,
        decoder,
        WorkLimits(plan_seconds=60, part_bytes=5 * MIB, progress_seconds=0),
        no_idle_workers,
    )
    await eager.extract(command, note)
    assert [frames for frames, _ in reported] == list(range(1, 101))
    _, last = reported[-1]
    assert [sheet.tiles for sheet in last] == [40, 40]
    SegmentProgressed(extraction_id=uuid4(), index=0, attempt=1, frames=100, sheets=last)


async def test_frame_index_has_the_place_of_each_frame(
    bench: Bench, s3: Any, bucket: str, tmp_path: Path
) -> None:
    """Its bytes in the archive, and its thumbnail on a sheet; whatever the segments."""
    clip = make_clip(tmp_path / "a.mp4", seconds=4, size=(640, 360))
    _, assembled = await bench.whole(clip, Recipe(sampling=AllFrames()), segment_work_seconds=0.05)
    archive = download(s3, bucket, assembled.archive_key)
    expected = frames_of(archive)
    assert assembled.frame_index_key == f"{assembled.archive_key}.frames"
    packed = download(s3, bucket, assembled.frame_index_key)
    frames = [unpack_frame(packed, n) for n in range(0, len(packed), RECORD_BYTES)]
    assert [frame.name for frame in frames] == list(expected)
    prefix = sprite_sheets_prefix(assembled.archive_key)
    sheets = [
        decode_image(download(s3, bucket, prefix + sprite_sheet_name(n)))
        for n in range(assembled.sheets)
    ]
    for number, frame in enumerate(frames):
        data = archive[frame.data_offset : frame.end]
        assert data == expected[frame.name]
        assert frame.sha256 == hashlib.sha256(data).digest()
        assert archive.startswith(local_header(frame.name, frame.crc32, frame.size), frame.offset)
        tile = frame.tile
        assert tile is not None
        shown = sheets[tile.sheet][tile.y : tile.y + tile.height, tile.x : tile.x + tile.width]
        assert read_number(shown) == number
