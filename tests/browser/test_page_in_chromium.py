"""The page in Chromium: what stands in `web/tests/browser`, by file."""

import asyncio
from collections.abc import Callable

import pytest

pytestmark = pytest.mark.timeout(960)


async def test_a_stranger_gets_frames(playwright: Callable[..., str]) -> None:
    await asyncio.to_thread(playwright, "--grep", "@smoke")


@pytest.mark.middle
@pytest.mark.parametrize("part", ["journey", "resume", "states"])
async def test_the_page(playwright: Callable[..., str], part: str) -> None:
    await asyncio.to_thread(playwright, f"{part}.spec.ts")
