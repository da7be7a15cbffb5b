"""What cameras, phones, recorders and editors write is extracted as the oracle says."""

from fractions import Fraction
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from fixtures.against_oracle import RELAXED, check_any_recipe
from fixtures.devices import DEVICES
from fixtures.extraction import extract_file
from fixtures.oracle import Truth, read_truth
from fixtures.sizes import by_size, is_small
from fotograma_contracts.recipe import PerSecond, Recipe
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


@pytest.mark.parametrize(
    ("name", "fps"), [("film-24.mkv", Fraction(24)), ("film.mkv", Fraction(24_000, 1001))]
)
def test_extract_at_the_rate_of_a_film_gives_each_frame(name: str, fps: Fraction) -> None:
    """On a clock of milliseconds, most frames are stored a little late or early."""
    path, truth = clip(name)
    extracted = extract_file(path, Recipe(sampling=PerSecond(fps=fps)))
    assert extracted.numbers == list(range(len(truth.pts)))
