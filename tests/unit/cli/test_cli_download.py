import os
from pathlib import Path

import pytest
from fixtures.cli import Run
from fixtures.fake_api_state import FakeApi
from fotograma_cli.download import archive_name
from hypothesis import given
from hypothesis import strategies as st


def test_archive_arrives_whole_under_the_videos_name(
    api: FakeApi, logged_in: Run, tmp_path: Path
) -> None:
    video = api.add_video("My holiday.mp4")
    ran = logged_in("download", video["id"], "-o", tmp_path, "--json")
    assert ran.exit_code == 0, ran.stderr
    archive = tmp_path / "My holiday.zip"
    assert ran.document == {
        "video_id": video["id"],
        "extraction_id": video["extractions"][0]["id"],
        "archive": str(archive),
        "bytes": len(api.archive),
        "frames": 3,
    }
    assert archive.read_bytes() == api.archive
    assert "Authorization" not in api.to("GET", "/archive.zip")[0].headers


def test_download_without_a_path_writes_to_the_working_folder(
    api: FakeApi, logged_in: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    api.add_video("a.mp4")
    assert logged_in("download", "a.mp4").exit_code == 0
    assert (tmp_path / "a.zip").read_bytes() == api.archive


def test_broken_download_goes_on_where_it_broke(
    api: FakeApi, logged_in: Run, tmp_path: Path
) -> None:
    api.add_video("a.mp4")
    # More breaks than tries: each brought some bytes, so none of them counts.
    api.break_after = [10_000, 20_000, 5_000, 1_000, 30_000]
    assert logged_in("download", "a.mp4", "-o", tmp_path / "out.zip").exit_code == 0
    assert (tmp_path / "out.zip").read_bytes() == api.archive
    ranges = [seen.headers["Range"] for seen in api.to("GET", "/archive.zip")]
    assert ranges == [
        None,
        "bytes=10000-",
        "bytes=30000-",
        "bytes=35000-",
        "bytes=36000-",
        "bytes=66000-",
    ]


def test_server_without_ranges_starts_again(api: FakeApi, logged_in: Run, tmp_path: Path) -> None:
    api.add_video("a.mp4")
    api.honour_range = False
    api.break_after = [10_000]
    assert logged_in("download", "a.mp4", "-o", tmp_path / "out.zip").exit_code == 0
    assert (tmp_path / "out.zip").read_bytes() == api.archive


def test_download_without_progress_fails_and_leaves_no_file(
    api: FakeApi, logged_in: Run, tmp_path: Path
) -> None:
    api.add_video("a.mp4")
    api.break_after = [0] * 9
    target = tmp_path / "new" / "out.zip"
    ran = logged_in("download", "a.mp4", "-o", target)
    assert ran.exit_code == 5
    assert "secret" not in ran.stderr
    assert list(target.parent.iterdir()) == []
    assert len(api.to("GET", "/archive.zip")) == 3


def test_archive_of_another_size_is_refused(api: FakeApi, logged_in: Run, tmp_path: Path) -> None:
    video = api.add_video("a.mp4")
    video["extractions"][0]["archive_bytes"] += 1
    ran = logged_in("download", "a.mp4", "-o", tmp_path / "out.zip", "--json")
    assert ran.document["error"]["code"] == "incomplete_download"
    assert not (tmp_path / "out.zip").exists()


def test_file_is_not_overwritten_unless_forced(
    api: FakeApi, logged_in: Run, tmp_path: Path
) -> None:
    api.add_video("a.mp4")
    target = tmp_path / "out.zip"
    target.write_text("mine")
    assert "--force" in logged_in("download", "a.mp4", "-o", target).stderr
    assert target.read_text() == "mine"
    assert logged_in("download", "a.mp4", "-o", target, "--force").exit_code == 0
    assert target.read_bytes() == api.archive


@pytest.mark.parametrize("links", [True, False])
def test_file_that_appears_meanwhile_is_not_overwritten(
    api: FakeApi, logged_in: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, links: bool
) -> None:
    api.add_video("a.mp4")
    target = tmp_path / "out.zip"
    real_link = os.link

    def link(source: Path, place: Path) -> None:
        target.write_text("somebody else's")
        if not links:
            raise PermissionError(1, "Operation not permitted")
        real_link(source, place)

    monkeypatch.setattr("fotograma_cli.download.os.link", link)
    assert logged_in("download", "a.mp4", "-o", target).exit_code == 1
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["out.zip"]
    assert target.read_text() == "somebody else's"


def test_download_works_without_hard_links(
    api: FakeApi, logged_in: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def link(*_: Path) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("fotograma_cli.download.os.link", link)
    api.add_video("a.mp4")
    assert logged_in("download", "a.mp4", "-o", tmp_path / "out.zip").exit_code == 0
    assert (tmp_path / "out.zip").read_bytes() == api.archive


def test_unfinished_extraction_has_its_exit_code(
    api: FakeApi, logged_in: Run, tmp_path: Path
) -> None:
    running = api.add_video("running.mp4", status="extracting")
    failed = api.add_video("failed.mp4", status="failed", reason="damaged", detail="Damaged.")
    assert logged_in("download", running["id"], "-o", tmp_path).exit_code == 7
    assert logged_in("download", failed["id"], "-o", tmp_path).exit_code == 1
    cancelled = api.add_video("cancelled.mp4", status="cancelled")
    ran = logged_in("download", cancelled["id"], "-o", tmp_path, "--json")
    assert (ran.exit_code, ran.document["error"]["code"]) == (1, "extraction_cancelled")


def test_download_takes_the_chosen_extraction(api: FakeApi, logged_in: Run, tmp_path: Path) -> None:
    video = api.add_video("a.mp4")
    chosen = video["extractions"][0]["id"]
    ran = logged_in("download", "a.mp4", "--extraction", chosen[:8], "-o", tmp_path)
    assert ran.exit_code == 0
    path = f"/video/{video['id']}/download"
    assert api.to("GET", path)[0].query == {"extraction": chosen}
    assert logged_in("download", "a.mp4", "--extraction", "zzz", "-o", tmp_path).exit_code == 4


@given(st.text(max_size=300))
def test_videos_name_is_a_plain_file_name(name: str) -> None:
    made = archive_name(name)
    assert made.endswith(".zip")
    assert made == Path(made).name
    assert len(made) > 4
    assert len(made.encode()) <= 210
    assert made.isprintable()


@pytest.mark.parametrize(
    ("name", "archive"),
    [
        ("holiday.mp4", "holiday.zip"),
        ("../../etc/passwd", "passwd.zip"),
        ("C:\\videos\\a.b.mov", "a.b.zip"),
        ("...", "video.zip"),
        ("a\x1b[2J?.mp4", "a_[2J_.zip"),
    ],
)
def test_archive_name_follows_the_video_name(name: str, archive: str) -> None:
    assert archive_name(name) == archive
