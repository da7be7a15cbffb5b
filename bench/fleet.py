"""What recipes cost beside their estimates, and how well idle workers share one long video.

A worker does a video by each recipe, which gives seconds of a core for a minute of it; the planner
had an estimate. Then the planner cuts a video of an hour for so many idle workers. A model gives
each segment, in order, to the worker that is free first. A segment takes the measured time of its
recipe, in proportion to the planner's estimate and with a spread, and what each segment costs
besides. Efficiency is the processor time of the uncut video, by that of all workers until the last
one ends; planning and assembly are not in it.
"""

import asyncio
import heapq
import random
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from statistics import median

import numpy as np
from figures import Better, Unit
from footage import LONG_GOP, ONCE_SECONDS, RATE, SHORT_GOP, Film
from fotograma_contracts.extractions import Limits
from fotograma_contracts.recipe import (
    AllFrames,
    EveryInterval,
    ImageFormat,
    Keyframes,
    Output,
    Recipe,
)
from fotograma_worker.decoding.port import Scan
from fotograma_worker.planning.plan import plan_extraction
from fotograma_worker.protocol import StreamFacts
from part import Part
from throughput import work

JPEG = Output(format=ImageFormat.JPEG)
CORES = 1.5
"""That a worker keeps busy."""
SEGMENT_SECONDS = 0.077
"""Processor time of one segment more, its repeated decoding aside."""
SPREAD = 0.1
"""Of real work around its estimate, from segment to segment (standard deviation)."""
FLEETS = (2, 8, 64)
RUNS = 51
MINUTES, QUICK_MINUTES = 60, 5
LIMITS = Limits(
    max_frames=1_000_000,
    max_pixels=40_000_000,
    max_archive_bytes=10**12,
    segment_work_seconds=15,
    segment_time_limit_seconds=600,
)


@dataclass(frozen=True)
class Case:
    """A recipe on a video of 1080p, and how many seconds of it say what it costs."""

    name: str
    film: Film
    recipe: Recipe
    seconds: int


CASES = (
    Case("long GOP, PNG 1/s", LONG_GOP, Recipe(), 60),
    Case("GOP 2 s, PNG 1/s", SHORT_GOP, Recipe(), 60),
    Case("GOP 2 s, JPEG 1/s", SHORT_GOP, Recipe(output=JPEG), 60),
    Case(
        "GOP 2 s, JPEG every 10 s",
        SHORT_GOP,
        Recipe(sampling=EveryInterval(seconds=Fraction(10)), output=JPEG),
        600,
    ),
    Case("GOP 2 s, JPEG of keyframes", SHORT_GOP, Recipe(sampling=Keyframes(), output=JPEG), 600),
    Case("GOP 2 s, all frames as JPEG", SHORT_GOP, Recipe(sampling=AllFrames(), output=JPEG), 20),
)


def scan_of(case: Case, minutes: int) -> Scan:
    """What a scan of such a video finds."""
    frames = RATE * 60 * minutes
    facts = StreamFacts(
        container="mov",
        codec="h264",
        width=1920,
        height=1080,
        upright_width=1920,
        upright_height=1080,
        rotation=0,
        time_base=Fraction(1, RATE),
        frame_rate=Fraction(RATE),
        first=0,
        end=frames,
        claimed_end=None,
        furthest_end=frames,
    )
    timestamps = np.arange(frames, dtype=np.int64)
    return Scan(facts, timestamps, timestamps % case.film.gop == 0)


def seconds_until_done(work: Sequence[float], workers: int) -> float:
    """Until the last of these segments is done."""
    free = [0.0] * workers
    for seconds in work:
        heapq.heapreplace(free, free[0] + seconds / CORES)
    return max(free)


@dataclass(frozen=True)
class Fleet:
    """How long a fleet takes for a video, and how well it is used."""

    segments: int
    seconds: float
    efficiency: float


def model(case: Case, minutes: int, core_seconds: float, workers: int, idle: int) -> Fleet:
    """So many workers on so long a video, of which a minute takes these seconds of a core; the
    planner knows of `idle` workers.
    """
    planned = plan_extraction(scan_of(case, minutes), case.recipe, LIMITS, idle)
    estimates = [segment.work_seconds for segment in planned.segments]
    total = core_seconds * minutes
    real = [estimate * total / sum(estimates) for estimate in estimates]
    chance = random.Random(1)
    seconds = median(
        seconds_until_done(
            [each * max(0.1, chance.gauss(1, SPREAD)) + SEGMENT_SECONDS for each in real], workers
        )
        for _ in range(RUNS)
    )
    return Fleet(len(estimates), seconds, total / (workers * CORES * seconds))


def measure(part: Part) -> None:
    """Each recipe: its cost, then the fleets."""
    minutes = QUICK_MINUTES if part.quick else MINUTES
    for case in CASES:
        seconds = ONCE_SECONDS if part.quick else case.seconds
        path = part.footage.of(case.film, seconds)
        done = asyncio.run(work(path, path.stat().st_size, case.recipe))
        core_seconds = done.processor_seconds * 60 / seconds
        part.note(case.name, "a minute takes", core_seconds, Unit.SECONDS, Better.LESS)
        off = done.estimated_seconds / done.processor_seconds
        part.note(case.name, "estimate by real work", off, Unit.TIMES)
        part.note(case.name, "estimate is off by", max(off, 1 / off), Unit.TIMES, Better.LESS)
        for workers in FLEETS:
            fleet = model(case, minutes, core_seconds, workers, workers)
            of = f"{workers} workers"
            part.note(case.name, of, fleet.efficiency, Unit.SHARE, Better.MORE)
            part.note(case.name, f"{of}: segments", fleet.segments, Unit.NUMBER)
            part.note(case.name, f"{of}: done after", fleet.seconds, Unit.SECONDS)
        unknown = model(case, minutes, core_seconds, FLEETS[-1], 0)
        part.note(case.name, f"{FLEETS[-1]}, not counted", unknown.efficiency, Unit.SHARE)
