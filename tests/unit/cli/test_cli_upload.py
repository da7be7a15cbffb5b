"""What `upload` does whichever way the file goes: limits, waiting, archives, several files."""

from pathlib import Path

import pytest
from fixtures.cli import Run
from fixtures.fake_api_state import FakeApi
from fotograma_cli.statuses import Phase, phase_of
from fotograma_video.domain import COMPLETED, RUNNING, ExtractionStatus


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        ({"max_upload_bytes": 1024}, "768000"),
        ({"max_storage_bytes": 1024}, "Delete videos"),
        ({"max_videos": 0}, "the most allowed"),
    ],
)
def test_file_beyond_the_limits_is_not_sent(
    api: FakeApi, logged_in: Run, video_file: Path, limits: dict[str, int], said: str
) -> None:
    api.limits |= limits
    ran = logged_in("upload", video_file)
    assert ran.exit_code == 6
    assert said.replace("768000", "750.0 KiB") in ran.stderr
    assert not api.to("POST", "/video/uploads")


def test_waiting_ends_with_the_archive_on_the_disk(
    api: FakeApi, logged_in: Run, video_file: Path, tmp_path: Path, waits: list[float]
) -> None:
    api.polls = 5
    ran = logged_in("upload", video_file, "-o", tmp_path / "new" / "frames", "--json")
    assert ran.exit_code == 0, ran.stderr
    archive = tmp_path / "new" / "frames" / "holiday.zip"
    assert archive.read_bytes() == api.archive
    assert ran.document["files"][0]["archive"] == str(archive)
    assert ran.document["files"][0]["frames"] == 3
    assert waits[0] == 0.3
    assert waits == sorted(waits)
    assert max(waits) <= 2.0


@pytest.mark.parametrize("reason", ["no_video_stream", "other", "from_2031"])
def test_failed_extraction_prints_its_reason(
    api: FakeApi, logged_in: Run, video_file: Path, reason: str
) -> None:
    api.final = {"status": "failed", "reason": reason, "detail": "There is only sound."}
    ran = logged_in("upload", video_file, "--wait")
    assert ran.exit_code == 1
    assert f"Error: holiday.mp4: There is only sound ({reason})." in ran.stderr


def test_cancelled_extraction_is_a_failure(api: FakeApi, logged_in: Run, video_file: Path) -> None:
    api.final = {"status": "cancelled"}
    ran = logged_in("upload", video_file, "--wait", "--json")
    assert (ran.exit_code, "It was cancelled." in ran.stderr) == (1, True)
    assert ran.document["files"][0]["error"]["code"] == "extraction_cancelled"


def test_unknown_status_is_not_waited_for(
    api: FakeApi, logged_in: Run, video_file: Path, waits: list[float]
) -> None:
    api.final = {"status": "paused"}
    ran = logged_in("upload", video_file, "--wait", "--json")
    assert ran.exit_code == 1
    assert ran.document["files"][0]["error"]["code"] == "unknown_status"
    assert "'paused'" in ran.stderr
    assert sum(waits) < 60  # as long as it takes to see that there are no live events
    assert "paused" in logged_in("status", "holiday.mp4").stdout


def test_every_status_of_the_server_is_known_and_no_other() -> None:
    phases = {status: phase_of({"status": status}) for status in ExtractionStatus}
    assert {status for status, phase in phases.items() if phase is Phase.RUNNING} == RUNNING
    assert {status for status, phase in phases.items() if phase is Phase.COMPLETE} == COMPLETED
    assert phases[ExtractionStatus.FAILED] is Phase.FAILED
    assert phases[ExtractionStatus.CANCELLED] is Phase.CANCELLED
    assert phase_of({"status": "paused"}) is Phase.UNKNOWN


@pytest.mark.parametrize("code", ["ends_early", "other", "from_2031"])
def test_warnings_are_printed(api: FakeApi, logged_in: Run, video_file: Path, code: str) -> None:
    api.final = {
        "status": "completed_with_warnings",
        "frames": 2,
        "warnings": [{"code": code, "detail": "It ends early."}],
    }
    ran = logged_in("upload", video_file, "--wait", "--json")
    assert ran.exit_code == 0
    assert ran.stderr == "Warning: holiday.mp4: It ends early.\n"
    assert ran.document["files"][0]["status"] == "completed_with_warnings"


def test_failing_file_does_not_stop_the_other_uploads(
    api: FakeApi, logged_in: Run, video_file: Path, tmp_path: Path
) -> None:
    ran = logged_in("upload", tmp_path / "absent.mp4", tmp_path, video_file)
    assert ran.exit_code == 1
    assert "1 of 3 files done, 2 failed." in ran.stdout
    assert "There is no file" in ran.stderr
    assert "is a folder" in ran.stderr
    assert logged_in("upload", tmp_path / "absent.mp4").exit_code == 4


def test_archive_that_would_overwrite_stops_the_upload(
    api: FakeApi, logged_in: Run, video_file: Path, tmp_path: Path
) -> None:
    (tmp_path / "holiday.zip").write_text("mine")
    ran = logged_in("upload", video_file, "-o", tmp_path, "--json")
    assert (ran.exit_code, ran.document["error"]["code"]) == (1, "file_exists")
    twin = tmp_path / "holiday.mov"
    twin.touch()
    assert "Several files" in logged_in("upload", video_file, twin, "-o", tmp_path / "new").stderr
    assert not api.to("POST", "/video/uploads")
    assert logged_in("upload", video_file, "-o", tmp_path, "--force").exit_code == 0
    assert (tmp_path / "holiday.zip").read_bytes() == api.archive


def test_contradicting_options_are_refused_before_anything_is_sent(
    api: FakeApi, logged_in: Run, video_file: Path
) -> None:
    assert logged_in("upload", video_file, "--all", "--keyframes", "--json").exit_code == 2
    assert logged_in("upload", video_file, "--at", "yesterday").exit_code == 2
    assert logged_in("upload", video_file, "--quality", "101").exit_code == 2
    assert not api.to("POST", "/video/uploads")


def test_ctrl_c_exits_with_130(
    api: FakeApi, logged_in: Run, video_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("fotograma_cli.transfers.wait_for_extraction", interrupt)
    ran = logged_in("upload", video_file, "--wait", "--json")
    assert ran.exit_code == 130
    assert ran.document["error"]["code"] == "interrupted"
    assert ran.stderr == "Error: Interrupted.\n"


def test_standard_input_goes_by_a_form_of_unknown_size(api: FakeApi, logged_in: Run) -> None:
    ran = logged_in("upload", "-", "--name", "camera.ts", "--json", stdin="video" * 100_000)
    assert ran.exit_code == 0, ran.stderr
    [seen] = api.to("POST", "/video")
    assert seen.headers["Transfer-Encoding"] == "chunked"
    assert b'filename="camera.ts"' in seen.body
    assert seen.body.count(b"video" * 100_000) == 1


def test_empty_file_is_not_sent(api: FakeApi, logged_in: Run, tmp_path: Path) -> None:
    (tmp_path / "empty.mp4").touch()
    ran = logged_in("upload", tmp_path / "empty.mp4", "--json")
    assert ran.document["files"][0]["error"]["code"] == "empty_file"
    assert not api.to("POST", "/video/uploads")
