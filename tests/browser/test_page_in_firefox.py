"""The page in Firefox ESR: what stands in `web/tests/firefox.test.mjs`."""

import asyncio

import pytest
from fixtures.page import FIREFOX, find_browser, run_npm
from fixtures.product import Product

pytestmark = [pytest.mark.middle, pytest.mark.timeout(660)]


async def test_firefox_users_get_frames(product: Product) -> None:
    environment = {
        "FOTOGRAMA_URL": product.stack.url,
        "FOTOGRAMA_MAILBOX": product.stack.gateway.mailbox_url,
        "BROWSER": find_browser(*FIREFOX),
    }
    await asyncio.to_thread(run_npm, "run", "test:firefox", environment=environment)
