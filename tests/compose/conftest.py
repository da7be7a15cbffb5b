"""The product in containers. Only where it is asked for by name: `make test-compose`.

The tests have a project of their own (`fotograma-test`), with volumes of its own; the ports are
the product's, so nothing else may be listening at https://localhost. With KEEP=1 in the
environment the containers are taken as they are found, and left running.
"""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import certifi
import pytest
from fixtures.composition import ComposedProduct, Composition
from fixtures.deadlines import until

pytest.register_assert_rewrite("e2e")

HEALTHY_SECONDS = 120.0


def pytest_ignore_collect(config: pytest.Config) -> bool | None:
    """Leave this folder out unless it was named."""
    asked_for = any("tests/compose" in str(argument) for argument in config.args)
    return None if asked_for else True


@pytest.fixture(scope="session")
def composition(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Composition]:
    """All containers, started from nothing; removed in the end with all they held."""
    composition = Composition.in_folder(tmp_path_factory.mktemp("composition"))
    keep = bool(os.environ.get("KEEP"))
    if not keep:
        composition.down("-v", "--remove-orphans")
    composition.up()
    yield composition
    if not keep:
        composition.down("-v")


@pytest.fixture(scope="session")
async def certificate(composition: Composition) -> Path:
    """The authority that signed the gateway's certificate, which makes it when it starts."""
    await until(lambda: composition.is_healthy("gateway"), HEALTHY_SECONDS)
    path = composition.folder / "fotograma-ca.crt"
    path.write_text(composition.certificate())
    return path


@pytest.fixture(scope="module")
async def product(composition: Composition, certificate: Path) -> AsyncIterator[ComposedProduct]:
    """The product at https://localhost; every HTTP client of this module trusts its certificate."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(certifi, "where", lambda: str(certificate))
        async with ComposedProduct.of(composition) as product:
            yield product
