"""The whole product against FFmpeg and zip, and its gateway against the service behind it.

    make bench            # within 40 minutes on two cores
    make bench QUICK=1    # the same with clips of twenty seconds, to see that it runs

Clips are made, a stack of their own is started in a temporary folder, and each case is done by
both, one after the other: by the `fotograma` command from the file to the ZIP beside it, and by
`ffmpeg` into a folder that is then packed. Prints Markdown, and writes bench/results.json.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

import httpx
from fotograma_local.stack import Options, Stack, run_stack
from gateway import PASSWORD, Throughput, registered, throughput

COMMAND = str(Path(sys.executable).with_name("fotograma"))
RESULTS = Path(__file__).with_name("results.json")
LOOP_SECONDS, LOOPS = 60, 10
QUICK_SECONDS, QUICK_LOOPS = 10, 2
SHORT_SECONDS = 10
WORKERS = 2
NO_LIMITS = {"RATE_USER_BURST": "1000000", "RATE_NETWORK_BURST": "1000000"}
"""How fast requests are answered is measured, not how many one user may send."""


@dataclass(frozen=True)
class Clip:
    """What is encoded: 1080p at 25 frames a second."""

    name: str
    codec: str
    gop: int

    def make(self, folder: Path, seconds: int, loops: int) -> Path:
        """The clip, put in a row so many times."""
        once, path = folder / f"{self.name}-once.mp4", folder / f"{self.name}.mp4"
        ffmpeg(
            *("-f", "lavfi", "-i", f"testsrc2=size=1920x1080:rate=25:duration={seconds}"),
            *("-c:v", self.codec, "-preset", "veryfast", "-pix_fmt", "yuv420p"),
            *("-g", str(self.gop), "-keyint_min", str(self.gop), "-sc_threshold", "0"),
            str(once),
        )
        ffmpeg("-stream_loop", str(loops - 1), "-i", str(once), "-c", "copy", str(path))
        once.unlink()
        return path


@dataclass(frozen=True)
class Case:
    """One table row: what the command is told, and what FFmpeg is told."""

    name: str
    clip: Clip
    options: tuple[str, ...]
    before: tuple[str, ...]
    after: tuple[str, ...]
    suffix: str


LONG_GOP = Clip("long-gop", "libx264", 250)
SHORT_GOP = Clip("short-gop", "libx264", 50)
HEVC = Clip("hevc", "libx265", 250)
CASES = (
    Case("long GOP, PNG 1/s", LONG_GOP, ("--every", "1"), (), ("-vf", "fps=1"), "png"),
    Case(
        "GOP 2 s, one JPEG every 10 s",
        SHORT_GOP,
        ("--every", "10", "--format", "jpg"),
        (),
        ("-vf", "fps=1/10", "-q:v", "2"),
        "jpg",
    ),
    Case(
        "GOP 2 s, JPEG of keyframes",
        SHORT_GOP,
        ("--keyframes", "--format", "jpg"),
        ("-skip_frame", "nokey"),
        ("-fps_mode", "passthrough", "-q:v", "2"),
        "jpg",
    ),
    Case("HEVC, PNG 1/s", HEVC, ("--every", "1"), (), ("-vf", "fps=1"), "png"),
)


@dataclass(frozen=True)
class Result:
    """Seconds, and how many frames each gave."""

    case: str
    fotograma: float
    ffmpeg: float
    frames: int
    frames_of_ffmpeg: int


@dataclass(frozen=True)
class Results:
    """All that was measured."""

    clip_seconds: int
    cases: list[Result]
    ready_after: float
    """Seconds from the end of a 10-second clip's upload until its archive is ready."""
    through: Throughput
    past: Throughput


def run(*command: str, **environment: str) -> None:
    """Run a program, which must succeed."""
    subprocess.run(  # noqa: S603 - the commands are ours
        command, env=os.environ | environment, check=True, stdout=subprocess.DEVNULL
    )


def ffmpeg(*arguments: str) -> None:
    """Run FFmpeg."""
    run("ffmpeg", "-v", "error", "-nostdin", "-y", *arguments)


