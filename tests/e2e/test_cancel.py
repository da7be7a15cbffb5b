"""Second thoughts: whoever cancels has the fleet work for somebody else at once."""

import time
from pathlib import Path

from fixtures.clips import make_clip
from fixtures.product import Product, answered, found_within

FREE_SECONDS = 2.0


async def test_cancelling_frees_the_workers_within_two_seconds(
    product: Product, hour: Path, tmp_path: Path
) -> None:
    user = await product.user()
    long = await user.upload(hour, {"sampling": {"mode": "all"}})
    await product.workers_busy()

    path = f"/video/{long.video_id}/extractions/{long.id}"
    begun = time.monotonic()
    cancelled = answered(await user.http.post(f"{path}/cancel"), 200)
    assert cancelled["status"] == "cancelled"

    async def nobody_works_on_it() -> bool:
        return not any(await product.segments_running())

    await found_within(20, nobody_works_on_it, "the workers to be free")
    assert time.monotonic() - begun < FREE_SECONDS
    short = await user.upload(make_clip(tmp_path / "clip.mp4", seconds=2))
    await user.completed(short)
    assert (await user.extraction(long))["status"] == "cancelled"
    await user.leave()
