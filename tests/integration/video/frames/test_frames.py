"""The frames of an archive without its ZIP: listed, shown, and some of them downloaded."""

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import httpx
import pytest
from fixtures.archives import POSTER, TILES, StoredArchive, body_of, complete_archive
from fixtures.extractions import assembled, extracted, planned, upload
from fixtures.problems import Blamed, blamed
from fixtures.video import MIB, Clock, Service
from fotograma_local.aws import Aws
from fotograma_video.errors import ArchiveGone
from fotograma_video.frames.schemas import MAX_SECONDS
from fotograma_video.frames.service import Frames
from fotograma_video.frames.streaming import CHUNK_BYTES, READ_AHEAD
from fotograma_video.models import Selection
from fotograma_video.selections.service import FrameSelection, Selections
from fotograma_video.settings import VideoSettings
from fotograma_video.storage import Storage
from sqlalchemy import func
from sqlalchemy import select as select_rows

ClientFor = Callable[[UUID], httpx.AsyncClient]
FRAMES = 600


@pytest.fixture
def s3(s3_server: Aws) -> Any:
    return s3_server.client("s3")


@pytest.fixture
async def archive(user: httpx.AsyncClient, service: Service, s3: Any) -> StoredArchive:
    """600 frames, the n-th shown at n seconds."""
    return await complete_archive(user, service, s3, [body_of(n) for n in range(FRAMES)])


@pytest.fixture
def anonymous(user: httpx.AsyncClient) -> httpx.AsyncClient:
    """What an `<img>` is: no token."""
    return httpx.AsyncClient(transport=user._transport, base_url="http://test", timeout=30)