def by_ffmpeg(case: Case, path: Path, folder: Path) -> tuple[float, int]:
    """Extract with FFmpeg, and pack."""
    frames = folder / "frames"
    frames.mkdir()
    started = time.monotonic()
    ffmpeg(*case.before, "-i", str(path), *case.after, str(frames / f"%06d.{case.suffix}"))
    with zipfile.ZipFile(folder / "ffmpeg.zip", "w", zipfile.ZIP_STORED) as archive:
        for each in sorted(frames.iterdir()):
            archive.write(each, each.name)
    return time.monotonic() - started, len(list(frames.iterdir()))


def by_fotograma(
    case: Case, path: Path, folder: Path, stack: Stack, email: str
) -> tuple[float, int]:
    """Upload, wait and download with the command."""
    environment = {
        "FOTOGRAMA_CONFIG_DIR": str(folder),
        "FOTOGRAMA_PASSWORD": PASSWORD,
        "FOTOGRAMA_SERVER": stack.url,
    }
    run(COMMAND, "login", email, **environment)
    started = time.monotonic()
    upload = ("upload", str(path), *case.options, "--wait", "-o", str(folder))
    run(COMMAND, *upload, **environment)
    seconds = time.monotonic() - started
    with zipfile.ZipFile(folder / f"{path.stem}.zip") as archive:
        return seconds, len(archive.namelist()) - 1  # the manifest


async def compare(case: Case, path: Path, stack: Stack, email: str) -> Result:
    """Both, one after the other."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # In threads: the supervisor's loop goes on.
        own, frames = await asyncio.to_thread(by_fotograma, case, path, folder, stack, email)
        other, others = await asyncio.to_thread(by_ffmpeg, case, path, folder)
    return Result(case.name, own, other, frames, others)


async def seconds_to_ready(stack: Stack, headers: dict[str, str], content: bytes) -> float:
    """From the upload's end until a short clip's archive is ready."""
    async with httpx.AsyncClient(
        base_url=stack.url, headers=headers, timeout=60, trust_env=False
    ) as http:
        answer = await http.post("/video", files={"file": ("short.mp4", content)})
        started, video = time.monotonic(), answer.raise_for_status().json()
        address = f"/video/{video['id']}/extractions/{video['extractions'][0]['id']}"
        while (await http.get(address)).json()["status"] != "completed":
            await asyncio.sleep(0.02)
        return time.monotonic() - started


async def measure(folder: Path, *, quick: bool) -> Results:
    """All of it."""
    seconds, loops = (QUICK_SECONDS, QUICK_LOOPS) if quick else (LOOP_SECONDS, LOOPS)
    clips = {clip: clip.make(folder, seconds, loops) for clip in (LONG_GOP, SHORT_GOP, HEVC)}
    short = Clip("short", "libx264", 50).make(folder, SHORT_SECONDS, 1).read_bytes()
    options = Options(folder / "data", port=None, workers=WORKERS, overrides={"*": NO_LIMITS})
    async with run_stack(options) as stack:
        email, headers = await registered(stack)
        return Results(
            clip_seconds=seconds * loops,
            cases=[await compare(case, clips[case.clip], stack, email) for case in CASES],
            ready_after=median([await seconds_to_ready(stack, headers, short) for _ in range(5)]),
            through=await throughput(stack.url, headers, quick=quick),
            past=await throughput(stack.address("video-api"), headers, quick=quick),
        )


def show(results: Results) -> None:
    """Print Markdown."""
    print(f"\n| 1080p, {results.clip_seconds} s | Fotograma s | ffmpeg and zip s | frames |")
    print("|---|---|---|---|")
    for case in results.cases:
        frames = " / ".join(map(str, sorted({case.frames, case.frames_of_ffmpeg})))
        print(f"| {case.case} | {case.fotograma:.1f} | {case.ffmpeg:.1f} | {frames} |")
    print(f"\nA clip of 10 s is ready {results.ready_after:.2f} s after its upload.")
    print("\n| GET /video | requests/s | p50 ms | p95 ms |\n|---|---|---|---|")
    for way, one in (("through", results.through), ("past", results.past)):
        print(f"| {way} the gateway | {one.per_second:.0f} | {one.p50:.1f} | {one.p95:.1f} |")


def main() -> None:
    """Measure, show and keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="fotograma-bench-") as name:
        results = asyncio.run(measure(Path(name), quick=options.quick))
    RESULTS.write_text(json.dumps(asdict(results), indent=2) + "\n")
    show(results)


if __name__ == "__main__":
    main()
