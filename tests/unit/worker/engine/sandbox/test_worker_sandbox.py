"""The sandbox as the worker sees it: proven at the start, whole or honestly not."""

import resource
from collections.abc import AsyncIterator
from fractions import Fraction
from pathlib import Path

import pytest
from fixtures.clips import decode_image, make_clip, read_number
from fixtures.decoders import pyav_decoder
from fixtures.forkservers import (
    LYING_SECCOMP,
    NO_LANDLOCK,
    NO_SECCOMP,
    ORDINARY_USER,
    TOO_STRICT,
    prepare_fork_servers,
)
from fotograma_contracts.reasons import Reason
from fotograma_contracts.recipe import ImageFormat, Output
from fotograma_contracts.samples import SampleGrid, SampleSpan
from fotograma_worker.decoding import sandboxes
from fotograma_worker.decoding.child_decoder import ChildDecoder
from fotograma_worker.decoding.port import DecodeLimits
from fotograma_worker.decoding.processes import Child, ForkServer, ForkServerDown
from fotograma_worker.engine.sandbox import landlock
from fotograma_worker.errors import Failure, SandboxMissing
from fotograma_worker.protocol import ChildLimits, EncodedFrame, Kind, SandboxNote, ScanJob
from prometheus_client import REGISTRY

MIB = 1 << 20
LIMITS = DecodeLimits(max_pixels=10_000_000, seconds=60)
GRID = SampleGrid(origin=Fraction(0), step=Fraction(1), first=0, last=2)


class Bytes:
    """A source in memory."""

    def __init__(self, data: bytes) -> None:
        self.size = len(data)
        self._data = data

    async def read(self, offset: int, length: int) -> bytes:
        return self._data[offset : offset + length]


class Frames(list[EncodedFrame]):
    async def add(self, frame: EncodedFrame) -> None:
        self.append(frame)


@pytest.fixture
async def decoder() -> AsyncIterator[ChildDecoder]:
    async with pyav_decoder(1024 * MIB, sandbox_required=True) as decoder:
        yield decoder


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Bytes:
    return Bytes(make_clip(tmp_path_factory.mktemp("clip") / "a.mp4").read_bytes())


async def numbers(decoder: ChildDecoder, clip: Bytes, output: Output | None = None) -> list[int]:
    """What the frames of the first two seconds show."""
    frames = Frames()
    await decoder.extract(clip, GRID, output or Output(), LIMITS, frames.add)
    return [read_number(decode_image(frame.data)) for frame in frames]


def status_of(pid: int | None) -> dict[str, str]:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return dict(line.split(":\t", 1) for line in lines)


def metric(feature: str) -> float | None:
    return REGISTRY.get_sample_value("fotograma_sandbox", {"feature": feature})


async def test_sandbox_is_whole_and_reported(decoder: ChildDecoder) -> None:
    abi = landlock.supported_abi()
    assert await decoder.check_sandbox() == f"ok: seccomp, Landlock {abi}"
    assert (metric("seccomp"), metric("landlock")) == (1, abi)


async def test_sandbox_confines_a_child_that_reads(decoder: ChildDecoder) -> None:
    """What the kernel says about a child that has asked for its first bytes."""
    child = await Child.start(decoder._fork_server)
    try:
        limits = ChildLimits(memory_bytes=300 * MIB, cpu_seconds=7, max_pixels=1)
        job = ScanJob(size_bytes=1000, limits=limits)
        await child.send(Kind.JOB, job.model_dump_json().encode())
        assert (await child.receive(100))[0] is Kind.READ
        status = status_of(child.pid)
        assert (status["NoNewPrivs"], status["Seccomp"], status["Threads"]) == ("1", "2", "1")
        for kind, expected in (
            (resource.RLIMIT_DATA, (300 * MIB, 300 * MIB)),
            (resource.RLIMIT_AS, (1324 * MIB, 1324 * MIB)),
            (resource.RLIMIT_CPU, (7, 12)),
            (resource.RLIMIT_NOFILE, (4, 4)),
            (resource.RLIMIT_FSIZE, (0, 0)),
            (resource.RLIMIT_CORE, (0, 0)),
        ):
            assert resource.prlimit(child.pid, kind) == expected
    finally:
        await child.kill()


@pytest.mark.parametrize("image_format", list(ImageFormat))
async def test_sandbox_allows_every_encoder(
    decoder: ChildDecoder, clip: Bytes, image_format: ImageFormat
) -> None:
    assert await numbers(decoder, clip, Output(format=image_format, max_width=160)) == [0, 25]


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("a.mp4", "libx265"),
        ("a.webm", "libvpx-vp9"),
        ("a.mkv", "libsvtav1"),
        ("a.mpg", "mpeg2video"),
        ("a.avi", "mjpeg"),
    ],
)
async def test_sandbox_allows_every_decoder(
    decoder: ChildDecoder, tmp_path: Path, name: str, codec: str
) -> None:
    pixel_format = "yuvj420p" if codec == "mjpeg" else "yuv420p"
    path = make_clip(tmp_path / name, codec=codec, pixel_format=pixel_format)
    assert await numbers(decoder, Bytes(path.read_bytes())) == [0, 25]


