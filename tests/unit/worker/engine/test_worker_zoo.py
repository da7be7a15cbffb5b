"""Every frame equals the oracle's, for any recipe, however the work is cut into segments."""

from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from fixtures.clips import decode_image
from fixtures.extraction import extract_samples, plan_file
from fixtures.oracle import Truth, read_truth
from fixtures.zoo import HDR, ZOO
from fotograma_contracts.recipe import (
    AllFrames,
    AtTimes,
    EvenlySpread,
    EveryInterval,
    Keyframes,
    PerSecond,
    Recipe,
    Sampling,
)
from fotograma_contracts.samples import (
    SampleGrid,
    Samples,
    SampleScenes,
    SampleSpan,
    SampleTimes,
    samples_in,
)
from fotograma_worker.protocol import EncodedFrame
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

HDR_TOLERANCE = 2
"""Levels of 255: tables against floating point."""

_folder = TemporaryDirectory(prefix="fotograma-zoo-")


@cache
def clip(name: str) -> tuple[Path, Truth]:
    """Made and decoded once a session."""
    path = ZOO[name](Path(_folder.name) / name)
    return path, read_truth(path)


@dataclass(frozen=True)
class Shown:
    """A frame as a user sees it, but for its bytes."""

    pts: int
    time: Fraction
    samples: tuple[Fraction, ...]


def _fractions(low: Fraction, high: Fraction) -> st.SearchStrategy[Fraction]:
    """Thousandths of the way: often the very time of a frame, and often not."""
    return st.integers(0, 1000).map(lambda n: low + (high - low) * n / 1000)


@st.composite
def recipes(draw: st.DrawFn, truth: Truth) -> Recipe:
    """Recipes that select something of the video."""
    whole = truth.end
    sampling: Sampling = draw(
        st.one_of(
            st.builds(EveryInterval, seconds=_fractions(Fraction(1, 100), whole)),
            st.builds(PerSecond, fps=_fractions(Fraction(1, 2), Fraction(80))),
            st.builds(EvenlySpread, count=st.integers(1, 70)),
            st.builds(
                AtTimes,
                times=st.lists(
                    _fractions(Fraction(0), whole * Fraction(98, 100))
                    | st.integers(0, 99).map(lambda percent: f"{percent}%"),
                    min_size=1,
                    max_size=8,
                ).map(tuple),
            ),
            st.just(Keyframes()),
            st.just(AllFrames()),
        )
    )
    start = draw(st.just(Fraction(0)) | _fractions(Fraction(0), whole * Fraction(9, 10)))
    end = draw(st.none() | _fractions(start + Fraction(1, 50), start + whole))
    return Recipe(sampling=sampling, start=start, end=end)


@st.composite
def _cut(draw: st.DrawFn, samples: Samples, end: Fraction) -> list[Samples]:
    """The same samples in segments, cut anywhere."""
    match samples:
        case SampleGrid(first=first, last=last):
            cuts = sorted(draw(st.sets(st.integers(first, last), max_size=3)) - {first, last})
            bounds = [first, *cuts, last]
            return [samples.model_copy(update={"first": a, "last": b}) for a, b in pairwise(bounds)]
        case SampleTimes(times=times):
            at = draw(st.integers(0, len(times)))
            return [SampleTimes(times=part) for part in (times[:at], times[at:]) if part]
        case SampleSpan(start=start):
            last_time = end if samples.end is None else samples.end
            at_time = draw(_fractions(start, last_time))
            return [
                samples.model_copy(update={"end": at_time}),
                samples.model_copy(update={"start": at_time}),
            ]
        case SampleScenes():
            return [samples]


def _merged(parts: list[list[EncodedFrame]]) -> list[tuple[Shown, bytes]]:
    """As assembly joins pieces: a frame that ends one and begins the next is kept once."""
    joined: list[tuple[Shown, bytes]] = []
    for frame in (frame for part in parts for frame in part):
        shown = Shown(frame.pts, frame.time, frame.samples)
        if joined and joined[-1][0].pts == frame.pts:
            before, data = joined.pop()
            assert data == frame.data
            shown = Shown(frame.pts, frame.time, (*before.samples, *frame.samples))
        joined.append((shown, frame.data))
    return joined


def _check(name: str, data: st.DataObject) -> int:
    path, truth = clip(name)
    recipe = data.draw(recipes(truth))
    expected = truth.chosen(recipe)
    if not expected:
        return 0
    work = data.draw(st.sampled_from([60.0, 1e-4, 1e-9]))
    segments = plan_file(path, recipe, segment_work_seconds=work).segments
    parts = [part for s in segments for part in data.draw(_cut(samples_in(s.samples), truth.end))]
    extracted = [extract_samples(path, part, recipe.output) for part in parts]
    assert not any(each.warnings for each in extracted)
    frames = _merged([each.frames for each in extracted])
    times = truth.times
    assert [shown for shown, _ in frames] == [
        Shown(truth.pts[i], times[i], samples) for i, samples in expected
    ]
    tolerance = HDR_TOLERANCE if name in HDR else 0
    for (_, png), (i, _) in zip(frames, expected, strict=True):
        image = decode_image(png)
        assert image.shape == truth.images[i].shape
        difference = np.abs(image.astype(np.int16) - truth.images[i]).max()
        assert difference <= tolerance, f"frame {i} differs by {difference}"
    return len(frames)


_RELAXED = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


@pytest.mark.parametrize("name", ZOO)
@settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=_RELAXED)
@given(data=st.data())
def test_extract_equals_the_oracle(name: str, data: st.DataObject) -> None:
    _check(name, data)


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", ZOO)
@settings(max_examples=150, deadline=None, suppress_health_check=_RELAXED)
@given(data=st.data())
def test_extract_equals_the_oracle_for_many_recipes(name: str, data: st.DataObject) -> None:
    _check(name, data)
