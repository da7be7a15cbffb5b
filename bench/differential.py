"""The differential report: the engine's frames against an oracle's that decodes everything.

    .venv/bin/python bench/differential.py [RECIPES_PER_CLIP [SEED [CLIP ...]]]

For each clip of the tests' zoo, and of those that stand for what devices write, random recipes are
planned, cut into segments and extracted; each frame's timestamp, sample times and pixels are
compared. Names are patterns, as `av1*`. Prints a Markdown table; ends with 1 if anything differs.
"""

import sys
import tempfile
from dataclasses import dataclass
from fnmatch import fnmatch
from fractions import Fraction
from pathlib import Path
from random import Random

import numpy as np
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

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from fixtures.clips import decode_image
from fixtures.devices import DEVICES
from fixtures.extraction import extract_samples, plan_file
from fixtures.oracle import Truth, read_truth
from fixtures.zoo import HDR, ZOO

HDR_TOLERANCE = 2
"""Levels of 255: the engine's tables against floating point."""


@dataclass
class Tally:
    """What was compared."""

    recipes: int = 0
    segments: int = 0
    frames: int = 0
    differences: int = 0
    largest: int = 0
    """Difference of a pixel that was within the tolerance."""


def random_recipe(random: Random, end: Fraction) -> Recipe:
    """One of the modes, on the whole video or a part of it."""

    def part(low: Fraction, high: Fraction) -> Fraction:
        return low + (high - low) * random.randint(0, 1000) / 1000

    modes: tuple[Sampling, ...] = (
        EveryInterval(seconds=part(Fraction(1, 100), end)),
        PerSecond(fps=part(Fraction(1, 2), Fraction(80))),
        EvenlySpread(count=random.randint(1, 70)),
        AtTimes(times=tuple(part(Fraction(0), end * Fraction(98, 100)) for _ in range(4))),
        AtTimes(times=tuple(f"{random.randint(0, 99)}%" for _ in range(4))),
        Keyframes(),
        AllFrames(),
    )
    start = part(Fraction(0), end * Fraction(9, 10)) if random.random() < 0.5 else Fraction(0)
    stop = part(start + Fraction(1, 50), start + end) if random.random() < 0.5 else None
    return Recipe(sampling=random.choice(modes), start=start, end=stop)


def compare(name: str, path: Path, truth: Truth, random: Random, tally: Tally) -> None:
    """Extract one recipe, in one segment or in many, and compare."""
    recipe = random_recipe(random, truth.end)
    expected = truth.chosen(recipe)
    if not expected:
        return
    work = random.choice([60.0, 1e-4, 1e-9])
    segments = plan_file(path, recipe, segment_work_seconds=work).segments
    frames = [
        frame
        for segment in segments
        for frame in extract_samples(path, segment.samples, recipe.output).frames
    ]
    tally.recipes += 1
    tally.segments += len(segments)
    tally.frames += len(frames)
    found = [(frame.pts, frame.samples) for frame in frames]
    if found != [(truth.pts[i], samples) for i, samples in expected]:
        tally.differences += 1
        return
    for frame, (i, _) in zip(frames, expected, strict=True):
        image = decode_image(frame.data).astype(np.int16)
        difference = int(np.abs(image - truth.images[i]).max())
        if difference > (HDR_TOLERANCE if name in HDR else 0):
            tally.differences += 1
        tally.largest = max(tally.largest, difference)


def main(recipes: int = 40, seed: int = 1, *names: str) -> int:
    """Print the table; returns the exit code."""
    print("| clip | recipes | segments | frames compared | differences | largest tolerated |")
    print("|---|---|---|---|---|---|")
    total = Tally()
    with tempfile.TemporaryDirectory(prefix="fotograma-differential-") as folder:
        clips = ZOO | {name: device.make for name, device in DEVICES.items()}
        if names:
            clips = {
                name: clips[name] for name in clips if any(fnmatch(name, each) for each in names)
            }
        for name, make in clips.items():
            path, tally = make(Path(folder) / name), Tally()
            truth, random = read_truth(path), Random(f"{seed} {name}")
            for _ in range(recipes):
                compare(name, path, truth, random, tally)
            _print(name, tally)
            for field in ("recipes", "segments", "frames", "differences"):
                setattr(total, field, getattr(total, field) + getattr(tally, field))
            total.largest = max(total.largest, tally.largest)
    _print(f"**{len(clips)} clips**", total)
    return 1 if total.differences else 0


def _print(name: str, tally: Tally) -> None:
    print(
        f"| {name} | {tally.recipes} | {tally.segments} | {tally.frames:,} "
        f"| {tally.differences} | {tally.largest} |",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:3]), *sys.argv[3:]))
