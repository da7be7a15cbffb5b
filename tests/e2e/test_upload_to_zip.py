"""From an upload to a ZIP whose names are true and to the mail, over HTTP only."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from fractions import Fraction
from math import ceil
from pathlib import Path
from typing import Any

import pytest
from fixtures.clips import decode_image, make_clip, read_number
from fixtures.deadlines import POLL_SECONDS
from fixtures.product import RUNNING, Archive, Extracted, Json, Product, User, assert_problem
from fixtures.programs import succeed

FPS = Fraction(30_000, 1001)
SECONDS = 6
FRAMES = int(SECONDS * FPS)
GOP = 30
NAME = "Férias em São Luís.mp4"


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """H.264 at 29.97 frames per second, with B-frames and sound."""
    path = tmp_path_factory.mktemp("clip") / NAME
    return make_clip(path, seconds=SECONDS, fps=FPS, gop=GOP, audio=True)


def number_claimed(name: str) -> int:
    """The frame that an entry's name claims to be: the one shown from that microsecond on."""
    hours, minutes, seconds = name.rsplit(".", 1)[0].split("-")
    time = int(hours) * 3600 + int(minutes) * 60 + Fraction(seconds)
    return ceil(time * FPS)


def assert_true_names(archive: Archive) -> None:
    """Each frame shows the number that its name claims."""
    assert archive.numbers() == [number_claimed(name) for name in archive.frames]


async def test_upload_gives_frames_at_their_true_times_and_one_mail(
    product: Product, clip: Path, tmp_path: Path
) -> None:
    user = await product.user(locale="pt")
    extracted = await user.upload(clip)
    body = await user.completed(extracted)
    assert body["frames"] == SECONDS
    assert body["source"]["codec"] == "h264"

    archive = await user.download(extracted)
    archive.assert_whole()
    assert_true_names(archive)
    assert archive.frames[:2] == ["00-00-00.000000.png", "00-00-00.967633.png"]
    assert_true_manifest(archive, clip)

    (tmp_path / "frames.zip").write_bytes(archive.content)
    await succeed("unzip", "-tq", "frames.zip", folder=tmp_path)
    await succeed("7z", "t", "frames.zip", folder=tmp_path)

    (mail,) = await user.mailed(1)
    assert mail["Subject"] == f"Seus quadros estão prontos: “{NAME}”"
    assert "6 quadros" in mail["BodyText"]
    await product.settled()
    assert len(await user.mails()) == 1


def assert_true_manifest(archive: Archive, clip: Path) -> None:
    """The manifest tells of the source, the recipe and each frame what can be verified."""
    manifest = archive.manifest
    assert manifest["source"]["name"] == NAME
    assert manifest["source"]["size_bytes"] == clip.stat().st_size
    assert manifest["recipe"]["sampling"] == {"mode": "interval", "seconds": "1"}
    for second, frame in enumerate(manifest["frames"]):
        data = archive.read(frame["name"])
        assert frame["sha256"] == hashlib.sha256(data).hexdigest()
        assert frame["size_bytes"] == len(data)
        assert Fraction(frame["time"]) == number_claimed(frame["name"]) / FPS
        assert frame["samples"] == [str(second)]


def sampling(mode: str, **more: Any) -> Json:
    """A recipe with this sampling."""
    return {"sampling": {"mode": mode, **more}}


def shown_at(*times: str | int | Fraction) -> list[int]:
    """The numbers of the frames on screen at these seconds."""
    return sorted({int(Fraction(time) * FPS) for time in times})


def lasts_until(number: int) -> Fraction:
    """When the frame is no longer on screen."""
    return (number + 1) / FPS


