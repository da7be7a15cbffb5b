"""A large upload passes through the video API: not into its memory, and not onto its disk."""

import asyncio
import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx
import pytest
from fixtures.product import Extracted, Product, User, answered

MIB = 2**20
MAX_RESIDENT_BYTES = 200_000_000
MAX_WRITTEN_BYTES = MIB
"""Of log lines, in whole pages of a few files."""
CHUNK = bytes(range(256)) * 4096
LOOK_SECONDS = 0.05


_HEAD = (
    b"--limit\r\n"
    b'Content-Disposition: form-data; name="file"; filename="large.mp4"\r\n'
    b"Content-Type: video/mp4\r\n\r\n"
)
_TAIL = b"\r\n--limit--\r\n"


class Observed:
    """What the kernel says of a process."""

    def __init__(self, pid: int) -> None:
        self._folder = Path(f"/proc/{pid}")
        self.files: set[Path] = set()
        """Regular files that the process was seen to have open for writing."""

    def peak_resident_bytes(self) -> int:
        """The most memory it ever had."""
        return self._number("status", r"VmHWM:\s+(\d+) kB") * 1024

    def written_bytes(self) -> int:
        """What it has caused to be written to disks."""
        return self._number("io", r"^write_bytes: (\d+)")

    @asynccontextmanager
    async def watch(self) -> AsyncIterator[None]:
        """Collect `files` while the block runs, those without a name included."""
        looking = asyncio.create_task(self._keep_looking())
        try:
            yield
        finally:
            looking.cancel()
            await asyncio.wait([looking])

    async def _keep_looking(self) -> None:
        while True:
            self._look()
            await asyncio.sleep(LOOK_SECONDS)

    def _look(self) -> None:
        for descriptor in (self._folder / "fd").iterdir():
            with suppress(OSError):  # it was closed meanwhile
                information = (self._folder / "fdinfo" / descriptor.name).read_text()
                flags = int(information.split("flags:")[1].split()[0], 8)
                if descriptor.is_file() and flags & (os.O_WRONLY | os.O_RDWR):
                    self.files.add(descriptor.readlink())

    def _number(self, file: str, pattern: str) -> int:
        found = re.search(pattern, (self._folder / file).read_text(), re.MULTILINE)
        assert found is not None
        return int(found.group(1))


async def upload_generated(user: User, address: str, size: int) -> Extracted:
    """Upload so many bytes that nobody ever has all of, and that are no video."""

    async def form() -> AsyncIterator[bytes]:
        yield _HEAD
        for _ in range(size // len(CHUNK)):
            yield CHUNK
        yield _TAIL

    async with httpx.AsyncClient(base_url=address, timeout=60, trust_env=False) as http:
        answer = await http.post(
            "/video",
            content=form(),
            headers={
                "Authorization": user.http.headers["Authorization"],
                "Content-Type": "multipart/form-data; boundary=limit",
                "Content-Length": str(len(_HEAD) + size + len(_TAIL)),
            },
        )
    body = answered(answer, 201)
    return Extracted(body["id"], body["extractions"][0]["id"])


@pytest.fixture(scope="module")
async def product(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Product]:
    """One of its own: the peak of memory is not what other tests, or coverage, made of it."""
    with pytest.MonkeyPatch.context() as environment:
        environment.delenv("COVERAGE_PROCESS_CONFIG", raising=False)
        async with Product.run(tmp_path_factory.mktemp("stack")) as product:
            yield product


@pytest.mark.parametrize(
    "size",
    [256 * MIB, pytest.param(2048 * MIB, marks=[pytest.mark.long, pytest.mark.timeout(600)])],
    ids=lambda size: f"{size // MIB} MiB",
)
@pytest.mark.middle
async def test_form_upload_of_a_large_file_stays_out_of_memory_and_off_the_disk(
    product: Product, size: int
) -> None:
    user = await product.user()
    api = Observed(product.stack.pid("video-api"))
    written_before = api.written_bytes()

    async with api.watch():
        uploaded = await upload_generated(user, product.stack.address("video-api"), size)

    assert api.files == {(product.stack.logs / "video-api.log").resolve()}
    assert api.written_bytes() - written_before < MAX_WRITTEN_BYTES
    assert api.peak_resident_bytes() < MAX_RESIDENT_BYTES
    assert (await user.videos())[0]["size_bytes"] == size
    assert (await user.ended(uploaded, 60))["reason"] == "not_a_video"
    await user.delete(uploaded.video_id)
    await product.without_objects(uploaded.video_id)
