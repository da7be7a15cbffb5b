"""Many uploads at once, and short work beside long work: nobody is lost, nobody waits for all."""

import time
from pathlib import Path

import pytest
from fixtures.clips import make_clip
from fixtures.load import HOUR_FPS, HOUR_SECONDS, Job, Load
from fixtures.product import Product

GREEDY, MODEST = 30, 5
SOON_SECONDS = 15


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> Job:
    """About a second's work: all are accepted long before half of them are done."""
    clip = make_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", seconds=4, size=(640, 360))
    recipe = {"sampling": {"mode": "all"}, "output": {"format": "webp"}}
    return Job(clip, recipe, range(100))


@pytest.mark.middle
async def test_dispatcher_serves_users_in_turn(product: Product, job: Job) -> None:
    load = await Load.prepare(product, [job], users=5)
    greedy, *others = load.users
    load.upload(GREEDY, [greedy])
    await load.accepted(GREEDY)
    load.upload(MODEST, others)

    await load.assert_all_well(100)

    ends = []
    for user in load.users:
        ends += [(e["finished_at"], user is greedy) for e in await user.all_ended(10)]
    ends.sort()
    assert len(ends) == GREEDY + MODEST * len(others) == 50
    # In the order of arrival all of the greedy user's would have come first.
    last_of_others = max(place for place, (_, is_greedy) in enumerate(ends) if not is_greedy)
    assert last_of_others < len(ends) - 3


@pytest.mark.middle
async def test_dispatcher_lets_short_clips_overtake_long_videos(
    product: Product, hour: Path, tmp_path: Path
) -> None:
    patient, hurried = await product.users(2)
    long = await patient.upload(hour, {"sampling": {"mode": "all"}})

    await product.workers_busy()
    clip = make_clip(tmp_path / "clip.mp4", seconds=10)
    begun = time.monotonic()
    short = await hurried.upload(clip)
    await hurried.completed(short, SOON_SECONDS)

    assert time.monotonic() - begun < SOON_SECONDS
    body = await patient.extraction(long)
    assert body["status"] == "extracting"
    assert body["source"]["duration_seconds"] == HOUR_SECONDS
    assert body["progress"]["frames_at_most"] == HOUR_SECONDS * HOUR_FPS
    assert (await hurried.download(short)).numbers() == list(range(0, 250, 25))

    await patient.delete(long.video_id)
    await product.settled(60)
    await product.without_objects(long.video_id)
    assert await patient.mails() == []
