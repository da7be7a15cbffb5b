"""All that speed is held against, in one run.

    make bench            # within 40 minutes on two cores
    make bench QUICK=1    # within two, to see that it runs: its figures say nothing
    .venv/bin/python bench/report.py api messages    # some parts, and nothing is kept
    .venv/bin/python bench/report.py --quote    # what is kept, by other targets or in other words

Each part runs in a process of its own, one after the other; one that fails, or takes too long,
loses nothing of the others. Prints a table for each subject. A whole run is compared with the
results that are committed, and replaces them, and what documents quote of them.
"""

import argparse
import importlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from figures import RESULTS, Figure, Results, now
from footage import Footage
from machine import commit, committed_results, this_machine, versions
from part import Part
from tables import DOCUMENTS, ROOT, markdown, quoted, table
from targets import outcomes

PARTS = {
    "reading": "reading",
    "requests": "s3_requests",
    "fleet": "fleet",
    "memory": "memory",
    "messages": "messages",
    "api": "api",
    "short clips": "short_clips",
    "engine": "engine",
    "product": "whole_product",
}
"""The module of each subject."""
PART_SECONDS = 1500.0
FOOTAGE = ROOT / ".bench"
_FIGURE = b'{"subject":'
"""How a line begins that is a figure; the others are logs."""


def measure(
    subject: str, footage: Path, *, seconds: float, quick: bool
) -> tuple[list[Figure], str | None]:
    """Run a part, for so long at most; returns what it found, and why it ended early, if it did."""
    command = [sys.executable, __file__, "--part", subject, "--footage", str(footage)]
    command += ["--quick"] if quick else []
    with tempfile.TemporaryDirectory(prefix="bench-") as name, tempfile.TemporaryFile() as output:
        process = subprocess.Popen(  # noqa: S603 - it is this program
            command, stdout=output, env=os.environ | {"TMPDIR": name}, start_new_session=True
        )
        try:
            status = process.wait(seconds)
            failure = None if status == 0 else f"It ended with {status}."
        except subprocess.TimeoutExpired:
            failure = f"It was ended after {seconds:.0f} seconds."
        finally:
            _end(process)
        output.seek(0)
        lines = [line for line in output if line.startswith(_FIGURE)]
    return [Figure.model_validate_json(line) for line in lines], failure


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End whatever is left of a part. Its servers end with it: the kernel tells them."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def run(subjects: Sequence[str], footage: Path, *, seconds: float, quick: bool) -> Results:
    """Run parts, and print what each found."""
    began, started = now(), time.monotonic()
    machine, measured = this_machine(), commit()
    figures: list[Figure] = []
    failed: dict[str, str] = {}
    for subject in subjects:
        print(f"\n{subject} …", file=sys.stderr, flush=True)
        found, failure = measure(subject, footage, seconds=seconds, quick=quick)
        figures += found
        print(f"\n{table(subject, found)}", flush=True)
        if failure is not None:
            failed[subject] = failure
    return Results(
        began=began,
        commit=measured,
        minutes=round((time.monotonic() - started) / 60, 1),
        machine=machine,
        versions=versions(),
        figures=tuple(figures),
        outcomes=outcomes(figures),
        failed=failed,
    )


def conclude(results: Results, *, is_whole: bool) -> None:
    """Print what became of the targets, and of the run."""
    if is_whole:
        print(f"\n{markdown(results, 'targets')}")
    print(f"\n{markdown(results, 'machine')}")
    for subject, failure in results.failed.items():
        print(f"\n**{subject} failed.** {failure}")


def compare(results: Results, before: Results | None) -> None:
    """Say what is worse than it was."""
    if before is None:
        print("\nNothing is committed to compare with.")
        return
    worse = list(results.worse_than(before))
    print(
        f"\n{len(worse)} figures are worse than in commit {before.commit}, beyond their tolerance"
    )
    for figure, was in worse:
        print(f"- {' · '.join(figure.place)}: {figure.text}, was {was.text} {figure.unit}".rstrip())


def keep(results: Results) -> None:
    """Write the results, and into the documents what they quote."""
    results.write(RESULTS)
    for document in DOCUMENTS:
        document.write_text(quoted(document.read_text(), results))


def main() -> int:
    """Measure, show and keep; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("subjects", nargs="*", choices=[*PARTS, []], metavar="SUBJECT")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--quote", action="store_true", help="write targets and documents anew")
    parser.add_argument("--output", type=Path, help="instead of what is committed")
    parser.add_argument("--seconds", type=float, default=PART_SECONDS, help="of a part, at most")
    parser.add_argument("--footage", type=Path, default=FOOTAGE)
    parser.add_argument("--part", choices=PARTS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.part:
        part = Part(options.part, Footage(options.footage, quick=options.quick), options.quick)
        importlib.import_module(PARTS[options.part]).measure(part)
        return 0
    if options.quote:
        kept = Results.read(RESULTS)
        keep(kept.model_copy(update={"outcomes": outcomes(kept.figures)}))
        return 0
    subjects = options.subjects or [*PARTS]
    results = run(subjects, options.footage, seconds=options.seconds, quick=options.quick)
    conclude(results, is_whole=not options.subjects)
    if options.output:
        results.write(options.output)
    elif not options.quick and not options.subjects:
        keep(results)
        compare(results, committed_results())
    return 1 if results.failed else 0


if __name__ == "__main__":
    sys.exit(main())
