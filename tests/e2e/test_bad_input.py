"""What is not a video, or cannot be done with one: a clear answer, and nothing left behind."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from fixtures.clips import make_audio, make_clip, truncate
from fixtures.product import Extracted, Json, Product, User, assert_problem, found_within
from fixtures.programs import succeed

SECONDS = 2


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A good video."""
    return make_clip(tmp_path_factory.mktemp("clip") / "good.mp4", seconds=SECONDS)


def text_file(folder: Path) -> Path:
    """Not a video at all, whatever its name says."""
    path = folder / "text.mp4"
    path.write_text("I am not a video.\n" * 1000)
    return path


def truncated_file(folder: Path) -> Path:
    """An MP4 whose end, where its directory was, is missing."""
    return truncate(make_clip(folder / "truncated.mp4", seconds=SECONDS), 0.7)


def audio_file(folder: Path) -> Path:
    """Sound only."""
    return make_audio(folder / "sound.m4a")


def good_file(folder: Path) -> Path:
    """Nothing is wrong with the file; the recipe is what does not fit."""
    return make_clip(folder / "good.mp4", seconds=SECONDS)


BEYOND_THE_END: Json = {"start": 60}
LATE_TIMES: Json = {"sampling": {"mode": "times", "times": [30, 40]}}

FAILS: dict[str, tuple[Callable[[Path], Path], Json | None, str]] = {
    "text": (text_file, None, "not_a_video"),
    "truncated": (truncated_file, None, "damaged"),
    "sound": (audio_file, None, "no_video_stream"),
    "beyond the end": (good_file, BEYOND_THE_END, "nothing_selected"),
    "times beyond the end": (good_file, LATE_TIMES, "nothing_selected"),
}


async def test_extraction_of_bad_files_fails_with_a_reason(
    product: Product, clip: Path, tmp_path: Path
) -> None:
    user = await product.user()
    failing: dict[str, Extracted] = {}
    for case, (make, recipe, _) in FAILS.items():
        folder = tmp_path / case
        folder.mkdir()
        failing[case] = await user.upload(make(folder), recipe, name=f"{case}.mp4")
    good = await user.upload(clip)

    for case, extracted in failing.items():
        body = await user.ended(extracted)
        assert (body["status"], body["reason"]) == ("failed", FAILS[case][2]), case
        assert body["detail"].endswith("."), case
        await assert_nothing_to_download(user, extracted, body)
    await user.completed(good)
    assert (await user.download(good)).numbers() == [0, 25]

    mails = await user.mailed(len(FAILS) + 1)
    await product.settled()
    assert sorted(mail["Subject"] for mail in mails) == sorted(
        [
            *(f"We could not process your video: “{case}.mp4”" for case in FAILS),
            "Your frames are ready: “good.mp4”",
        ]
    )
    for extracted in (*failing.values(), good):
        await user.delete(extracted.video_id)
    for extracted in (*failing.values(), good):
        await product.without_objects(extracted.video_id)
    assert await user.videos() == []


async def assert_nothing_to_download(user: User, extracted: Extracted, body: Json) -> None:
    """The video is shown as failed, and asking for its archive says why there is none."""
    video = (await user.http.get(f"/video/{extracted.video_id}")).json()
    assert video["status"] == "failed"
    answer = await user.http.get(f"/video/{extracted.video_id}/download")
    problem = assert_problem(answer, 409, "extraction_failed")
    assert problem["reason"] == body["reason"]
    assert body["detail"] in problem["detail"]


async def test_extraction_of_too_many_frames_fails_with_the_limit_in_its_reason(
    product: Product, clip: Path
) -> None:
    user = await product.user()
    async with product.video_replica(user, VIDEO_MAX_FRAMES="49") as replica:
        uploaded = await user.upload(clip, {"sampling": {"mode": "count", "count": 1}})
        answer = await replica.post(
            f"/video/{uploaded.video_id}/extractions", json={"sampling": {"mode": "all"}}
        )
    body = await user.ended(Extracted(uploaded.video_id, answer.json()["id"]))
    assert (body["status"], body["reason"]) == ("failed", "too_many_frames")
    assert "50 frames" in body["detail"]
    assert "49" in body["detail"]


