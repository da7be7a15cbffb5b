"""The notify service's use cases over fakes."""

import pytest
from fixtures.notify_fakes import World


@pytest.fixture
def world() -> World:
    return World()
