"""Containers end and come back, one or all, and nothing of what users were promised is lost."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import certifi
import pytest
from fixtures.clips import make_clip
from fixtures.composition import LASTING, ComposedProduct, Composition
from fixtures.load import Job, Load
from fixtures.product import Json, User, answered, found_within

SETTLED_SECONDS = 180
WELL_SECONDS = 90
SENT = {"sent", "uncertain"}
"""A mail whose acceptance was cut short by a restart is flagged, and never sent again."""


class RecordedUser(User):
    """A user whose mail is what notify has on record: the emulator forgets its mailbox when it is
    restarted, and keeps the table."""

    async def mails(self) -> list[Json]:
        """One for each delivery that was sent."""
        found: list[Json] = []
        cursor: dict[str, str] = {}
        while True:
            answer = await self.http.get("/notify/deliveries", params={"limit": "100", **cursor})
            if answer.status_code in {502, 503, 504}:
                return []
            page = answered(answer, 200)
            found += [
                {"To": [self.email], "Subject": f"Your frames are ready: “{delivery['about']}”"}
                for delivery in page["items"]
                if delivery["kind"] == "video.processed" and delivery["status"] in SENT
            ]
            if not page["next_cursor"]:
                return found
            cursor = {"cursor": page["next_cursor"]}


class RecordedProduct(ComposedProduct):
    """The product, with such users."""

    kind = RecordedUser


@pytest.fixture(scope="module")
async def product(composition: Composition, certificate: Path) -> AsyncIterator[RecordedProduct]:
    """The product at https://localhost, for tests that restart its parts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(certifi, "where", lambda: str(certificate))
        async with RecordedProduct.of(composition) as product:
            yield product


@pytest.fixture(scope="module")
def jobs(tmp_path_factory: pytest.TempPathFactory) -> Sequence[Job]:
    """A video of a few frames, and one that takes a second or two."""
    folder = tmp_path_factory.mktemp("clips")
    few = make_clip(folder / "few.mp4", seconds=2)
    slow = make_clip(folder / "slow.mkv", seconds=2, size=(1280, 720), gop=250)
    return [
        Job(few, {"sampling": {"mode": "fps", "fps": 5}}, range(0, 50, 5)),
        Job(slow, {"sampling": {"mode": "all"}, "output": {"format": "jpg"}}, range(50)),
    ]


@pytest.mark.timeout(1200)
async def test_restart_of_each_container_under_load_loses_nothing(
    product: ComposedProduct, jobs: Sequence[Job]
) -> None:
    load = await Load.prepare(product, jobs, users=3)
    for service in LASTING:
        load.upload()
        await asyncio.to_thread(product.composition.run, "restart", service)
        await well(product, service)
    await load.accepted(3 * len(LASTING))
    await load.assert_all_well(SETTLED_SECONDS)


async def well(product: ComposedProduct, service: str) -> None:
    """Return once a service's containers are healthy. Raises `TimeoutError`."""

    async def look() -> bool:
        return await asyncio.to_thread(product.composition.is_healthy, service)

    await found_within(WELL_SECONDS, look, f"{service} to be well")


@pytest.mark.timeout(1200)
async def test_down_and_up_lose_nothing(product: ComposedProduct, jobs: Sequence[Job]) -> None:
    load = await Load.prepare(product, jobs, users=2)
    load.upload(2)
    await load.assert_all_well(SETTLED_SECONDS)
    (first, *_) = load.users
    before = await first.videos()
    certificate = product.composition.certificate()

    await asyncio.to_thread(product.composition.down)
    await asyncio.to_thread(product.composition.up)

    assert product.composition.certificate() == certificate
    assert await first.videos() == before  # the same access token, the same keys
    await first.login()
    load.upload()
    await load.assert_all_well(SETTLED_SECONDS)


@pytest.mark.timeout(1200)
async def test_restart_takes_new_passwords_and_keys(
    product: ComposedProduct, jobs: Sequence[Job]
) -> None:
    load = await Load.prepare(product, jobs, users=1)
    run = product.composition.run
    await asyncio.to_thread(
        run, "run", "--rm", "--entrypoint", "rm", "secrets", "/secrets/kept/video-database"
    )
    await asyncio.to_thread(run, "run", "--rm", "secrets", "new-signing-key")
    await asyncio.to_thread(product.composition.up, "--force-recreate")

    fresh = ComposedProduct(product.composition)
    assert fresh.stack.database_url("video") != product.stack.database_url("video")
    product.stack = fresh.stack
    for user in load.users:
        await user.login()
    load.upload()
    await load.assert_all_well(SETTLED_SECONDS)


@pytest.mark.timeout(1200)
async def test_backup_restores_everything(
    product: RecordedProduct, jobs: Sequence[Job], tmp_path: Path
) -> None:
    composition = product.composition
    load = await Load.prepare(product, jobs, users=1)
    load.upload(2)
    await load.assert_all_well(SETTLED_SECONDS)
    (user,) = load.users
    wishes = {"email_on_failed": False, "locale": "pt"}
    preferences = answered(await user.http.put("/notify/preferences", json=wishes), 200)
    assert preferences.items() >= wishes.items()
    videos = await user.videos()
    kept = tmp_path / "kept"

    await asyncio.to_thread(composition.backup, "save", kept)
    await asyncio.to_thread(composition.down, "-v")
    await asyncio.to_thread(composition.backup, "restore", kept)
    await asyncio.to_thread(composition.up)

    assert kept.stat().st_mode & 0o777 == 0o700
    assert await user.videos() == videos  # the same access token, the same keys
    assert answered(await user.http.get("/notify/preferences"), 200) == preferences
    await user.login()
    load.upload()
    await load.assert_all_well(SETTLED_SECONDS)  # the archives of before, too

    with pytest.raises(AssertionError, match="holds something; nothing was changed"):
        await asyncio.to_thread(composition.backup, "restore", kept)
    (kept / "secrets.tar.gz").write_bytes(b"torn")
    with pytest.raises(AssertionError, match=r"secrets\.tar\.gz: FAILED"):
        await asyncio.to_thread(composition.backup, "restore", kept)
