"""A segment that is all of its extraction becomes the archive at once."""

import asyncio
import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from fixtures.clips import make_clip
from fixtures.deadlines import eventually
from fixtures.worker_bench import Bench
from fotograma_archive.frame_index import RECORD_BYTES
from fotograma_archive.names import poster_key
from fotograma_contracts.extractions import (
    ArchiveAssembled,
    SegmentExtract,
    SegmentExtracted,
    StoredArchive,
)
from fotograma_contracts.reasons import Reason, WarningCode
from fotograma_contracts.recipe import AllFrames, AtTimes, Recipe
from fotograma_contracts.samples import SampleTimes
from fotograma_kit.s3 import Bucket, StoreUnavailable
from fotograma_worker.errors import Failure

ALL = Recipe(sampling=AllFrames())
FACTS = tuple(StoredArchive.model_fields)


def keys(s3: Any, bucket: str, prefix: str = "extractions/") -> list[str]:
    listed = s3.list_objects_v2(Bucket=bucket, Prefix=prefix)
    return [each["Key"] for each in listed.get("Contents", [])]


def body(s3: Any, bucket: str, key: str) -> bytes:
    data: bytes = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    return data


def written(extracted: SegmentExtracted) -> StoredArchive:
    assert extracted.archive is not None
    return extracted.archive


async def whole(bench: Bench, clip: Path, recipe: Recipe = ALL) -> tuple[SegmentExtract, Any]:
    source = await bench.upload(clip)
    planned = await bench.plan(source, recipe)
    return bench.whole_segment(source, planned, recipe), planned


@pytest.mark.parametrize(
    "size", [(320, 180), pytest.param((1280, 720), marks=pytest.mark.middle)], ids=["put", "parts"]
)
async def test_archive_at_once_equals_one_that_is_assembled(
    bench: Bench, s3: Any, bucket: str, tmp_path: Path, size: tuple[int, int]
) -> None:
    """Its bytes, what lies beside it, and what is told of it."""
    clip = make_clip(tmp_path / "a.mp4", seconds=1, fps=24, size=size, noise=40)
    command, planned = await whole(bench, clip)
    piece = (await bench.extract(command.model_copy(update={"archive": None}))).piece
    slow = await bench.assembly.assemble(
        bench.assemble_command(command.source, planned, ALL, [piece])
    )
    fast = written(await bench.extract(command))

    assert body(s3, bucket, fast.archive_key) == body(s3, bucket, slow.archive_key)
    of_keys = {"archive_key", "etag", "thumbnails_key", "frame_index_key"}
    told = [{n: getattr(each, n) for n in FACTS if n not in of_keys} for each in (fast, slow)]
    assert told[0] == told[1]
    beside = [
        {
            key.removeprefix(each.archive_key): body(s3, bucket, key)
            for key in keys(s3, bucket, each.archive_key)
        }
        for each in (fast, slow)
    ]
    assert beside[0] == beside[1]
    assert poster_key("") in beside[0]
    assert len(beside[0][".frames"]) == fast.frames * RECORD_BYTES
    assert not s3.list_multipart_uploads(Bucket=bucket).get("Uploads")


async def test_archive_at_once_writes_no_piece(
    bench: Bench, s3: Any, bucket: str, tmp_path: Path
) -> None:
    command, _ = await whole(bench, make_clip(tmp_path / "a.mp4"), Recipe())
    archive = written(await bench.extract(command))
    assert not [key for key in keys(s3, bucket) if key.endswith(".piece")]
    with zipfile.ZipFile(io.BytesIO(body(s3, bucket, archive.archive_key))) as opened:
        assert opened.testzip() is None
        assert len(opened.namelist()) == archive.frames + 1


