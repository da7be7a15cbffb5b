"""How well idle workers share one long video: the planner itself, and a model of the fleet.

    .venv/bin/python bench/fleet.py [MINUTES]

The planner cuts a video of an hour for so many idle workers. The model gives each segment, in
order, to the worker that is free first. A segment takes the processor time that was measured for
its recipe (bench/throughput.py), in proportion to the planner's estimate and with a spread, and
what each segment costs besides. Efficiency is the processor time of the uncut video, by that of all
workers until the last one ends; planning and assembly are not in it. Prints a Markdown table.
"""

import heapq
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from statistics import median

import numpy as np
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

JPEG = Output(format=ImageFormat.JPEG)
FPS = 25
CORES = 1.5
"""That a worker keeps busy."""
SEGMENT_SECONDS = 0.077
"""Processor time of one segment more, its repeated decoding aside."""
SPREAD = 0.1
"""Of real work around its estimate, from segment to segment (standard deviation)."""
FLEETS = (2, 8, 64)
RUNS = 51
LIMITS = Limits(
    max_frames=1_000_000,
    max_pixels=40_000_000,
    max_archive_bytes=10**12,
    segment_work_seconds=15,
    segment_time_limit_seconds=600,
)


@dataclass(frozen=True)
class Case:
    """A recipe on a video of 1080p, and what a minute of it took: seconds of a core, measured."""

    name: str
    gop_seconds: int
    recipe: Recipe
    core_seconds: float


CASES = (
    Case("long GOP, PNG 1/s", 10, Recipe(), 8.5),
    Case("GOP 2 s, PNG 1/s", 2, Recipe(), 4.4),
    Case("GOP 2 s, JPEG 1/s", 2, Recipe(output=JPEG), 4.4),
    Case(
        "GOP 2 s, JPEG every 10 s",
        2,
        Recipe(sampling=EveryInterval(seconds=Fraction(10)), output=JPEG),
        0.32,
    ),
    Case("GOP 2 s, JPEG of keyframes", 2, Recipe(sampling=Keyframes(), output=JPEG), 1.0),
    Case("GOP 2 s, all frames as JPEG", 2, Recipe(sampling=AllFrames(), output=JPEG), 19.6),
)


def scan_of(case: Case, minutes: int) -> Scan:
    """What a scan of such a video finds."""
    frames = FPS * 60 * minutes
    facts = StreamFacts(
        container="mov",
        codec="h264",
        width=1920,
        height=1080,
        upright_width=1920,
        upright_height=1080,
        rotation=0,
        time_base=Fraction(1, FPS),
        frame_rate=Fraction(FPS),
        first=0,
        end=frames,
        claimed_end=None,
        furthest_end=frames,
    )
    timestamps = np.arange(frames, dtype=np.int64)
    return Scan(facts, timestamps, timestamps % (FPS * case.gop_seconds) == 0)


def seconds_until_done(work: Sequence[float], workers: int) -> float:
    """Until the last of these segments is done."""
    free = [0.0] * workers
    for seconds in work:
        heapq.heapreplace(free, free[0] + seconds / CORES)
    return max(free)


def efficiency(case: Case, minutes: int, workers: int, idle: int) -> tuple[int, float, float]:
    """How many segments there are for so many known to be idle, how long the fleet takes, and how
    well it is used.
    """
    planned = plan_extraction(scan_of(case, minutes), case.recipe, LIMITS, idle)
    estimates = [segment.work_seconds for segment in planned.segments]
    total = case.core_seconds * minutes
    real = [estimate * total / sum(estimates) for estimate in estimates]
    chance = random.Random(1)
    seconds = median(
        seconds_until_done(
            [each * max(0.1, chance.gauss(1, SPREAD)) + SEGMENT_SECONDS for each in real], workers
        )
        for _ in range(RUNS)
    )
    return len(estimates), seconds, total / (workers * CORES * seconds)


def main() -> None:
    """Print the table."""
    minutes = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    head = [f"{workers} workers" for workers in FLEETS]
    print(f"| 1080p, {minutes} min | " + " | ".join(head) + " | 64, not counted |")
    print("|---" * (len(FLEETS) + 2) + "|")
    for case in CASES:
        counted = [efficiency(case, minutes, workers, workers) for workers in FLEETS]
        cells = [
            f"{share:.2f} ({count} segments, {seconds:.1f} s)"
            for count, seconds, share in (*counted, efficiency(case, minutes, FLEETS[-1], 0))
        ]
        print(f"| {case.name} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
