"""Making clips does not change how the tests themselves are scheduled."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from fixtures.clips import encode_pictures, make_clip
from fixtures.heif import make_tiled_picture


def _clip(path: Path) -> Path:
    return make_clip(path, seconds=0.2, codec="libsvtav1")


def _picture(path: Path) -> Path:
    return encode_pictures(path, [np.zeros((64, 96, 3), dtype=np.uint8)], codec="libsvtav1")


@pytest.mark.skipif(not hasattr(os, "sched_getscheduler"), reason="a matter of Linux alone")
@pytest.mark.parametrize("make", [_clip, _picture, make_tiled_picture])
def test_encoding_av1_leaves_no_realtime_priority(
    make: Callable[[Path], Path], tmp_path: Path
) -> None:
    before = os.sched_getscheduler(0)
    make(tmp_path / "a.mkv")
    assert os.sched_getscheduler(0) == before
