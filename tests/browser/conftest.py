"""The product that browsers look at."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from fixtures.page import CHROMIUM, find_browser, run_npm
from fixtures.product import Product, User
from fotograma_local.stack import Stack

PAGE_SECONDS = 900
POLL_SECONDS = 0.1
OVERRIDES = {
    "auth": {"AUTH_ADDRESS_ATTEMPTS": "10000"},
    # Small parts, of which a small file has several.
    "video": {
        "VIDEO_UPLOAD_PART_BYTES": str(5 * 1024 * 1024),
        # What is kept for a day is announced nine seconds after its upload.
        "VIDEO_RETENTION_NOTICE_DAYS": "0.9999",
    },
}


@pytest.fixture(scope="session")
async def product(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Product]:
    """The whole product, as `make up` runs it."""
    async with Product.run(tmp_path_factory.mktemp("stack"), OVERRIDES) as product:
        yield product


@pytest.fixture(scope="session")
async def admin(product: Product) -> User:
    """An administrator, whose password is that of all users of tests."""
    return await product.admin()


@pytest.fixture
def playwright(product: Product, admin: User, tmp_path: Path) -> Callable[..., Awaitable[None]]:
    """Run tests of `web/tests/browser` against the product; they must pass."""
    asked = tmp_path / "asked"
    environment = {
        "FOTOGRAMA_ADMIN": admin.email,
        "FOTOGRAMA_URL": product.stack.url,
        "FOTOGRAMA_MAILBOX": product.stack.gateway.mailbox_url,
        "FOTOGRAMA_ASKED": str(asked),
        "BROWSER": find_browser(*CHROMIUM),
        "PAGE_RESULTS": str(tmp_path / "results"),
    }

    async def run(*arguments: str) -> None:
        asked.mkdir()
        obeying = asyncio.create_task(_obey(product.stack, asked))
        command = ("run", "test:page", "--", *arguments)
        try:
            await asyncio.to_thread(
                run_npm, *command, seconds=PAGE_SECONDS, environment=environment
            )
        finally:
            obeying.cancel()

    return run


async def _obey(stack: Stack, asked: Path) -> None:
    """Stop and start processes as the tests ask, by files called `stop video-api` and the like.

    A file goes when what it asks for is done.
    """
    while True:
        for verb, process in map(str.split, await asyncio.to_thread(os.listdir, asked)):
            await (stack.stop if verb == "stop" else stack.start)(process)
            (asked / f"{verb} {process}").unlink()
        await asyncio.sleep(POLL_SECONDS)
