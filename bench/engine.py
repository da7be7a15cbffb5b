"""The engine against its floor, against FFmpeg, and against the engine of another checkout.

`make bench` has a part of it; of other videos, and beside another checkout:

    .venv/bin/python bench/engine.py VIDEO ... [--ffmpeg PROGRAM ...] [--before PYTHON] [--rounds 3]

Each row is one video and one recipe, as JPEG. In each round all of them do the row one after the
other, and the least of each counts: a busy machine is slow by turns. The floor is the decoder alone
with the packets that are needed. FFmpeg has its best flags for the recipe, and its frames are
packed without compression. `--before` is the interpreter of another checkout, with its packages.
Prints seconds of processor, those on the clock behind them, as a Markdown table.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from engine_run import MODES, Measured
from figures import Better, Unit
from footage import AV1, HEVC, LONG_GOP, ONCE_SECONDS, SHORT_GOP
from part import Part
from peers import peers
from throughput import processor_seconds

ENGINE, FLOOR_ENGINE = "engine_run.py", "engine_floor.py"
JPEG = ("-q:v", "2", "-huffman", "default")
"""Nearest to ours of quality 90 by size; the tables of the standard save a pass over the frame."""
FLAGS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "1/s": ((), ("-vf", "fps=1")),
    "keyframes": (("-skip_frame", "nokey"), ("-fps_mode", "passthrough")),
    "all": ((), ("-fps_mode", "passthrough")),
    "scenes": ((), ("-vf", "select='eq(n,0)+gte(scene,0.3)'", "-fps_mode", "vfr")),
}
"""By mode: what FFmpeg is told of its input, and of its output."""

ROWS = (
    ("long GOP H.264", LONG_GOP, "1/s", 30),
    ("HEVC", HEVC, "1/s", 30),
    ("AV1", AV1, "1/s", 20),
    ("GOP 2 s H.264", SHORT_GOP, "keyframes", 120),
    ("HEVC", HEVC, "keyframes", 120),
    ("GOP 2 s H.264", SHORT_GOP, "all", 10),
    ("GOP 2 s H.264", SHORT_GOP, "scenes", 20),
)
"""What is measured by `make bench`: so many seconds of a film."""
ROUNDS, QUICK_ROUNDS = 3, 1
OURS, BEFORE, FLOOR = "ours", "before", "floor"

Measure = Callable[[Path, str], Measured]


def by_program(python: str, program: str, path: Path, mode: str) -> Measured:
    """Run the engine, or its floor, in a process of its own."""
    command = (python, str(Path(__file__).with_name(program)), str(path), mode)
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
    return Measured(**json.loads(done.stdout.splitlines()[-1]))


def by_ffmpeg(program: str, path: Path, mode: str) -> Measured:
    """Extract with FFmpeg into a folder, and pack."""
    before, after = FLAGS[mode]
    with tempfile.TemporaryDirectory(prefix="fotograma-bench-") as name:
        folder = Path(name)
        used, began = processor_seconds(), time.monotonic()
        command = [program, "-v", "error", "-nostdin", *before, "-i", str(path), "-an"]
        command += [*after, *JPEG, str(folder / "%06d.jpg")]
        subprocess.run(command, check=True)  # noqa: S603 - its arguments are ours
        frames = sorted(folder.iterdir())
        with zipfile.ZipFile(folder / "frames.zip", "w", zipfile.ZIP_STORED) as archive:
            for each in frames:
                archive.write(each, each.name)
        return Measured(len(frames), processor_seconds() - used, time.monotonic() - began)


def least(runs: list[Measured]) -> Measured:
    """The least processor time, and the least time on the clock."""
    processor = min(each.processor for each in runs)
    return Measured(runs[0].frames, processor, min(each.wall for each in runs))


def best_of(path: Path, mode: str, ways: dict[str, Measure], rounds: int) -> dict[str, Measured]:
    """The least of each way, one after the other in each round."""
    runs: dict[str, list[Measured]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            runs[name].append(way(path, mode))
    return {name: least(each) for name, each in runs.items()}


def measure(part: Part) -> None:
    """Each film by its recipes."""
    programs = peers()
    ways: dict[str, Measure] = {
        OURS: partial(by_program, sys.executable, ENGINE),
        FLOOR: partial(by_program, sys.executable, FLOOR_ENGINE),
        **{name: partial(by_ffmpeg, program) for name, program in programs.items()},
    }
    for name, film, mode, seconds in ROWS:
        length = ONCE_SECONDS if part.quick else seconds
        path = part.footage.of(film, length)
        best = best_of(path, mode, ways, QUICK_ROUNDS if part.quick else ROUNDS)
        row, ours = f"{name}, {mode}", best[OURS]
        part.note(row, "video", length, Unit.SECONDS)
        part.note(row, "frames", ours.frames, Unit.NUMBER)
        part.note(row, OURS, ours.processor, Unit.SECONDS, Better.LESS)
        for way in (FLOOR, *programs):
            part.note(row, way, best[way].processor, Unit.SECONDS)
        by_floor = ours.processor / best[FLOOR].processor
        part.note(row, "by the floor", by_floor, Unit.TIMES, Better.LESS)
        peer = min(best[name].processor for name in programs)
        part.note(row, "best FFmpeg by ours", peer / ours.processor, Unit.TIMES, Better.MORE)


def row(path: Path, mode: str, ways: dict[str, Measure], rounds: int) -> str:
    """A row of the table."""
    best = best_of(path, mode, ways, rounds)
    ours, floor = best[OURS], best[FLOOR]
    others = [best[name] for name in ways if name not in {OURS, FLOOR, BEFORE}]
    times = [f"{each.processor:.2f} ({each.wall:.1f})" for each in best.values()]
    ratios = [
        f"{ours.processor / floor.processor:.2f}",
        f"{min(each.processor for each in others) / ours.processor:.2f}",
        f"{min(each.wall for each in others) / ours.wall:.2f}",
    ]
    return " | ".join(["", f"{path.stem} {mode}", str(ours.frames), *times, *ratios, ""]).strip()


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("videos", nargs="+", type=Path)
    parser.add_argument("--ffmpeg", nargs="+", default=["ffmpeg"])
    parser.add_argument("--before")
    parser.add_argument("--modes", nargs="+", default=list(MODES), choices=MODES)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    options = parser.parse_args()
    ways: dict[str, Measure] = {OURS: partial(by_program, sys.executable, ENGINE)}
    if options.before:
        ways[BEFORE] = partial(by_program, options.before, ENGINE)
    ways[FLOOR] = partial(by_program, sys.executable, FLOOR_ENGINE)
    for number, program in enumerate(options.ffmpeg, start=1):
        ways[f"ffmpeg {number}"] = partial(by_ffmpeg, program)
    head = ["clip, recipe", "frames", *ways, "ours / floor", "peer / ours", "on the clock"]
    print(f"| {' | '.join(head)} |\n|{'---|' * len(head)}")
    for path in options.videos:
        for mode in options.modes:
            print(row(path, mode, ways, options.rounds), flush=True)


if __name__ == "__main__":
    main()