def code(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["code"]


async def page(user: httpx.AsyncClient, archive: StoredArchive, **query: Any) -> dict[str, Any]:
    answer = await user.get(f"{archive.address}/frames", params=query)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def select(user: httpx.AsyncClient, archive: StoredArchive, **wanted: Any) -> dict[str, Any]:
    answer = await user.post(f"{archive.address}/selection", json=wanted)
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    assert answer.headers["location"] == urlsplit(body["url"]).path
    return body


# --- listing --------------------------------------------------------------------------------------


async def test_frame_pages_show_every_frame_once(
    user: httpx.AsyncClient, archive: StoredArchive
) -> None:
    query: dict[str, Any] = {"limit": 250}
    items: list[dict[str, Any]] = []
    pages = []
    while True:
        body = await page(user, archive, **query)
        assert body["total"] == FRAMES
        pages.append(len(body["items"]))
        items += body["items"]
        shown = {item["thumbnail"]["sheet"] for item in body["items"]}
        assert [sheet["number"] for sheet in body["sheets"]] == sorted(shown)
        if body["next"] is None:
            break
        query["cursor"] = body["next"]
    assert pages == [250, 250, 100]
    assert [item["name"] for item in items] == list(archive.frames)
    assert [item["position"] for item in items] == list(range(FRAMES))
    assert [item["time_seconds"] for item in items] == list(range(FRAMES))
    assert {item["size_bytes"] for item in items} == {2_000}
    assert items[TILES + 7]["thumbnail"] == {
        "sheet": 1,
        "x": 64,
        "y": 18,
        "width": 32,
        "height": 18,
    }


async def test_frame_page_may_begin_at_a_time(
    user: httpx.AsyncClient, archive: StoredArchive
) -> None:
    (item,) = (await page(user, archive, start=299.000001, limit=1))["items"]
    assert item["time_seconds"] == 300
    assert await page(user, archive, start=600) == {
        "total": FRAMES,
        "items": [],
        "sheets": [],
        "next": None,
    }


async def test_frame_page_may_begin_at_a_position(
    user: httpx.AsyncClient, archive: StoredArchive
) -> None:
    for first in (0, 511, 599):
        item = (await page(user, archive, first=first, limit=1))["items"][0]
        assert (item["position"], item["time_seconds"]) == (first, first)
    for behind in (FRAMES, 2**31):
        answer = await page(user, archive, first=behind)
        assert (answer["items"], answer["sheets"], answer["next"]) == ([], [], None)


async def test_frames_have_their_hashes(user: httpx.AsyncClient, archive: StoredArchive) -> None:
    for item in (await page(user, archive, limit=3))["items"]:
        assert item["sha256"] == hashlib.sha256(archive.frames[item["name"]]).hexdigest()


@pytest.mark.parametrize(("first", "limit"), [(0, 1), (24, 2), (30, 10), (599, 1), (0, 600)])
async def test_sheets_have_their_whole_size_whichever_frames_are_asked_for(
    user: httpx.AsyncClient, archive: StoredArchive, first: int, limit: int
) -> None:
    sheets = (await page(user, archive, first=first, limit=limit))["sheets"]
    numbers = [sheet["number"] for sheet in sheets]
    assert numbers == list(range(first // TILES, (first + limit - 1) // TILES + 1))
    assert {(sheet["width"], sheet["height"]) for sheet in sheets} == {(160, 90)}


async def test_compact_page_says_the_same_in_columns(
    user: httpx.AsyncClient, anonymous: httpx.AsyncClient, archive: StoredArchive
) -> None:
    compact = await page(user, archive, fields="compact", limit=20_000)
    items = (await page(user, archive, limit=1_000))["items"]
    columns = compact["frames"]
    assert (compact["total"], compact["first"], compact["next"]) == (FRAMES, 0, None)
    assert columns["name"] == [item["name"] for item in items]
    assert columns["time_us"] == [item["time_seconds"] * 1_000_000 for item in items]
    assert columns["size_bytes"] == [item["size_bytes"] for item in items]
    assert columns["sha256"] == [item["sha256"] for item in items]
    for key in ("sheet", "x", "y", "width", "height"):
        assert columns[key] == [item["thumbnail"][key] for item in items]
    assert [sheet["number"] for sheet in compact["sheets"]] == list(range(FRAMES // TILES))
    for name in columns["name"][::250]:
        shown = await anonymous.get(compact["frame_url"].replace("{name}", name))
        assert shown.content == archive.frames[name]


async def test_compact_pages_follow_each_other(
    user: httpx.AsyncClient, archive: StoredArchive
) -> None:
    one = await page(user, archive, fields="compact", first=100, limit=250)
    two = await page(user, archive, fields="compact", cursor=one["next"], limit=250)
    assert (one["first"], two["first"]) == (100, 350)
    assert one["frames"]["name"] + two["frames"]["name"] == list(archive.frames)[100:600]


async def test_whole_items_are_a_thousand_at_most(
    user: httpx.AsyncClient, archive: StoredArchive
) -> None:
    answer = await user.get(f"{archive.address}/frames", params={"limit": 1_001})
    assert code(answer) == (422, "invalid_request")
    assert answer.json()["errors"][0]["limit"] == 1_000


async def test_signature_for_frames_opens_nothing_else(
    user: httpx.AsyncClient,
    anonymous: httpx.AsyncClient,
    archive: StoredArchive,
    service: Service,
    s3: Any,
) -> None:
    url = (await page(user, archive, fields="compact", limit=1))["frame_url"]
    query = url.partition("?")[2]
    other = await complete_archive(user, service, s3, [body_of(1)])
    name = next(iter(other.frames))
    for path in (
        f"{archive.address}/sheets/0",
        f"{archive.address}/poster",
        f"{archive.address}/selection/{uuid4()}",
        f"{other.address}/frames/{name}",
    ):
        assert code(await anonymous.get(f"{path}?{query}")) == (403, "bad_signature")


async def test_frame_page_refuses_bad_cursors(
    user: httpx.AsyncClient, archive: StoredArchive
) -> None:
    for cursor in ("%%%", "WyJmcmFtZSIsIC0xXQ==", "WzEsIDIsIDNd", "bnVsbA=="):
        answer = await user.get(f"{archive.address}/frames", params={"cursor": cursor})
        assert code(answer) == (422, "bad_cursor")
        assert blamed(answer) == [("query.cursor", "wrong_format", None)]


async def test_extraction_has_the_address_of_its_frames(
    user: httpx.AsyncClient, archive: StoredArchive
) -> None:
    body = (await user.get(archive.address)).json()
    assert (body["frames"], body["sheets"]) == (FRAMES, FRAMES // TILES)
    assert body["frames_url"] == f"{archive.address}/frames"
    assert (await user.get(body["frames_url"])).status_code == 200


async def test_frames_of_an_incomplete_extraction_are_refused(
    user: httpx.AsyncClient, service: Service
) -> None:
    video_id, extraction_id = await upload(user)
    address = f"/video/{video_id}/extractions/{extraction_id}"
    assert (await user.get(address)).json()["frames_url"] is None
    assert code(await user.get(f"{address}/frames")) == (409, "not_ready")
    await service.processing.planned(planned(extraction_id, segments=1))
    await service.processing.segment_extracted(extracted(extraction_id, 0))
    await service.processing.archive_assembled(assembled(extraction_id))
    assert code(await user.get(f"{address}/frames")) == (409, "frames_not_listed")
    assert code(await user.get(f"/video/{video_id}/extractions/{uuid4()}/frames")) == (
        404,
        "extraction_not_found",
    )


# --- images ---------------------------------------------------------------------------------------


async def test_signed_frame_url_needs_no_token(
    user: httpx.AsyncClient, anonymous: httpx.AsyncClient, archive: StoredArchive
) -> None:
    for item in (await page(user, archive, limit=3, start=597))["items"]:
        answer = await anonymous.get(item["url"])
        data = archive.frames[item["name"]]
        assert answer.content == data
        etag = f'"{hashlib.sha256(data).hexdigest()}"'
        headers = {
            "content-type": "image/png",
            "content-length": "2000",
            "cache-control": "private, max-age=86400, immutable",
            "etag": etag,
        }
        assert headers.items() <= answer.headers.items()
        again = await anonymous.get(item["url"], headers={"If-None-Match": f'"x", W/{etag}'})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
        head = await anonymous.head(item["url"])
        assert (head.status_code, head.content) == (200, b"")
        assert headers.items() <= head.headers.items()


async def test_signed_sprite_sheet_url_needs_no_token(
    user: httpx.AsyncClient, anonymous: httpx.AsyncClient, archive: StoredArchive
) -> None:
    (sheet,) = (await page(user, archive, limit=1, start=30))["sheets"]
    answer = await anonymous.get(sheet["url"])
    assert (answer.content, answer.headers["content-type"]) == (archive.sheets[1], "image/jpeg")
    known = {"If-None-Match": answer.headers["etag"]}
    assert (await anonymous.get(sheet["url"], headers=known)).status_code == 304
    missing = f"{archive.address}/sheets/{len(archive.sheets)}"
    assert code(await user.get(missing, headers={"If-None-Match": "*"})) == (404, "sheet_not_found")


async def test_unknown_frames_and_sprite_sheets_are_not_found(
    user: httpx.AsyncClient, archive: StoredArchive
) -> None:
    first = "00-00-00.000000"
    for name in (f"{first[:-1]}1.png", f"{first}.jpg", first, "manifest.json", "99-99-99.0.png"):
        answer = await user.get(f"{archive.address}/frames/{name}")
        assert code(answer) == (404, "frame_not_found")


async def test_signature_is_valid_for_one_address_until_it_expires(
    user: httpx.AsyncClient, anonymous: httpx.AsyncClient, archive: StoredArchive, api_clock: Clock
) -> None:
    first, second = (await page(user, archive, limit=2))["items"]
    query = {key: value for key, (value,) in parse_qs(urlsplit(first["url"]).query).items()}
    path, other = urlsplit(first["url"]).path, urlsplit(second["url"]).path
    later = str(int(query["expires"]) + 3600)
    flipped = query["sig"].swapcase()
    assert (await anonymous.get(path, params=query)).status_code == 200
    for address, params in (
        (other, query),
        (path, {**query, "expires": later}),
        (path, {**query, "sig": flipped}),
        (path, {**query, "sig": "é"}),
        (path, {"sig": query["sig"]}),
    ):
        assert code(await anonymous.get(address, params=params)) == (403, "bad_signature")
    assert code(await anonymous.get(path)) == (401, "unauthenticated")
    assert code(await anonymous.get(f"{archive.address}/frames", params=query)) == (
        401,
        "unauthenticated",
    )
    api_clock.ahead = timedelta(hours=2)
    assert code(await anonymous.get(path, params=query)) == (403, "link_expired")
    (renewed, _) = (await page(user, archive, limit=2))["items"]
    assert (await anonymous.get(renewed["url"])).status_code == 200


async def test_frames_of_other_users_are_not_found(
    stranger: httpx.AsyncClient, user: httpx.AsyncClient, archive: StoredArchive
) -> None:
    made = await select(user, archive, positions=[{"start": 0, "end": 1}])
    name = next(iter(archive.frames))
    for path in ("/frames", f"/frames/{name}", "/sheets/0", f"/selection/{made['id']}"):
        assert code(await stranger.get(archive.address + path)) == (404, "video_not_found")
    answer = await stranger.post(f"{archive.address}/selection", json={"names": [name]})
    assert code(answer) == (404, "video_not_found")


async def test_frames_of_a_deleted_video_are_not_found(
    user: httpx.AsyncClient,
    anonymous: httpx.AsyncClient,
    archive: StoredArchive,
    service: Service,
    s3: Any,
) -> None:
    listed = await page(user, archive, limit=1)
    made = await select(user, archive, positions=[{"start": 0, "end": 1}])
    urls = [listed["items"][0]["url"], listed["sheets"][0]["url"], made["url"]]
    s3.delete_object(Bucket=service.settings.s3_bucket, Key=archive.key)
    assert code(await anonymous.get(urls[0])) == (410, "archive_gone")
    assert code(await anonymous.get(urls[2])) == (410, "archive_gone")
    assert (await user.delete(f"/video/{archive.video_id}")).status_code == 204
    for url in urls:
        assert code(await anonymous.get(url)) == (404, "video_not_found")
    await service.janitor.tidy()
    assert "Contents" not in s3.list_objects_v2(
        Bucket=service.settings.s3_bucket, Prefix=f"extractions/{archive.video_id}/"
    )


async def test_selections_of_an_erased_user_are_deleted(
    user: httpx.AsyncClient,
    anonymous: httpx.AsyncClient,
    archive: StoredArchive,
    service: Service,
    s3: Any,
) -> None:
    listed = await page(user, archive, limit=1)
    made = await select(user, archive, positions=[{"start": 0, "end": 1}])
    user_id = UUID(user.headers["Authorization"].removeprefix("Bearer "))
    await service.erasure.erase_user(user_id)
    for url in (listed["items"][0]["url"], listed["sheets"][0]["url"], made["url"]):
        assert code(await anonymous.get(url)) == (404, "video_not_found")
    service.clock.ahead = timedelta(days=1)
    await service.janitor.tidy()
    await service.erasure.purge()
    async with service.database.transaction() as session:
        assert await session.scalar(select_rows(func.count()).select_from(Selection)) == 0
    assert "Contents" not in s3.list_objects_v2(Bucket=service.settings.s3_bucket)


# --- selections -----------------------------------------------------------------------------------


def opened(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as zipped:
        assert zipped.testzip() is None
        return {name: zipped.read(name) for name in zipped.namelist()}


async def test_selection_zip_has_each_frame_once_and_in_order(
    user: httpx.AsyncClient, anonymous: httpx.AsyncClient, archive: StoredArchive
) -> None:
    names = list(archive.frames)
    made = await select(
        user,
        archive,
        names=[names[599], names[3], names[3]],
        times=[{"start": 100, "end": 102.5}, {"start": 9, "end": 9}],
        positions=[{"start": 101, "end": 104}, {"start": 598, "end": 10_000}],
    )
    answer = await anonymous.get(made["url"])
    wanted = [names[n] for n in (3, 100, 101, 102, 103, 598, 599)]
    assert opened(answer.content) == {name: archive.frames[name] for name in wanted}
    assert list(opened(answer.content)) == wanted
    assert (made["frames"], made["size_bytes"]) == (7, len(answer.content))
    headers = {
        "content-type": "application/zip",
        "content-length": str(made["size_bytes"]),
        "accept-ranges": "bytes",
    }
    assert headers.items() <= answer.headers.items()
    assert "filename*=UTF-8''f%C3%A9rias-selection.zip" in answer.headers["content-disposition"]
    head = await anonymous.head(made["url"], headers={"Range": "bytes=0-9"})
    assert (head.status_code, head.content) == (200, b"")
    assert headers.items() <= head.headers.items()
    known = {"If-None-Match": answer.headers["etag"]}
    assert (await anonymous.get(made["url"], headers=known)).status_code == 304


async def test_selection_download_is_resumed_by_a_range(
    user: httpx.AsyncClient, anonymous: httpx.AsyncClient, archive: StoredArchive
) -> None:
    made = await select(user, archive, positions=[{"start": n, "end": n + 1} for n in (1, 50, 599)])
    whole = await anonymous.get(made["url"])
    size = made["size_bytes"]
    for begin in (1, 2_500, size - 100, size - 1):
        asked = {"Range": f"bytes={begin}-", "If-Range": whole.headers["etag"]}
        rest = await anonymous.get(made["url"], headers=asked)
        assert rest.status_code == 206
        assert rest.headers["content-range"] == f"bytes {begin}-{size - 1}/{size}"
        assert rest.content == whole.content[begin:]
    changed = {"Range": "bytes=1-", "If-Range": '"another"'}
    assert (await anonymous.get(made["url"], headers=changed)).content == whole.content
    refused = await anonymous.get(made["url"], headers={"Range": f"bytes={size}-"})
    assert code(refused) == (416, "range_not_satisfiable")
    assert refused.headers["content-range"] == f"bytes */{size}"


_EMPTY = ("body", "too_short", 1)
REFUSED: list[tuple[str, Any, Blamed]] = [
    ("empty_selection", {}, _EMPTY),
    ("empty_selection", {"times": [{"start": 600, "end": 700}]}, _EMPTY),
    ("empty_selection", {"positions": [{"start": 5, "end": 4}]}, _EMPTY),
    (
        "unknown_frames",
        {"names": ["00-00-00.000000.png", "x"]},
        ("body.names.1", "not_a_choice", None),
    ),
    (
        "selection_too_large",
        {"positions": [{"start": 0, "end": 1}] * 10_001},
        ("body", "too_long", 10_000),
    ),
    (
        "invalid_request",
        {"positions": [{"start": 0, "end": 2**40}]},
        ("body.positions.0.end", "too_large", 2**31),
    ),
    (
        "invalid_request",
        {"positions": [{"start": 0, "end": 4, "step": 0}]},
        ("body.positions.0.step", "too_small", 1),
    ),
    (
        "invalid_request",
        {"times": [{"start": 0, "end": 1e300}]},
        ("body.times.0.end", "too_large", MAX_SECONDS),
    ),
    ("invalid_request", {"names": ["x" * 65]}, ("body.names.0", "too_long", 64)),
    ("invalid_request", {"names": ["\ud800"]}, ("body.names.0", "wrong_format", None)),
]


async def test_bad_selections_are_refused(user: httpx.AsyncClient, archive: StoredArchive) -> None:
    for expected, wanted, field in REFUSED:
        answer = await user.post(
            f"{archive.address}/selection",
            content=json.dumps(wanted),
            headers={"Content-Type": "application/json"},
        )
        assert code(answer) == (422, expected)
        assert blamed(answer) == [field]


async def test_selection_expires(
    user: httpx.AsyncClient,
    anonymous: httpx.AsyncClient,
    archive: StoredArchive,
    service: Service,
    api_clock: Clock,
) -> None:
    made = await select(user, archive, positions=[{"start": 0, "end": 1}])
    path = urlsplit(made["url"]).path
    api_clock.ahead = timedelta(seconds=service.settings.video_selection_seconds - 60)
    assert (await anonymous.get(made["url"])).status_code == 200
    api_clock.ahead += timedelta(minutes=2)
    assert code(await anonymous.get(made["url"])) == (403, "link_expired")
    assert code(await user.get(path)) == (404, "selection_not_found")
    service.clock.ahead = api_clock.ahead
    await service.janitor.tidy()
    api_clock.ahead = timedelta()
    assert code(await anonymous.get(made["url"])) == (404, "selection_not_found")


async def test_new_selection_replaces_the_oldest_beyond_the_limit(
    user: httpx.AsyncClient, archive: StoredArchive, service: Service
) -> None:
    limit = service.settings.video_max_selections
    made = [
        await select(user, archive, positions=[{"start": n, "end": n + 1}])
        for n in range(limit + 1)
    ]
    answers = [await user.head(urlsplit(selection["url"]).path) for selection in made]
    assert [answer.status_code for answer in answers] == [404] + [200] * limit


class CountingStorage(Storage):
    """Counts what is read."""

    def __init__(self, settings: VideoSettings) -> None:
        super().__init__(settings)
        self.reads: list[tuple[int, int]] = []

    async def read(self, key: str, begin: int, end: int) -> bytes:
        self.reads.append((begin, end))
        return await super().read(key, begin, end)


async def test_selection_download_reads_only_what_it_sends(
    user: httpx.AsyncClient, service: Service, s3: Any
) -> None:
    """A client that stops reading stops the reading; a resumed download begins where it does."""
    archive = await complete_archive(
        user, service, s3, [body_of(n, size=MIB // 2) for n in range(24)]
    )
    async with CountingStorage(service.settings) as storage:
        owner = UUID(user.headers["Authorization"].removeprefix("Bearer "))
        frames = Frames(service.database, storage)
        selections = Selections(service.database, storage, service.settings, service.clock)
        found = await frames.archive(owner, archive.video_id, archive.extraction_id)
        made = await selections.create(owner, found, FrameSelection(positions=[range(24)]))
        zipped = await selections.find(found, made.id)

        storage.reads.clear()
        chunks = selections.read(found, zipped, 0, zipped.size)
        first = await anext(chunks)
        assert len(first) == CHUNK_BYTES
        await chunks.aclose()
        assert sum(end - begin for begin, end in storage.reads) <= (READ_AHEAD + 1) * CHUNK_BYTES

        storage.reads.clear()
        begin = zipped.size - 3_000
        rest = b"".join([c async for c in selections.read(found, zipped, begin, zipped.size)])
        assert len(rest) == 3_000
        assert sum(end - begin for begin, end in storage.reads) <= 3_000


async def test_deleted_archive_is_answered_before_anything_is_sent(service: Service) -> None:
    with pytest.raises(ArchiveGone):
        await service.storage.read("nothing", 0, 1)


# --- posters --------------------------------------------------------------------------------------


async def test_poster_stands_for_the_video_without_a_token(
    user: httpx.AsyncClient, anonymous: httpx.AsyncClient, archive: StoredArchive
) -> None:
    url = (await user.get(f"/video/{archive.video_id}")).json()["poster_url"]
    shown = await anonymous.get(url)
    assert (shown.status_code, shown.content) == (200, POSTER)
    assert shown.headers["content-type"] == "image/jpeg"
    known = {"If-None-Match": shown.headers["etag"]}
    assert (await anonymous.get(url, headers=known)).status_code == 304
    assert code(await anonymous.get(urlsplit(url).path)) == (401, "unauthenticated")


async def test_archive_from_before_posters_has_none(
    user: httpx.AsyncClient, service: Service
) -> None:
    video, extraction = await upload(user)
    await service.processing.planned(planned(extraction, segments=1))
    await service.processing.segment_extracted(extracted(extraction, 0))
    event = assembled(extraction).model_copy(update={"frame_index_key": "index"})
    assert not event.poster
    await service.processing.archive_assembled(event)
    assert (await user.get(f"/video/{video}")).json()["poster_url"] is None
    answer = await user.get(f"/video/{video}/extractions/{extraction}/poster")
    assert code(answer) == (404, "poster_not_found")
