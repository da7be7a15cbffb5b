"""Runs the engine in a process of its own, and prints what it took as JSON.

    PYTHON bench/engine_run.py VIDEO MODE

Does what a worker does, its sandboxed child included, but that the source is a file and what is
written is dropped. The fork server's start is not counted. `bench/engine.py` runs it, for another
checkout with that one's interpreter.
"""

import asyncio
import json
import sys
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path

from fotograma_contracts.recipe import (
    AllFrames,
    ImageFormat,
    Keyframes,
    Output,
    PerSecond,
    Recipe,
    Sampling,
    SceneChanges,
)
from throughput import work

MODES: dict[str, Sampling] = {
    "1/s": PerSecond(fps=Fraction(1)),
    "keyframes": Keyframes(),
    "all": AllFrames(),
    "scenes": SceneChanges(),
}


@dataclass(frozen=True)
class Measured:
    """What a run took."""

    frames: int
    processor: float
    """Seconds, of all its processes."""
    wall: float


def measured(path: Path, mode: str) -> Measured:
    """Plan and extract."""
    recipe = Recipe(sampling=MODES[mode], output=Output(format=ImageFormat.JPEG))
    done = asyncio.run(work(path, path.stat().st_size, recipe))
    return Measured(done.frames, done.processor_seconds, done.wall_seconds)


if __name__ == "__main__":
    print(json.dumps(asdict(measured(Path(sys.argv[1]), sys.argv[2]))))
