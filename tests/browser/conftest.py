"""The product that browsers look at."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from fixtures.page import CHROMIUM, find_browser, run_npm
from fixtures.product import Product

PAGE_SECONDS = 900
OVERRIDES = {
    "auth": {"AUTH_ADDRESS_ATTEMPTS": "10000"},
    # Small parts, of which a small file has several.
    "video": {"VIDEO_UPLOAD_PART_BYTES": str(5 * 1024 * 1024)},
}


@pytest.fixture(scope="session")
async def product(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Product]:
    """The whole product, as `make up` runs it."""
    async with Product.run(tmp_path_factory.mktemp("stack"), OVERRIDES) as product:
        yield product


@pytest.fixture
def playwright(product: Product, tmp_path: Path) -> Callable[..., str]:
    """Run tests of `web/tests/browser` against the product; they must pass."""

    def run(*arguments: str) -> str:
        return run_npm(
            *("run", "test:page", "--", *arguments),
            seconds=PAGE_SECONDS,
            environment={
                "FOTOGRAMA_URL": product.stack.url,
                "FOTOGRAMA_MAILBOX": product.stack.aws.mailbox_url,
                "BROWSER": find_browser(*CHROMIUM),
                "PAGE_RESULTS": str(tmp_path),
            },
        )

    return run
