"""What cameras, phones, recorders and editors write is extracted as the oracle says."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from fixtures.against_oracle import RELAXED, check_any_recipe
from fixtures.devices import DEVICES
from fixtures.oracle import Truth, read_truth
from fixtures.sizes import by_size, is_small
from hypothesis import given, settings
from hypothesis import strategies as st

_folder = TemporaryDirectory(prefix="fotograma-devices-")
QUICK = ("dashcam.avi", "wmv1.wmv", "browser.webm", "gap.ts", "angles.mkv")


@cache
def clip(name: str) -> tuple[Path, Truth]:
    """Made and decoded once a session."""
    path = DEVICES[name].make(Path(_folder.name) / name)
    return path, read_truth(path)


@pytest.mark.campaign
@pytest.mark.timeout(by_size(180, 300, 900))
@pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=() if n in QUICK else pytest.mark.middle) for n in DEVICES],
)
@settings(max_examples=by_size(2, 10, 60), derandomize=is_small(), suppress_health_check=RELAXED)
@given(data=st.data())
def test_extract_of_what_a_device_writes_equals_the_oracle(name: str, data: st.DataObject) -> None:
    check_any_recipe(*clip(name), data)