async def test_sandbox_works_for_an_ordinary_user(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, clip: Bytes
) -> None:
    prepare_fork_servers(monkeypatch, tmp_path, ORDINARY_USER)
    async with pyav_decoder(1024 * MIB, sandbox_required=True) as decoder:
        status = status_of(decoder._fork_server.pid)
        assert "0" not in status["Uid"].split()
        assert int(status["CapEff"], 16) == 0
        assert await numbers(decoder, clip) == [0, 25]


@pytest.mark.parametrize(
    ("preparation", "words"),
    [
        (NO_LANDLOCK, "incomplete: Landlock: Function not implemented"),
        (NO_SECCOMP, "incomplete: seccomp: no system call table"),
        (LYING_SECCOMP, "incomplete: seccomp: a forbidden call was not stopped"),
    ],
)
async def test_sandbox_reports_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, clip: Bytes, preparation: str, words: str
) -> None:
    prepare_fork_servers(monkeypatch, tmp_path, preparation)
    async with pyav_decoder(1024 * MIB) as decoder:
        assert (await decoder.check_sandbox()).startswith(words)
        assert [metric("seccomp"), metric("landlock")].count(0) == 1
        assert await numbers(decoder, clip) == [0, 25]


@pytest.mark.parametrize("preparation", [NO_LANDLOCK, NO_SECCOMP, LYING_SECCOMP, TOO_STRICT])
async def test_required_sandbox_that_is_incomplete_prevents_the_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, preparation: str
) -> None:
    prepare_fork_servers(monkeypatch, tmp_path, preparation)
    decoder = pyav_decoder(1024 * MIB, sandbox_required=True)
    with pytest.raises(SandboxMissing):
        await decoder.__aenter__()
    assert not decoder._fork_server.is_ready


async def test_required_sandbox_is_checked_by_each_child(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, clip: Bytes
) -> None:
    """Whatever the self-test said once. The file is not to blame."""

    async def whole(_server: ForkServer, _memory_bytes: int) -> SandboxNote:
        return SandboxNote(landlock_abi=1, seccomp=True)

    monkeypatch.setattr(sandboxes, "_self_test", whole)
    prepare_fork_servers(monkeypatch, tmp_path, NO_LANDLOCK)
    async with pyav_decoder(1024 * MIB, sandbox_required=True) as decoder:
        with pytest.raises(Failure) as failed:
            await decoder.scan(clip, LIMITS)
    assert (failed.value.reason, failed.value.permanent) == (Reason.PROCESSING_FAILED, False)


async def test_sandbox_check_fails_without_a_fork_server(decoder: ChildDecoder) -> None:
    server = decoder._fork_server
    await server.__aexit__(None, None, None)
    with pytest.raises(ForkServerDown):
        await decoder.check_sandbox()


@pytest.mark.middle
async def test_sandbox_cpu_limit_is_a_time_limit_failure(
    monkeypatch: pytest.MonkeyPatch, decoder: ChildDecoder, tmp_path: Path
) -> None:
    """Behind the wall clock; it ends a child with a signal that tells why."""
    child_limits = ChildDecoder._child_limits

    def one_second(self: ChildDecoder, limits: DecodeLimits) -> ChildLimits:
        return child_limits(self, limits).model_copy(update={"cpu_seconds": 1})

    monkeypatch.setattr(ChildDecoder, "_child_limits", one_second)
    path = make_clip(tmp_path / "long.mp4", seconds=5, fps=20, size=(1280, 720), noise=20)
    every_frame = SampleSpan(start=Fraction(0), end=None, keyframes_only=False)
    with pytest.raises(Failure) as failed:
        await decoder.extract(
            Bytes(path.read_bytes()),
            every_frame,
            Output(format=ImageFormat.WEBP),
            LIMITS,
            Frames().add,
        )
    assert failed.value.reason is Reason.TIME_LIMIT


@pytest.mark.parametrize(
    ("abi", "files", "network", "scoped"),
    [
        (1, 0x1FFF, 0, 0),
        (2, 0x3FFF, 0, 0),
        (3, 0x7FFF, 0, 0),
        (4, 0x7FFF, 3, 0),
        (5, 0xFFFF, 3, 0),
        (6, 0xFFFF, 3, 3),
        (7, 0xFFFF, 3, 3),
        (9, 0xFFFF, 3, 3),
    ],
)
def test_landlock_ruleset_forbids_all_that_an_abi_knows(
    abi: int, files: int, network: int, scoped: int
) -> None:
    ruleset = landlock.ruleset_for(abi)
    assert ruleset.handled_access_fs == files
    assert ruleset.handled_access_net == network
    assert ruleset.scoped == scoped
