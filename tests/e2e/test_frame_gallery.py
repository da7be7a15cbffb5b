"""Looking at an archive's frames, and taking some of them along, without downloading the rest."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import numpy as np
import pytest
from fixtures.clips import decode_image, make_clip, read_number
from fixtures.product import (
    REQUEST_SECONDS,
    Archive,
    Extracted,
    Json,
    Product,
    User,
    answered,
    assert_problem,
)
from fixtures.programs import succeed

FRAMES = 600
PAGE = 150


@dataclass(frozen=True)
class Gallery:
    """A user's frames, and somebody who has no token."""

    user: User
    extracted: Extracted
    archive: Archive
    browser: httpx.AsyncClient

    @property
    def address(self) -> str:
        """The extraction's path."""
        return f"/video/{self.extracted.video_id}/extractions/{self.extracted.id}"

    async def pages(self) -> list[Json]:
        """All pages of frames."""
        pages: list[Json] = []
        query: dict[str, str | int] = {"limit": PAGE}
        while not pages or pages[-1]["next"]:
            answer = await self.user.http.get(f"{self.address}/frames", params=query)
            pages.append(answered(answer, 200))
            query["cursor"] = pages[-1]["next"]
        return pages


@pytest.fixture(scope="module")
async def gallery(
    product: Product, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Gallery]:
    """Every frame of 24 seconds, 25 a second."""
    user = await product.user()
    clip = make_clip(tmp_path_factory.mktemp("clip") / "a.mp4", seconds=FRAMES / 25, fps=25, gop=50)
    extracted = await user.upload(clip, {"sampling": {"mode": "all"}})
    body = await user.completed(extracted)
    assert body["frames"] == FRAMES
    async with httpx.AsyncClient(
        base_url=product.stack.url, timeout=REQUEST_SECONDS, trust_env=False
    ) as browser:
        yield Gallery(user, extracted, await user.download(extracted), browser)


async def test_frame_list_pages_through_six_hundred_frames(gallery: Gallery) -> None:
    """Each is what the ZIP has, and its thumbnail shows it."""
    pages = await gallery.pages()
    assert [len(page["items"]) for page in pages] == [PAGE] * (FRAMES // PAGE)
    items = [item for page in pages for item in page["items"]]
    assert [item["name"] for item in items] == gallery.archive.frames
    addresses = {sheet["number"]: sheet["url"] for page in pages for sheet in page["sheets"]}
    assert len(addresses) == (await gallery.user.extraction(gallery.extracted))["sheets"]
    sheets = {number: await shown(gallery, url) for number, url in addresses.items()}
    for number, item in enumerate(items):
        tile = item["thumbnail"]
        x, y = tile["x"], tile["y"]
        thumbnail = sheets[tile["sheet"]][y : y + tile["height"], x : x + tile["width"]]
        assert read_number(thumbnail) == number
    for number in (0, 1, 299, 599):
        answer = await gallery.browser.get(items[number]["url"])
        assert answer.content == gallery.archive.read(items[number]["name"])
        assert answer.headers["content-type"] == "image/png"
        assert answer.headers["content-length"] == str(items[number]["size_bytes"])
        head = await gallery.browser.head(items[number]["url"])
        assert (head.content, head.headers["etag"]) == (b"", answer.headers["etag"])
        known = {"If-None-Match": answer.headers["etag"]}
        again = await gallery.browser.get(items[number]["url"], headers=known)
        assert (again.status_code, again.content) == (304, b"")


async def shown(gallery: Gallery, url: str) -> np.ndarray:
    """A sheet, as an `<img>` shows it."""
    answer = await gallery.browser.get(url)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
    return decode_image(answer.content)


async def test_image_needs_a_signature(gallery: Gallery) -> None:
    (page,) = (await gallery.pages())[:1]
    url = page["items"][0]["url"]
    assert (await gallery.browser.get(url)).status_code == 200
    assert_problem(await gallery.browser.get(url[:-1]), 403, "bad_signature")
    assert_problem(await gallery.browser.get(url.partition("?")[0]), 401, "unauthenticated")


async def test_selection_download_resumes_after_an_interruption(
    gallery: Gallery, tmp_path: Path
) -> None:
    wanted = [gallery.archive.frames[n] for n in (7, 250, 251, 252, 599)]
    answer = await gallery.user.http.post(f"{gallery.address}/selection", json={"names": wanted})
    selection = answered(answer, 201)
    assert selection["frames"] == 5

    begun = bytearray()
    async with gallery.browser.stream("GET", selection["url"]) as download:
        assert int(download.headers["content-length"]) == selection["size_bytes"]
        etag = download.headers["etag"]
        async for chunk in download.aiter_raw(1000):
            begun += chunk
            if len(begun) > selection["size_bytes"] // 2:
                break
    missing = {"Range": f"bytes={len(begun)}-", "If-Range": etag}
    rest = await gallery.browser.get(selection["url"], headers=missing)
    assert rest.status_code == 206
    content = bytes(begun) + rest.content
    assert len(content) == selection["size_bytes"]

    zipped = Archive(content)
    assert zipped.names == wanted
    assert [zipped.read(name) for name in wanted] == [gallery.archive.read(n) for n in wanted]
    (tmp_path / "five.zip").write_bytes(content)
    await succeed("unzip", "-tq", "five.zip", folder=tmp_path)
    await succeed("7z", "t", "five.zip", folder=tmp_path)


async def test_selection_may_have_every_frame(gallery: Gallery) -> None:
    everything = {"times": [{"start": 0, "end": 24}]}
    answer = await gallery.user.http.post(f"{gallery.address}/selection", json=everything)
    zipped = Archive((await gallery.browser.get(answered(answer, 201)["url"])).content)
    assert zipped.names == gallery.archive.frames
    assert zipped.numbers() == list(range(FRAMES))


async def test_frames_of_another_user_are_not_found(product: Product, gallery: Gallery) -> None:
    stranger = await product.user()
    name = gallery.archive.frames[0]
    for path in ("/frames", f"/frames/{name}", "/sheets/0"):
        answer = await stranger.http.get(gallery.address + path)
        assert_problem(answer, 404, "video_not_found")
