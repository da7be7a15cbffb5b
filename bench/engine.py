"""The engine against its floor, against FFmpeg, and against the engine of another checkout.

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
from throughput import processor_seconds

ENGINE, FLOOR = "engine_run.py", "engine_floor.py"
JPEG = ("-q:v", "2", "-huffman", "default")
"""Nearest to ours of quality 90 by size; the tables of the standard save a pass over the frame."""
FLAGS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "1/s": ((), ("-vf", "fps=1")),
    "keyframes": (("-skip_frame", "nokey"), ("-fps_mode", "passthrough")),
    "all": ((), ("-fps_mode", "passthrough")),
    "scenes": ((), ("-vf", "select='eq(n,0)+gte(scene,0.3)'", "-fps_mode", "vfr")),
}
"""By mode: what FFmpeg is told of its input, and of its output."""

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


def row(path: Path, mode: str, ways: dict[str, Measure], rounds: int) -> str:
    """A row of the table."""
    runs: dict[str, list[Measured]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, measure in ways.items():
            runs[name].append(measure(path, mode))
    best = {name: least(each) for name, each in runs.items()}
    ours, floor = best["ours"], best["floor"]
    peers = [best[name] for name in ways if name not in {"ours", "floor", "before"}]
    times = [f"{each.processor:.2f} ({each.wall:.1f})" for each in best.values()]
    ratios = [
        f"{ours.processor / floor.processor:.2f}",
        f"{min(each.processor for each in peers) / ours.processor:.2f}",
        f"{min(each.wall for each in peers) / ours.wall:.2f}",
    ]
    return " | ".join(["", f"{path.stem} {mode}", str(ours.frames), *times, *ratios, ""]).strip()


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("videos", nargs="+", type=Path)
    parser.add_argument("--ffmpeg", nargs="+", default=["ffmpeg"])
    parser.add_argument("--before")
    parser.add_argument("--modes", nargs="+", default=list(MODES), choices=MODES)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    ways: dict[str, Measure] = {"ours": partial(by_program, sys.executable, ENGINE)}
    if options.before:
        ways["before"] = partial(by_program, options.before, ENGINE)
    ways["floor"] = partial(by_program, sys.executable, FLOOR)
    for number, program in enumerate(options.ffmpeg, start=1):
        ways[f"ffmpeg {number}"] = partial(by_ffmpeg, program)
    head = ["clip, recipe", "frames", *ways, "ours / floor", "peer / ours", "on the clock"]
    print(f"| {' | '.join(head)} |\n|{'---|' * len(head)}")
    for path in options.videos:
        for mode in options.modes:
            print(row(path, mode, ways, options.rounds), flush=True)


if __name__ == "__main__":
    main()
