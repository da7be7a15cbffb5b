"""Containers end and come back, one or all, and nothing of what users were promised is lost."""

import asyncio
from collections.abc import Sequence

import pytest
from fixtures.clips import make_clip
from fixtures.composition import LASTING, ComposedProduct
from fixtures.load import Job, Load
from fixtures.product import found_within

SETTLED_SECONDS = 180
WELL_SECONDS = 90


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
async def test_each_container_is_restarted_in_turn_under_load(
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
async def test_down_and_up_keep_everything(product: ComposedProduct, jobs: Sequence[Job]) -> None:
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
async def test_a_new_password_and_a_new_key_are_taken_up(
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
