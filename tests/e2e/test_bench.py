"""`make bench QUICK=1` measures something for everything that has a target."""

import sys
from pathlib import Path

import pytest
from figures import Results
from fixtures.programs import succeed

BENCH = Path(__file__).parents[2] / "bench"

pytestmark = [pytest.mark.middle, pytest.mark.timeout(900)]


async def test_quick_bench_measures_every_target(tmp_path: Path) -> None:
    kept = tmp_path / "results.json"
    await succeed(
        *(sys.executable, str(BENCH / "report.py"), "--quick"),
        *("--footage", str(tmp_path / "footage"), "--output", str(kept)),
        folder=tmp_path,
        seconds=850,
    )
    results = Results.read(kept)
    assert results.failed == {}
    assert [each.name for each in results.outcomes if each.value is None] == []