_DURATION = lasts_until(FRAMES - 1)
_ODD_TIMES = [0.04, "1001/30000", 2, "2.5", 5]
MODES: dict[str, tuple[Json, list[int]]] = {
    "interval": (
        {**sampling("interval", seconds=0.7), "start": 1, "end": "4.2"},
        shown_at(*(1 + k * Fraction("0.7") for k in range(5))),
    ),
    "fps": (sampling("fps", fps=5), shown_at(*(Fraction(k, 5) for k in range(30)))),
    "count": (sampling("count", count=7), shown_at(*(_DURATION * k / 7 for k in range(7)))),
    "times": (sampling("times", times=_ODD_TIMES), shown_at("0.04", "1001/30000", 2, "2.5", 5)),
    "keyframes": (sampling("keyframes"), list(range(0, FRAMES, GOP))),
    "all": (
        {**sampling("all"), "end": 1, "output": {"format": "jpg", "quality": 80}},
        list(range(30)),
    ),
    "webp": (
        {**sampling("count", count=2), "output": {"format": "webp", "max_width": 160}},
        shown_at(0, _DURATION / 2),
    ),
    "jpeg, low": (
        {**sampling("count", count=2), "output": {"format": "jpg", "max_height": 90}},
        shown_at(0, _DURATION / 2),
    ),
}
SCALED = {"webp", "jpeg, low"}


async def test_video_is_extracted_in_every_mode_and_format(product: Product, clip: Path) -> None:
    user = await product.user()
    first = await user.upload(clip, sampling("count", count=1))
    started = await asyncio.gather(
        *(user.extract(first.video_id, recipe) for recipe, _ in MODES.values())
    )
    for extracted, (mode, (recipe, numbers)) in zip(started, MODES.items(), strict=True):
        await user.completed(extracted, 60)
        archive = await user.download(extracted)
        archive.assert_whole()
        assert archive.numbers() == numbers, mode
        assert_true_names(archive)
        expected = recipe.get("output", {}).get("format", "png")
        assert {name.rsplit(".", 1)[1] for name in archive.frames} == {expected}
        height = 90 if mode in SCALED else 180
        assert decode_image(archive.read(archive.frames[0])).shape[0] == height

    await user.mailed(1 + len(MODES))
    await product.settled()
    assert len(await user.mails()) == 1 + len(MODES)


async def seconds_left(user: User, extracted: Extracted) -> AsyncIterator[float | None]:
    """What is estimated of an extraction again and again, until it has ended."""
    async with asyncio.timeout(60):
        while (body := await user.extraction(extracted))["status"] in RUNNING:
            yield body["seconds_left"]
            await asyncio.sleep(POLL_SECONDS)


async def test_archive_of_many_segments_equals_that_of_one(product: Product, clip: Path) -> None:
    user = await product.user()
    recipe = sampling("fps", fps=10)
    whole = await user.upload(clip, recipe)
    assert (await user.completed(whole))["progress"]["segments"] == 1
    async with product.video_replica(user, SEGMENT_WORK_SECONDS="0.01") as replica:
        answer = await replica.post(f"/video/{whole.video_id}/extractions", json=recipe)
    assert answer.status_code == 201, answer.text
    cut = type(whole)(whole.video_id, answer.json()["id"])
    estimates = [seconds async for seconds in seconds_left(user, cut)]
    completed = await user.completed(cut)
    assert completed["progress"]["segments"] >= 5
    assert completed["seconds_left"] is None
    assert any(estimates), estimates
    assert all(0 <= seconds < 60 for seconds in estimates if seconds is not None), estimates

    one, many = await user.download(whole), await user.download(cut)
    many.assert_whole()
    assert_true_names(many)
    assert many.manifest == one.manifest
    assert {name: many.read(name) for name in many.names} == {
        name: one.read(name) for name in one.names
    }


async def test_video_of_another_user_is_not_found(product: Product, clip: Path) -> None:
    owner, other = await product.users(2)
    extracted = await owner.upload(clip, sampling("count", count=1))
    await owner.completed(extracted)
    video = f"/video/{extracted.video_id}"
    for path in (video, f"{video}/extractions/{extracted.id}", f"{video}/download"):
        assert_problem(await other.http.get(path), 404, "video_not_found")
    assert_problem(await other.http.delete(video), 404, "video_not_found")
    assert await other.videos() == []
    image = (await owner.download(extracted)).read("00-00-00.000000.png")
    assert read_number(decode_image(image)) == 0
