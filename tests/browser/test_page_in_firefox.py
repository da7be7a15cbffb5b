"""The page in Firefox ESR: a smoke test through WebDriver BiDi, in `web/tests/firefox.mjs`."""

import asyncio

import pytest
from fixtures.page import FIREFOX, find_browser, run_node
from fixtures.product import Product

pytestmark = [pytest.mark.middle, pytest.mark.timeout(660)]


async def test_firefox_users_get_frames(product: Product) -> None:
    await asyncio.to_thread(
        run_node,
        "tests/firefox.mjs",
        {"FOTOGRAMA_URL": product.stack.url, "BROWSER": find_browser(*FIREFOX)},
    )
