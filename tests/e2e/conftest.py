"""One stack for all ordinary end-to-end tests; a test that breaks things runs its own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fixtures.load import make_hour
from fixtures.product import Product

OVERRIDES = {
    # A mail that SQS delivers twice at once is put back for a lease: a test waits for that.
    "notify": {
        "NOTIFY_LEASE_SECONDS": "12",
        "NOTIFY_VISIBILITY_SECONDS": "25",
        "AWS_CONNECT_SECONDS": "1",
        "AWS_READ_SECONDS": "10",
    },
}


@pytest.fixture(scope="session")
async def product(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Product]:
    """The whole product, as `make up` runs it but for a shorter lease of mails."""
    async with Product.run(tmp_path_factory.mktemp("stack"), OVERRIDES) as product:
        yield product


@pytest.fixture(scope="session")
def hour(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A video of one hour."""
    return make_hour(tmp_path_factory.mktemp("hour"))