async def test_extraction_answers_each_of_far_more_times_than_frames(
    product: Product, clip: Path
) -> None:
    user = await product.user()
    extracted = await user.upload(clip, {"sampling": {"mode": "count", "count": 100_000}})
    body = await user.completed(extracted)
    assert body["frames"] == 25 * SECONDS
    archive = await user.download(extracted)
    assert sum(len(frame["samples"]) for frame in archive.manifest["frames"]) == 100_000


def form(file: bytes = b"x", recipe: str | None = None) -> dict[str, Any]:
    """An upload form for httpx."""
    data = {} if recipe is None else {"recipe": recipe}
    return {"files": {"file": ("video.mp4", file)}, "data": data}


_BROKEN_FORM = b"--b\r\nContent-Disposition: form-data; name=file; filename=a.mp4\r\n\r\nabc"
REFUSED: dict[str, tuple[dict[str, Any], int, str]] = {
    "empty file": (form(b""), 422, "empty_file"),
    "unknown mode": (form(recipe='{"sampling": {"mode": "best"}}'), 422, "bad_recipe"),
    "not JSON": (form(recipe="every second"), 422, "bad_recipe"),
    "absurd count": (
        form(recipe='{"sampling": {"mode": "count", "count": 1000000000}}'),
        422,
        "bad_recipe",
    ),
    "end before start": (form(recipe='{"start": 5, "end": 4}'), 422, "bad_recipe"),
    "no file": ({"files": {"film": ("video.mp4", b"x")}}, 400, "bad_form"),
    "not a form": ({"json": {"file": "video.mp4"}}, 415, "unsupported_media_type"),
    "broken form": (
        {
            "content": _BROKEN_FORM,
            "headers": {"Content-Type": "multipart/form-data; boundary=b"},
        },
        400,
        "bad_form",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_bad_upload_is_refused_and_leaves_nothing(product: Product, case: str) -> None:
    request, status, code = REFUSED[case]
    user = await product.user()
    before = set(await product.objects())

    assert_problem(await user.http.post("/video", **request), status, code)

    assert await user.videos() == []
    await nothing_more_than(before, product)
    assert await product.fetch_value("video", "SELECT count(*) FROM uploads") == 0


async def nothing_more_than(before: set[str], product: Product) -> None:
    """Return once S3 holds nothing that it did not hold before. Raises `TimeoutError`."""

    async def look() -> bool:
        return set(await product.objects()) <= before

    await found_within(15, look, "nothing new in S3")


async def test_too_large_upload_is_refused_before_its_body_is_sent(
    product: Product, tmp_path: Path
) -> None:
    user = await product.user()
    limit = (await user.http.get("/video/limits")).json()["max_upload_bytes"]
    with (tmp_path / "huge.mp4").open("wb") as file:
        file.truncate(limit + 2**30)  # all holes: it takes no space

    answer = await succeed(
        *("curl", "-sS", f"{product.stack.url}/video", "-F", "file=@huge.mp4"),
        *("-H", f"Authorization: {user.http.headers['Authorization']}"),
        folder=tmp_path,
        seconds=15,
    )

    problem = json.loads(answer)
    assert (problem["status"], problem["code"]) == (413, "file_too_large")
    assert problem["limit"] == limit
    assert str(limit) in problem["detail"]


async def test_upload_shorter_than_its_content_length_leaves_nothing(product: Product) -> None:
    user = await product.user()
    before = set(await product.objects())
    body = _BROKEN_FORM + bytes(12_000_000)
    address = urlsplit(product.stack.url)
    head = [
        "POST /video HTTP/1.1",
        f"Host: {address.netloc}",
        f"Authorization: {user.http.headers['Authorization']}",
        "Content-Type: multipart/form-data; boundary=b",
        f"Content-Length: {len(body) + 1000}",
    ]

    _, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write("\r\n".join([*head, "", ""]).encode() + body)
    await uploads_in_progress(1, product)
    writer.close()

    await uploads_in_progress(0, product)
    await nothing_more_than(before, product)
    assert await user.videos() == []


async def uploads_in_progress(count: int, product: Product) -> None:
    """Return once so many uploads are in progress. Raises `TimeoutError`."""

    async def look() -> bool:
        return bool(await product.fetch_value("video", "SELECT count(*) FROM uploads") == count)

    await found_within(15, look, f"{count} uploads in progress")
