"""Downloading some of an archive's frames."""

import json
from pathlib import Path

import pytest
from fixtures.cli import Run
from fixtures.fake_api_state import FakeApi
from fotograma_cli.errors import WrongUsage
from fotograma_cli.selections import chosen_frames


def test_numbers_count_from_one_and_times_are_seconds() -> None:
    assert chosen_frames((), (), ()) == {}
    assert chosen_frames(["7", "10-20", "1-9/3"], ["1:30-2:00", "1/2-0.75"], ["a.png"]) == {
        "positions": [
            {"start": 6, "end": 7},
            {"start": 9, "end": 20},
            {"start": 0, "end": 9, "step": 3},
        ],
        "times": [{"start": 90.0, "end": 120.0}, {"start": 0.5, "end": 0.75}],
        "names": ["a.png"],
    }


@pytest.mark.parametrize("text", ["0", "5-3", "-3", "x", "1-", "", "1-2-3", "7/2", "1-9/0"])
def test_invalid_frame_numbers_are_refused(text: str) -> None:
    with pytest.raises(WrongUsage):
        chosen_frames([text], (), ())


@pytest.mark.parametrize("text", ["10", "20-10", "1-1", "now-then", "1-2-3", "-5"])
def test_invalid_time_ranges_are_refused(text: str) -> None:
    with pytest.raises(WrongUsage):
        chosen_frames((), [text], ())


def test_download_of_a_selection_fetches_its_zip(
    api: FakeApi, logged_in: Run, tmp_path: Path, waits: list[float]
) -> None:
    video = api.add_video("v1.2.mp4")
    api.break_after = [1000]
    ran = logged_in("download", "v1.2.mp4", "--frames", "1-2", "-o", tmp_path, "--json")
    assert ran.exit_code == 0, ran.stderr
    assert ran.document["archive"] == str(tmp_path / "v1.2-selection.zip")
    assert ran.document["frames"] == 2
    assert (tmp_path / "v1.2-selection.zip").read_bytes() == api.archive
    extraction = video["extractions"][0]
    path = f"/video/{video['id']}/extractions/{extraction['id']}/selection"
    [seen] = api.to("POST", path)
    assert json.loads(seen.body) == {"positions": [{"start": 0, "end": 2}]}
    first, resumed = api.to("GET", "/archive.zip")
    assert "Authorization" not in first.headers
    assert resumed.headers["Range"] == "bytes=1000-"
