"""The page in Firefox ESR: what stands in `web/tests/firefox`, by file."""

import asyncio

import pytest
from fixtures.page import FIREFOX, find_browser, run_npm
from fixtures.product import Product

pytestmark = [pytest.mark.middle, pytest.mark.timeout(660)]


@pytest.mark.parametrize("part", ["journey", "many"])
async def test_the_page(product: Product, part: str) -> None:
    environment = {
        "FOTOGRAMA_URL": product.stack.url,
        "FOTOGRAMA_MAILBOX": product.stack.gateway.mailbox_url,
        "BROWSER": find_browser(*FIREFOX),
    }
    command = ("run", "test:firefox", "--", f"tests/firefox/{part}.test.mjs")
    await asyncio.to_thread(run_npm, *command, environment=environment)
