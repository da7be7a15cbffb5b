"""What the page says of archives of the worker's own writing, and of what was done to them."""

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from fixtures.page import NPM_SECONDS, ask_page
from fotograma_archive.names import frame_name
from fotograma_archive.zips import local_header
from fotograma_contracts.extractions import Probe, Source
from fotograma_contracts.recipe import Recipe
from fotograma_worker.jobs.archive import Join, archive_tail, manifest
from fotograma_worker.jobs.pieces import FrameEntry, entry_for

GIB = 1 << 30
PROBE = Probe(
    container="mov", codec="h264", width=2, height=2, duration=Fraction(9), frame_rate=None
)
SOURCE = Source(key="k", etag="e", size_bytes=9, name="gate.mp4", crc64nvme="AAAA")

pytestmark = pytest.mark.timeout(2 * NPM_SECONDS)


def _archive(path: Path, frames: Iterable[tuple[int, bytes]]) -> Path:
    """Write an archive of frames at the given offsets; between them the file may have holes."""
    entries: list[FrameEntry] = []
    with path.open("wb") as file:
        for second, (offset, body) in enumerate(frames):
            time = Fraction(second)
            entry = entry_for(
                frame_name(time, "png"), offset, body, pts=second, time=time, samples=(time,)
            )
            file.seek(offset)
            file.write(local_header(entry.name, entry.crc32, entry.size) + body)
            entries.append(entry)
        join = _JoinWithHoles(ranges=(), frames=tuple(entries))
        contents = manifest(SOURCE, Recipe(), PROBE, [{"worker": "1"}], join.frames)
        file.write(archive_tail(join, contents))
    return path


class _JoinWithHoles(Join):
    @property
    def size(self) -> int:
        return self.frames[-1].end


def _in_a_row(bodies: Iterable[bytes]) -> Iterable[tuple[int, bytes]]:
    offset = 0
    for second, body in enumerate(bodies):
        yield offset, body
        offset += len(local_header(frame_name(Fraction(second), "png"), 0, 0)) + len(body)


def _changed(source: Path, name: str, position: int) -> Path:
    """A copy with one bit of the byte at a position turned over."""
    data = bytearray(source.read_bytes())
    data[position] ^= 1
    target = source.with_name(name)
    target.write_bytes(data)
    return target


def _checked(*asked: list[Path]) -> list[dict[str, Any]]:
    files = [[str(path) for path in paths] for paths in asked]
    told: list[dict[str, Any]] = ask_page("check-files", files)
    return told


@pytest.mark.middle
def test_archives_are_checked_as_they_were_written(tmp_path: Path) -> None:
    small = _archive(tmp_path / "small.zip", _in_a_row([b"one", b"two", b""]))
    far = _archive(tmp_path / "far.zip", [(0, b"near"), (5 * GIB, b"beyond four gigabytes")])
    many = _archive(tmp_path / "many.zip", _in_a_row([b"x"] * 66_000))
    altered = _changed(small, "altered.zip", len(local_header("00-00-00.000000.png", 0, 0)))
    renamed = _changed(small, "renamed.zip", small.read_bytes().rindex(b"00-00-01.000000.png"))
    cut = tmp_path / "cut.zip"
    cut.write_bytes(small.read_bytes()[:-30])

    told = _checked([small], [far], [many], [altered], [renamed], [cut])

    counts = [each.get("counts") for each in told]
    none = {"altered": 0, "missing": 0, "added": 0, "renamed": 0}
    assert counts[:3] == [{**none, "unchanged": count} for count in (3, 2, 66_000)]
    assert counts[3] == {**none, "altered": 1, "unchanged": 2}
    assert [each.get("problem") for each in told[4:]] == ["contradictory", "cut"]
    assert told[0]["manifest"]["source"] == "gate.mp4"
    assert told[0]["manifest"]["engines"] == ["worker 1"]


def test_frames_are_checked_against_a_manifest_that_was_kept(tmp_path: Path) -> None:
    bodies = [b"one", b"two"]
    archive = _archive(tmp_path / "a.zip", _in_a_row(bodies))
    kept = tmp_path / "manifest.json"
    data = archive.read_bytes()
    kept.write_bytes(data[data.index(b"{\n") : data.rindex(b"}\n") + 2])
    frame = tmp_path / "renamed.png"
    frame.write_bytes(bodies[1])
    other = _archive(tmp_path / "other.zip", _in_a_row([b"one", b"TWO"]))

    single, forged = _checked([kept, frame], [kept, other])

    assert single["findings"][0]["frame"] == "00-00-01.000000.png"
    assert not single["isWhole"]
    assert forged["isOtherManifest"]
    assert forged["counts"]["altered"] == 1
