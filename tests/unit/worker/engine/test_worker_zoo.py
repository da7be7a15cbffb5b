"""Every frame equals the oracle's, for any recipe, however the work is cut into segments."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from fixtures.against_oracle import RELAXED, check_any_recipe
from fixtures.oracle import Truth, read_truth
from fixtures.zoo import ZOO
from hypothesis import given, settings
from hypothesis import strategies as st

_folder = TemporaryDirectory(prefix="fotograma-zoo-")


@cache
def clip(name: str) -> tuple[Path, Truth]:
    """Made and decoded once a session."""
    path = ZOO[name](Path(_folder.name) / name)
    return path, read_truth(path)


@pytest.mark.parametrize("name", ZOO)
@settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=RELAXED)
@given(data=st.data())
def test_extract_equals_the_oracle(name: str, data: st.DataObject) -> None:
    check_any_recipe(*clip(name), data)


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", ZOO)
@settings(max_examples=150, deadline=None, suppress_health_check=RELAXED)
@given(data=st.data())
def test_extract_equals_the_oracle_for_many_recipes(name: str, data: st.DataObject) -> None:
    check_any_recipe(*clip(name), data)
