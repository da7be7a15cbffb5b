"""One stack for all ordinary end-to-end tests; a test that breaks things runs its own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fixtures.load import make_hour
from fixtures.product import Product


@pytest.fixture(scope="session")
async def product(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Product]:
    """The whole product, as `make up` runs it."""
    async with Product.run(tmp_path_factory.mktemp("stack")) as product:
        yield product


@pytest.fixture(scope="session")
def hour(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A video of one hour."""
    return make_hour(tmp_path_factory.mktemp("hour"))