async def test_archive_at_once_has_a_key_of_its_own_in_each_run(
    bench: Bench, tmp_path: Path
) -> None:
    command, _ = await whole(bench, make_clip(tmp_path / "a.mp4"), Recipe())
    again = command.model_copy(update={"attempt": 2})
    archives = [written(await bench.extract(each)) for each in (command, command, again)]
    assert command.archive is not None
    names = [each.archive_key.removeprefix(command.archive.key_prefix) for each in archives]
    assert [name.split(".")[1] for name in names] == ["1", "1", "2"]
    assert len({name.split(".")[2] for name in names}) == 3
    assert all(len(name.split(".")[2]) == 22 for name in names)


async def test_archive_at_once_is_a_piece_for_an_earlier_release(
    bench: Bench, s3: Any, bucket: str, tmp_path: Path
) -> None:
    """Which knows of nothing but the piece, and has it assembled."""
    command, planned = await whole(bench, make_clip(tmp_path / "a.mp4", seconds=2))
    extracted = await bench.extract(command)
    told = SegmentExtracted.model_validate_json(extracted.model_dump_json(exclude={"archive"}))
    assembled: ArchiveAssembled = await bench.assembly.assemble(
        bench.assemble_command(command.source, planned, ALL, [told.piece])
    )
    archives = [body(s3, bucket, each.archive_key) for each in (assembled, written(extracted))]
    assert archives[0] == archives[1]


async def test_command_of_an_earlier_release_makes_a_piece(
    bench: Bench, s3: Any, bucket: str, tmp_path: Path
) -> None:
    command, _ = await whole(bench, make_clip(tmp_path / "a.mp4"), Recipe())
    told = SegmentExtract.model_validate_json(command.model_dump_json(exclude={"archive"}))
    extracted = await bench.extract(told)
    assert extracted.archive is None
    assert extracted.piece.key in keys(s3, bucket, command.output_prefix)


async def test_archive_at_once_warns_of_what_is_short(bench: Bench, tmp_path: Path) -> None:
    recipe = Recipe(sampling=AtTimes(times=(0, 7)))
    command, _ = await whole(bench, make_clip(tmp_path / "a.mp4"), recipe)
    (warning,) = written(await bench.extract(command)).warnings
    assert warning.code is WarningCode.SAMPLES_MISSING


async def test_archive_at_once_without_a_frame_fails(
    bench: Bench, s3: Any, bucket: str, tmp_path: Path
) -> None:
    command, _ = await whole(bench, make_clip(tmp_path / "a.mp4"), Recipe())
    nothing = command.model_copy(update={"samples": SampleTimes(times=())})
    with pytest.raises(Failure) as failed:
        await bench.extract(nothing)
    assert failed.value.reason is Reason.DAMAGED
    assert keys(s3, bucket, command.archive.key_prefix if command.archive else "") == []


async def test_archive_that_is_not_what_was_written_is_not_reported(
    bench: Bench, store: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command, _ = await whole(bench, make_clip(tmp_path / "a.mp4"), Recipe())
    size = store.size

    async def shorter(key: str, etag: str) -> int:
        return await size(key, etag) - 1

    monkeypatch.setattr(store, "size", shorter)
    with pytest.raises(StoreUnavailable):
        await bench.extract(command)


async def test_abandoned_archive_at_once_leaves_nothing(
    bench: Bench, s3: Any, bucket: str, tmp_path: Path
) -> None:
    clip = make_clip(tmp_path / "a.mp4", seconds=2, size=(1280, 720), noise=40)
    command, _ = await whole(bench, clip)
    assert command.archive is not None
    running = asyncio.create_task(bench.extract(command))

    async def has_sent_a_part() -> bool:
        """Then the worker knows of the upload that S3 has."""
        uploads = s3.list_multipart_uploads(Bucket=bucket).get("Uploads", [])
        ids = [{"Key": each["Key"], "UploadId": each["UploadId"]} for each in uploads]
        return any(s3.list_parts(Bucket=bucket, **each).get("Parts") for each in ids)

    await eventually(has_sent_a_part, 60)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert running.cancelled()
    assert not s3.list_multipart_uploads(Bucket=bucket).get("Uploads")
    assert not [key for key in keys(s3, bucket) if key.endswith(".zip")]
