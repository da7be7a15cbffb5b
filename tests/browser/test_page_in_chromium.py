"""The page in Chromium: what stands in `web/tests/browser`, by file."""

from collections.abc import Awaitable, Callable

import pytest

pytestmark = pytest.mark.timeout(960)

PARTS = (
    *("administration", "answers", "api-keys", "check", "dialogs", "first-visit", "frames"),
    *("help", "journey", "keys", "layout", "mails", "many", "names", "player", "presets"),
    *("resume", "screens", "sheets", "spoken", "sprites", "states"),
)
Playwright = Callable[..., Awaitable[None]]


async def test_a_stranger_gets_frames(playwright: Playwright) -> None:
    await playwright("--grep", "@smoke")


@pytest.mark.middle
@pytest.mark.parametrize("part", PARTS)
async def test_the_page(playwright: Playwright, part: str) -> None:
    await playwright(f"{part}.spec.ts")
