"""Data that an older release made are found by this one, and by the older one again."""

import json
import signal
from collections.abc import Iterable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path

import pytest
from fixtures.clips import make_clip
from fixtures.product import PASSWORD, Archive
from fixtures.programs import succeed
from fixtures.releases import THIS, Release, install_old
from fixtures.up import Up, up
from fotograma_local.ports import free_ports

EMAIL = "ana@example.org"
SECONDS = 4
PART_BYTES = 8 * 1024**2
START_SECONDS = 300.0
"""What was just installed is compiled as it starts for the first time."""

pytestmark = [pytest.mark.long, pytest.mark.timeout(1800)]


@dataclass(frozen=True)
class Installation:
    """A release, and where it runs."""

    release: Release
    folder: Path
    port: int

    def up(self) -> AbstractAsyncContextManager[Up]:
        """All of it, on the same data."""
        return up(self.folder / "data", self.port, self.release.python, START_SECONDS)

    async def fotograma(self, *arguments: str) -> str:
        """What a user's command says, which must succeed."""
        environment = {
            "FOTOGRAMA_CONFIG_DIR": str(self.folder / "config"),
            "FOTOGRAMA_PASSWORD": PASSWORD,
            "FOTOGRAMA_SERVER": f"http://localhost:{self.port}",
        }
        command = (str(self.release.programs / "fotograma"), *arguments)
        return await succeed(*command, folder=self.folder, environment=environment, seconds=180)


async def test_data_of_an_older_release_are_found_by_this_one_and_by_that_again(
    tmp_path: Path,
) -> None:
    (port,) = free_ports(1)
    new = Installation(THIS, tmp_path, port)
    old = Installation(await install_old(tmp_path / "old"), tmp_path, port)
    data = tmp_path / "data"
    large = make_clip(tmp_path / "large.mp4", seconds=SECONDS, size=(1280, 720), noise=40)
    assert large.stat().st_size > PART_BYTES
    small = make_clip(tmp_path / "small.mp4", seconds=SECONDS)

    async with old.up() as running:
        await old.fotograma("register", EMAIL)
        await old.fotograma("login", EMAIL)
        for video in (large, small):
            await old.fotograma("upload", video.name, "--wait", "-o", "before")
        assert await running.end(signal.SIGINT) == 0
    before = archives(tmp_path / "before")
    assert len(before) == 2
    assert (data / "aws" / "s3").exists()

    async with new.up() as running:
        assert await downloaded(new, before, "after") == before
        for video in (large, small):  # a worker reads the source again
            await new.fotograma("extract", video.name, "--every", "2", "--wait", "-o", "again")
        assert await running.end(signal.SIGINT) == 0
    assert not [*(data / "aws").glob("s3*")]
    again = archives(tmp_path / "again")
    assert [Archive(content).numbers() for content in again.values()] == [[0, 50], [0, 50]]

    # One step back: it takes the newer database, and loses nothing that is found on the way forth.
    async with old.up() as running:
        listed = json.loads(await old.fotograma("list", "--json"))["videos"]
        assert sorted(video["name"] for video in listed) == [large.name, small.name]
        await old.fotograma("upload", small.name, "--name", "back.mp4", "--wait", "-o", "back")
        assert await running.end(signal.SIGINT) == 0
    async with new.up() as running:
        expected = {**again, **archives(tmp_path / "back")}
        assert len(expected) == 3
        assert await downloaded(new, expected, "forth") == expected
        assert await running.end(signal.SIGINT) == 0


def archives(folder: Path) -> dict[str, bytes]:
    """The ZIP files in a folder, by their names."""
    return {path.name: path.read_bytes() for path in folder.glob("*.zip")}


async def downloaded(product: Installation, names: Iterable[str], folder: str) -> dict[str, bytes]:
    """The newest archive of each of these videos."""
    (product.folder / folder).mkdir()
    for name in names:
        await product.fotograma("download", name.replace(".zip", ".mp4"), "-o", folder)
    return archives(product.folder / folder)
