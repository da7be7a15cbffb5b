"""One definition of time: planner, choosers and oracle agree with the shared vectors, and with each
other on any clock.

`tests/fixtures/sampling_vectors.json` holds, for clocks as containers have them, recipes and the
frames they choose: `[timestamp, [sample times]]`. Whoever else applies recipes to frames tests
against the same file.
"""

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fixtures.extraction import limits
from fixtures.oracle import Truth
from fixtures.sizes import is_small
from fotograma_contracts.recipe import (
    AllFrames,
    AtTimes,
    EvenlySpread,
    EveryInterval,
    Keyframes,
    Origin,
    PerSecond,
    Recipe,
    Sampling,
)
from fotograma_contracts.samples import Placed, samples_in
from fotograma_worker.decoding.port import Scan
from fotograma_worker.errors import Failure
from fotograma_worker.planning.plan import plan_extraction
from fotograma_worker.protocol import StreamFacts
from fotograma_worker.sampling import chooser_for
from hypothesis import given, settings
from hypothesis import strategies as st

FIXTURES = Path(__file__).parents[3] / "fixtures"
VECTORS = json.loads((FIXTURES / "sampling_vectors.json").read_text())["vectors"]
CASES = [
    pytest.param(vector, case, id=f"{vector['name']}-{number}")
    for vector in VECTORS
    for number, case in enumerate(vector["cases"])
]

Chosen = list[tuple[int, tuple[Fraction, ...]]]


def _scan(
    time_base: Fraction, timestamps: list[int], end: int, video_start: Fraction = Fraction(0)
) -> Scan:
    facts = StreamFacts(
        container="test",
        codec="test",
        width=16,
        height=16,
        upright_width=16,
        upright_height=16,
        rotation=0,
        time_base=time_base,
        frame_rate=None,
        first=timestamps[0],
        video_start=video_start,
        end=end,
        claimed_end=None,
        furthest_end=end,
    )
    keyframes = np.arange(len(timestamps)) % 3 == 0
    return Scan(facts, np.array(timestamps, np.int64), keyframes)


def _truth(scan: Scan) -> Truth:
    timestamps = [int(timestamp) for timestamp in scan.timestamps]
    base = scan.facts.time_base
    keyframes = frozenset(timestamps[::3])
    end = (scan.facts.end - timestamps[0]) * base
    return Truth(timestamps, base, [], keyframes, end, scan.facts.video_start)


def _by_oracle(scan: Scan, recipe: Recipe) -> Chosen:
    return [(int(scan.timestamps[i]), samples) for i, samples in _truth(scan).chosen(recipe)]


def _by_worker(scan: Scan, recipe: Recipe, work: float) -> Chosen:
    """Planned, cut into segments, and chosen from all frames in each of them."""
    chosen: Chosen = []
    try:
        plan = plan_extraction(scan, recipe, limits(segment_work_seconds=work))
    except Failure:
        return []
    for segment in plan.segments:
        placed = segment.samples if isinstance(segment.samples, Placed) else None
        clock = replace(scan.clock, first_at=Fraction(0) if placed is None else placed.first_at)
        chooser: Any = chooser_for(samples_in(segment.samples), clock, lambda _: 0.0)
        keys = isinstance(recipe.sampling, Keyframes)
        timestamps = scan.timestamps[scan.keyframes] if keys else scan.timestamps
        answers = [a for t in timestamps for a in chooser.push(int(t), None)] + chooser.finish()
        for answer in answers:
            earlier = chosen.pop()[1] if chosen and chosen[-1][0] == answer.timestamp else ()
            chosen.append((answer.timestamp, (*earlier, *answer.samples)))
    assert len(chosen) == plan.frames_at_most
    return chosen


@pytest.mark.parametrize(("vector", "case"), CASES)
def test_planner_choosers_and_oracle_choose_as_the_vectors_say(
    vector: dict[str, Any], case: dict[str, Any]
) -> None:
    scan = _scan(
        Fraction(vector["time_base"]),
        vector["timestamps"],
        vector["end"],
        Fraction(vector["video_start"]),
    )
    recipe = Recipe.model_validate(case["recipe"])
    expected = [(pts, tuple(map(Fraction, samples))) for pts, samples in case["frames"]]
    assert _by_oracle(scan, recipe) == expected
    assert _by_worker(scan, recipe, 60.0) == expected
    assert _by_worker(scan, recipe, 1e-9) == expected


@st.composite
def _scans(draw: st.DrawFn) -> Scan:
    """Frames of a steady rate on a clock that mostly rounds them, or of none."""
    base = draw(
        st.sampled_from([1000, 1000, 90_000, 600, 499, 500, 501, 100, 25, 15_360, 1_000_000])
        | st.integers(1, 2000)
    )
    rate = draw(st.sampled_from([Fraction(30), Fraction(30_000, 1001), Fraction(24), Fraction(60)]))
    first, count = draw(st.integers(-5000, 5000)), draw(st.integers(1, 60))
    timestamps = {first + round(n * base / rate) for n in range(count)}
    if draw(st.booleans()):
        timestamps = {first, *draw(st.sets(st.integers(first, first + 500), max_size=20))}
    ordered = sorted(timestamps)
    late = draw(st.just(Fraction(0)) | st.fractions(0, 3, max_denominator=3000))
    return _scan(Fraction(1, base), ordered, ordered[-1] + draw(st.integers(1, 50)), late)


@st.composite
def _recipes(draw: st.DrawFn, scan: Scan) -> Recipe:
    """Sample times and borders on ticks, between two, and wherever rates put them."""
    base = scan.facts.time_base
    ticks = st.integers(0, scan.facts.end - scan.facts.first)
    near = st.sampled_from([Fraction(k, 4) for k in range(-4, 5)])
    origin = draw(st.sampled_from(Origin))
    late = scan.facts.video_start if origin is Origin.FILE else Fraction(0)
    from_video = st.builds(lambda n, part: max(Fraction(0), (n + part) * base + late), ticks, near)
    times = from_video | st.fractions(0, 4, max_denominator=60)
    sampling: Sampling = draw(
        st.builds(PerSecond, fps=st.sampled_from([24, 25, 30, 60, Fraction(30_000, 1001)]))
        | st.builds(EveryInterval, seconds=times.map(lambda t: max(t, Fraction(1, 1000))))
        | st.builds(EvenlySpread, count=st.integers(1, 70))
        | st.builds(AtTimes, times=st.lists(times, min_size=1, max_size=8).map(tuple))
        | st.just(AllFrames())
        | st.just(Keyframes())
    )
    start = draw(st.just(Fraction(0)) | times)
    end = draw(st.none() | times.filter(lambda t: t > start))
    return Recipe(sampling=sampling, start=start, end=end, origin=origin)


def _agree(data: st.DataObject) -> None:
    scan = data.draw(_scans())
    recipe = data.draw(_recipes(scan))
    work = data.draw(st.sampled_from([60.0, 1e-5, 1e-9]))
    assert _by_worker(scan, recipe, work) == _by_oracle(scan, recipe)


@settings(derandomize=is_small())
@given(data=st.data())
def test_planner_and_choosers_choose_as_the_oracle_on_any_clock(data: st.DataObject) -> None:
    _agree(data)
