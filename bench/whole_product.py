"""The whole product against FFmpeg and zip, and its gateway against the service behind it.

A stack of its own is started in a temporary folder, and each film is done by both, one after the
other: by the `fotograma` command from the file to the ZIP beside it, and by `ffmpeg` into a folder
that is then packed. *Ready* is from the end of the upload, when the service has the whole file and
begins, until the archive can be fetched.
"""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import httpx
from figures import Better, Unit
from footage import HEVC, LONG_GOP, ONCE_SECONDS, SHORT_GOP, Film
from fotograma_local.stack import Options, Stack, run_stack
from gateway import NO_LIMITS, PASSWORD, registered, throughput
from part import Part
from peers import SYSTEM, peers

COMMAND = str(Path(sys.executable).with_name("fotograma"))
WORKERS = 2
LONG, SHORT = 600, 120
"""Seconds. Rows without a target have short films, for which the time does."""
PNG = ("--every", "1")
EACH_SECOND = ("-vf", "fps=1")


@dataclass(frozen=True)
class Case:
    """A table row: what the command is told, and what FFmpeg is told."""

    name: str
    film: Film
    seconds: int
    options: tuple[str, ...]
    after: tuple[str, ...]
    """FFmpeg's options behind the input, as many write them."""
    suffix: str
    best_before: tuple[str, ...] | None = None
    """Those before the input that make it faster, where there are any."""
    best_after: tuple[str, ...] = ()


CASES = (
    Case(
        "GOP 2 s, JPEG every 10 s",
        SHORT_GOP,
        LONG,
        ("--every", "10", "--format", "jpg"),
        ("-vf", "fps=1/10", "-q:v", "2"),
        "jpg",
    ),
    Case(
        "GOP 2 s, JPEG of keyframes",
        SHORT_GOP,
        LONG,
        ("--keyframes", "--format", "jpg"),
        ("-vf", r"select=eq(pict_type\,I)", "-fps_mode", "passthrough", "-q:v", "2"),
        "jpg",
        ("-skip_frame", "nokey"),
        ("-fps_mode", "passthrough", "-q:v", "2"),
    ),
    Case("GOP 2 s, PNG 1/s", SHORT_GOP, LONG, PNG, EACH_SECOND, "png"),
    Case("long GOP, 2 min, PNG 1/s", LONG_GOP, SHORT, PNG, EACH_SECOND, "png"),
    Case("HEVC, 2 min, PNG 1/s", HEVC, SHORT, PNG, EACH_SECOND, "png"),
)


def run(*command: str, **environment: str) -> None:
    """Run a program, which must succeed."""
    subprocess.run(  # noqa: S603 - the commands are ours
        command, env=os.environ | environment, check=True, stdout=subprocess.DEVNULL
    )


def by_ffmpeg(
    path: Path, before: tuple[str, ...], after: tuple[str, ...], suffix: str
) -> tuple[float, int]:
    """Extract with the system's FFmpeg, and pack; seconds and frames."""
    with tempfile.TemporaryDirectory() as name:
        frames = Path(name) / "frames"
        frames.mkdir()
        started = time.monotonic()
        program = (peers()[SYSTEM], "-v", "error", "-nostdin")
        run(*program, *before, "-i", str(path), *after, str(frames / f"%06d.{suffix}"))
        made = sorted(frames.iterdir())
        with zipfile.ZipFile(Path(name) / "frames.zip", "w", zipfile.ZIP_STORED) as archive:
            for each in made:
                archive.write(each, each.name)
        return time.monotonic() - started, len(made)


@dataclass(frozen=True)
class User:
    """Somebody who uses the command, and whose requests bear these headers."""

    stack: Stack
    email: str
    headers: dict[str, str]
    folder: Path
    """Of the command's own."""

    def command(self, *arguments: str) -> None:
        """The command, logged in."""
        run(
            *(COMMAND, *arguments),
            FOTOGRAMA_CONFIG_DIR=str(self.folder),
            FOTOGRAMA_PASSWORD=PASSWORD,
            FOTOGRAMA_SERVER=self.stack.url,
        )

    def extract(self, case: Case, path: Path) -> float:
        """Upload, wait and download; seconds."""
        with tempfile.TemporaryDirectory() as name:
            started = time.monotonic()
            self.command("upload", str(path), *case.options, "--wait", "-o", name)
            return time.monotonic() - started

    def latest(self) -> tuple[float, int]:
        """Of the newest extraction: seconds from its beginning to its archive, and frames."""
        with httpx.Client(
            base_url=self.stack.url, headers=self.headers, timeout=60, trust_env=False
        ) as http:
            newest = http.get("/video", params={"limit": 1}).raise_for_status().json()["items"][0]
            address = f"/video/{newest['id']}/extractions/{newest['extractions'][0]['id']}"
            body = http.get(address).raise_for_status().json()
            http.delete(f"/video/{newest['id']}").raise_for_status()
        return seconds_between(body["created_at"], body["finished_at"]), body["frames"]


def seconds_between(earlier: str, later: str) -> float:
    """Of two times as the API writes them."""
    return (datetime.fromisoformat(later) - datetime.fromisoformat(earlier)).total_seconds()


def compare(part: Part, case: Case, user: User) -> None:
    """Both, one after the other."""
    path = part.footage.of(case.film, ONCE_SECONDS if part.quick else case.seconds)
    whole = user.extract(case, path)
    ready, frames = user.latest()
    peer, frames_of_peer = by_ffmpeg(path, (), case.after, case.suffix)
    part.note(case.name, "frames", frames, Unit.NUMBER)
    part.note(case.name, "frames of FFmpeg", frames_of_peer, Unit.NUMBER)
    part.note(case.name, "from file to ZIP", whole, Unit.SECONDS, Better.LESS)
    part.note(case.name, "ready", ready, Unit.SECONDS, Better.LESS)
    part.note(case.name, "FFmpeg and zip", peer, Unit.SECONDS)
    part.note(case.name, "FFmpeg by ready", peer / ready, Unit.TIMES, Better.MORE)
    part.note(case.name, "FFmpeg by file to ZIP", peer / whole, Unit.TIMES, Better.MORE)
    if case.best_before is not None:
        best, _ = by_ffmpeg(path, case.best_before, case.best_after, case.suffix)
        part.note(case.name, "FFmpeg's best flags", best, Unit.SECONDS)
        part.note(case.name, "best by ready", best / ready, Unit.TIMES, Better.MORE)


async def measure_all(part: Part, folder: Path) -> None:
    """Each film; then the gateway."""
    options = Options(folder / "data", port=None, workers=WORKERS, overrides={"*": NO_LIMITS})
    async with run_stack(options) as stack:
        user = User(stack, *await registered(stack), folder)
        # In threads: the supervisor's loop goes on.
        await asyncio.to_thread(user.command, "login", user.email)
        for case in CASES:
            await asyncio.to_thread(compare, part, case, user)
        ways = {"through the gateway": stack.url, "past the gateway": stack.address("video-api")}
        for way, url in ways.items():
            found = await throughput(url, user.headers, quick=part.quick)
            row = f"`GET /video`, 8 clients, {way}"
            part.note(row, "requests", found.per_second, Unit.PER_SECOND, Better.MORE)
            part.note(row, "half within", found.p50, Unit.MILLISECONDS, Better.LESS)
            part.note(row, "95 % within", found.p95, Unit.MILLISECONDS, Better.LESS)


def measure(part: Part) -> None:
    """What `measure_all` finds."""
    with tempfile.TemporaryDirectory() as name:
        asyncio.run(measure_all(part, Path(name)))
