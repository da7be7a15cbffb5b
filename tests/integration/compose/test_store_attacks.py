"""The real SeaweedFS behind the real gateway: what is presigned passes, and nothing else does."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from fixtures.store import BUCKET, REGION, GuardedStore, guarded_store
from fixtures.store_attacks import PART, Store
from fotograma_kit.s3 import StoredPart
from fotograma_local.provision import create_bucket
from fotograma_video.settings import VideoSettings
from fotograma_video.storage import Storage
from fotograma_video.uploads.direct_uploads import current_parts
from pydantic import SecretStr

pytestmark = pytest.mark.middle

PAGE = "https://page.example"
WELL_FORMED = {
    *("forged part", "forged read", "other part", "other object", "read as a page"),
    *("larger part", "much larger part", "smaller part", "empty part"),
    *("part of unknown length", "large part of unknown length"),
}
"""What only the store can tell from what is presigned; the gateway refuses the others by itself."""
VICTIM = "extractions/another/archive.zip"
CONTENT = b"somebody else's frames" * 1_000
OWN = "sources/mine/video"


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuardedStore]:
    """Both servers, and the bucket that the product has there."""
    with guarded_store(tmp_path_factory.mktemp("store")) as guarded:
        create_bucket(guarded.of("provision"), BUCKET, [PAGE])
        yield guarded


@pytest.fixture
async def storage(guarded: GuardedStore, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Storage]:
    """The bucket, as the video service uses it."""
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(guarded.credentials("video")))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    settings = VideoSettings.model_validate(
        {
            "database_url": SecretStr("postgresql+asyncpg://nowhere"),
            "rabbitmq_url": SecretStr("amqp://nowhere"),
            "jwks_url": "http://127.0.0.1:1/jwks.json",
            "s3_bucket": BUCKET,
            "s3_endpoint_url": guarded.s3_url,
            "s3_public_endpoint_url": guarded.url,
            "aws_region": REGION,
        }
    )
    async with Storage(settings) as storage:
        yield storage


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    """Anybody."""
    async with httpx.AsyncClient(trust_env=False, timeout=30) as http:
        yield http


async def presigned(storage: Storage) -> tuple[str, Store]:
    """An upload of the attacker's own, and all they hold."""
    upload_id = await storage.open_upload(OWN)
    urls = await storage.part_urls(OWN, upload_id, {1: len(PART)})
    read_url = await storage.download_url(VICTIM, "frames of é & co.zip")
    url = read_url.partition(f"/{BUCKET}/")[0]
    return upload_id, Store(url, BUCKET, VICTIM, urls[1], read_url)


async def test_store_gateway_passes_presigned_requests(
    storage: Storage, guarded: GuardedStore, http: httpx.AsyncClient
) -> None:
    guarded.of("video").client("s3").put_object(Bucket=BUCKET, Key=VICTIM, Body=CONTENT)
    upload_id, store = await presigned(storage)
    page = {"Origin": PAGE}
    asked = {**page, "Access-Control-Request-Method": "PUT"}
    preflight = await http.options(store.part_url, headers=asked)
    assert preflight.headers["access-control-allow-origin"] == PAGE
    sent = await http.put(store.part_url, content=PART, headers=page)
    assert (sent.status_code, sent.text) == (200, "")
    assert "ETag" in sent.headers["access-control-expose-headers"]
    parts = await arrived(storage, upload_id)
    assert [(part.number, part.size_bytes) for part in parts] == [(1, len(PART))]
    await storage.complete_upload(OWN, upload_id, parts)
    assert await storage.read_all(OWN) == PART

    read = await http.get(store.read_url)
    assert read.content == CONTENT
    assert read.headers["content-type"] == "application/zip"
    assert "filename*=UTF-8''frames" in read.headers["content-disposition"]
    some = await http.get(store.read_url, headers={"Range": "bytes=2-4"})
    assert (some.status_code, some.content) == (206, CONTENT[2:5])


@pytest.mark.parametrize("sent", [(b"of another size", PART), (PART, b"of another size")])
async def test_store_joins_the_part_of_the_right_size_of_two_of_one_number(
    sent: tuple[bytes, ...], storage: Storage, http: httpx.AsyncClient
) -> None:
    upload_id = await storage.open_upload(OWN)
    for content in sent:
        urls = await storage.part_urls(OWN, upload_id, {1: len(content)})
        assert (await http.put(urls[1], content=content)).status_code == 200
    parts = current_parts({1: len(PART)}, await arrived(storage, upload_id))
    await storage.complete_upload(OWN, upload_id, parts)
    assert await storage.read_all(OWN) == PART


async def test_store_gateway_passes_a_part_of_full_size(
    storage: Storage, http: httpx.AsyncClient
) -> None:
    content = bytes(range(256)) * (8 * 1024**2 // 256)
    upload_id = await storage.open_upload(OWN)
    urls = await storage.part_urls(OWN, upload_id, {1: len(content), 2: 1})
    for number, body in ((1, content), (2, b"x"), (1, content)):
        assert (await http.put(urls[number], content=body)).status_code == 200
    await storage.complete_upload(OWN, upload_id, await arrived(storage, upload_id))
    assert await storage.read_all(OWN) == content + b"x"


async def test_store_gateway_refuses_every_other_request(
    storage: Storage, guarded: GuardedStore, http: httpx.AsyncClient
) -> None:
    s3 = guarded.of("provision").client("s3")
    s3.put_object(Bucket=BUCKET, Key=VICTIM, Body=CONTENT)
    before, buckets = keys(s3), bucket_names(s3)
    upload_id, store = await presigned(storage)

    succeeded, asked_the_store = [], set()
    for attack in store.attacks():
        answer = await attack.send(http)
        if answer.status_code < 400:
            succeeded.append((attack.name, answer.status_code))
        if answer.text.startswith("<?xml"):
            asked_the_store.add(attack.name)
        if attack.has_header:
            assert answer.status_code == 403, attack.name
    assert not succeeded
    assert asked_the_store == WELL_FORMED

    assert await arrived(storage, upload_id) == []
    assert keys(s3) == before
    assert await storage.read_all(VICTIM) == CONTENT
    assert bucket_names(s3) == buckets


async def test_store_refuses_unsigned_requests_itself(
    storage: Storage, guarded: GuardedStore, http: httpx.AsyncClient
) -> None:
    # In a local Kubernetes there is no gateway before it. Its presigned URLs are signed for its own
    # address there; what is signed for another is refused for that alone, so those are left out.
    store = Store(guarded.s3_url, BUCKET, VICTIM, guarded.s3_url, guarded.s3_url)
    s3 = guarded.of("provision").client("s3")
    s3.put_object(Bucket=BUCKET, Key=VICTIM, Body=CONTENT)
    before = keys(s3)
    for attack in (*store._unsigned(), *store._forged()):
        assert (await attack.send(http)).status_code >= 400, attack.name
    assert keys(s3) == before
    assert await storage.read_all(VICTIM) == CONTENT


async def arrived(storage: Storage, upload_id: str) -> list[StoredPart]:
    """The parts that the store has."""
    return list(await storage.parts(OWN, upload_id) or ())


def keys(s3: Any) -> list[str]:
    """What is in the bucket."""
    return [each["Key"] for each in s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])]


def bucket_names(s3: Any) -> list[str]:
    """What the store holds; its start has made one to read back from."""
    return [each["Name"] for each in s3.list_buckets()["Buckets"]]
