"""Every frame equals the oracle's, for any recipe, however the work is cut into segments."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from fixtures.against_oracle import RELAXED, check_any_recipe
from fixtures.oracle import Truth, read_truth
from fixtures.sizes import by_size, few, is_small
from fixtures.zoo import COUNTED, ZOO
from fotograma_contracts.reasons import WarningCode
from hypothesis import given, settings
from hypothesis import strategies as st

_folder = TemporaryDirectory(prefix="fotograma-zoo-")


@cache
def clip(name: str) -> tuple[Path, Truth]:
    """Made and decoded once a session."""
    path = ZOO[name](Path(_folder.name) / name)
    return path, read_truth(path)


@pytest.mark.campaign
@pytest.mark.timeout(by_size(180, 300, 900))
@pytest.mark.parametrize("name", few(ZOO, 20))
@settings(max_examples=by_size(2, 20, 150), derandomize=is_small(), suppress_health_check=RELAXED)
@given(data=st.data())
def test_extract_equals_the_oracle(name: str, data: st.DataObject) -> None:
    codes = [WarningCode.ASSUMED_RATE] * (name in COUNTED)
    check_any_recipe(*clip(name), data, codes=codes)
