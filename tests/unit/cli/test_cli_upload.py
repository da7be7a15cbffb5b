import email
from email.message import Message
from pathlib import Path
from uuid import UUID

import pytest
from fixtures.cli import Run
from fixtures.fake_api import FakeApi, break_off, refuse
from fotograma_cli.errors import FileTrouble
from fotograma_cli.upload import SourceFile, UploadForm


def form_fields(headers: Message, body: bytes) -> dict[str, bytes]:
    """The fields of a form, by the standard library's own reading of MIME."""
    whole = email.message_from_bytes(
        f"Content-Type: {headers['Content-Type']}\r\n\r\n".encode() + body
    )
    parts = whole.get_payload()
    assert isinstance(parts, list)
    found = {}
    for part in parts:
        assert isinstance(part, Message)
        payload = part.get_payload(decode=True)
        assert isinstance(payload, bytes)
        found[str(part.get_param("name", header="content-disposition"))] = payload
    return found


def test_the_form_brings_the_recipe_first_and_the_exact_bytes(
    api: FakeApi, logged_in: Run, video_file: Path
) -> None:
    ran = logged_in("upload", video_file, "--every", "2", "--format", "jpg", "--json")
    assert ran.exit_code == 0, ran.stderr
    [seen] = api.to("POST", "/video")
    fields = form_fields(seen.headers, seen.body)
    assert list(fields) == ["recipe", "file"]
    assert fields["file"] == video_file.read_bytes()
    assert b'"interval"' in fields["recipe"]
    assert b'filename="holiday.mp4"' in seen.body
    assert "Transfer-Encoding" not in seen.headers
    [outcome] = ran.document["files"]
    assert outcome["video_id"] == api.videos[0]["id"]
    assert outcome["error"] is None


def test_without_options_no_recipe_is_sent(api: FakeApi, logged_in: Run, video_file: Path) -> None:
    assert logged_in("upload", video_file).exit_code == 0
    [seen] = api.to("POST", "/video")
    assert list(form_fields(seen.headers, seen.body)) == ["file"]


def test_a_broken_connection_is_tried_again_with_the_same_key(
    api: FakeApi, logged_in: Run, video_file: Path, waits: list[float]
) -> None:
    api.failures = [break_off, refuse(503, "storage_unavailable", Retry_After="7")]
    assert logged_in("upload", video_file).exit_code == 0
    tries = api.to("POST", "/video")
    assert len(tries) == 3
    [key] = {seen.headers["Idempotency-Key"] for seen in tries}
    assert UUID(key).version == 4
    assert tries[-1].body.count(video_file.read_bytes()) == 1
    assert waits[-1] == 7.0


def test_a_key_still_in_flight_is_waited_for(
    api: FakeApi, logged_in: Run, video_file: Path
) -> None:
    in_flight = refuse(409, "idempotency_key_in_flight")
    api.failures = [break_off, in_flight, in_flight, in_flight, in_flight]
    assert logged_in("upload", video_file).exit_code == 0
    assert len({seen.headers["Idempotency-Key"] for seen in api.to("POST", "/video")}) == 1


def test_after_three_tries_it_is_given_up(api: FakeApi, logged_in: Run, video_file: Path) -> None:
    api.failures = [break_off] * 9
    ran = logged_in("upload", video_file)
    assert ran.exit_code == 5
    assert "Cannot reach" in ran.stderr
    assert len(api.to("POST", "/video")) == 3


def test_a_server_that_asks_for_too_much_patience_is_not_waited_for(
    api: FakeApi, logged_in: Run, video_file: Path, waits: list[float]
) -> None:
    api.failures = [refuse(503, "unavailable", Retry_After="3600")]
    assert logged_in("upload", video_file).exit_code == 5
    assert not waits


@pytest.mark.parametrize(
    ("status", "code", "exit_code"),
    [
        (422, "bad_recipe", 2),
        (422, "empty_file", 1),
        (413, "file_too_large", 6),
        (403, "quota_exceeded", 6),
        (429, "too_many_at_once", 6),
        (400, "bad_form", 1),
    ],
)
def test_a_refusal_is_said_in_one_line_and_not_repeated(
    api: FakeApi, logged_in: Run, video_file: Path, status: int, code: str, exit_code: int
) -> None:
    api.failures = [refuse(status, code, "the limit is 3")]
    ran = logged_in("upload", video_file, "--json")
    assert ran.exit_code == exit_code
    assert ran.stderr == "Error: holiday.mp4: No: the limit is 3\n"
    assert ran.document["files"][0]["error"] == {
        "code": code,
        "message": "No: the limit is 3",
        "exit": exit_code,
    }
    assert len(api.to("POST", "/video")) == 1


def test_the_token_is_renewed_in_the_middle(api: FakeApi, logged_in: Run, video_file: Path) -> None:
    api.failures = [refuse(401, "unauthenticated")]
    assert logged_in("upload", video_file).exit_code == 0
    first, second = api.to("POST", "/video")
    assert first.headers["Idempotency-Key"] == second.headers["Idempotency-Key"]
    assert second.headers["Authorization"] == f"Bearer {api.access_token}"
    assert api.refreshes == 1


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        ({"max_upload_bytes": 1024}, "768000"),
        ({"max_storage_bytes": 1024}, "Delete videos"),
        ({"max_videos": 0}, "the most allowed"),
    ],
)
def test_what_is_too_large_does_not_travel(
    api: FakeApi, logged_in: Run, video_file: Path, limits: dict[str, int], said: str
) -> None:
    api.limits |= limits
    ran = logged_in("upload", video_file)
    assert ran.exit_code == 6
    assert said.replace("768000", "750.0 KiB") in ran.stderr
    assert not api.to("POST", "/video")


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


def test_a_failed_extraction_is_told_with_its_reason(
    api: FakeApi, logged_in: Run, video_file: Path
) -> None:
    api.final = {"status": "failed", "reason": "no_video_stream", "detail": "There is only sound."}
    ran = logged_in("upload", video_file, "--wait")
    assert ran.exit_code == 1
    assert "Error: holiday.mp4: There is only sound (no_video_stream)." in ran.stderr


def test_a_cancelled_extraction_is_a_failure(
    api: FakeApi, logged_in: Run, video_file: Path
) -> None:
    api.final = {"status": "cancelled"}
    ran = logged_in("upload", video_file, "--wait")
    assert (ran.exit_code, "cancelled (cancelled)." in ran.stderr) == (1, True)


def test_warnings_are_told(api: FakeApi, logged_in: Run, video_file: Path) -> None:
    api.final = {
        "status": "completed_with_warnings",
        "frames": 2,
        "warnings": [{"code": "ends_early", "detail": "It ends early."}],
    }
    ran = logged_in("upload", video_file, "--wait", "--json")
    assert ran.exit_code == 0
    assert ran.stderr == "Warning: uploaded.mp4: It ends early.\n"
    assert ran.document["files"][0]["status"] == "completed_with_warnings"


def test_one_bad_file_does_not_stop_the_others(
    api: FakeApi, logged_in: Run, video_file: Path, tmp_path: Path
) -> None:
    ran = logged_in("upload", tmp_path / "absent.mp4", tmp_path, video_file)
    assert ran.exit_code == 1
    assert "1 of 3 files done, 2 failed." in ran.stdout
    assert "There is no file" in ran.stderr
    assert "is a folder" in ran.stderr
    assert logged_in("upload", tmp_path / "absent.mp4").exit_code == 4


def test_an_archive_that_would_overwrite_stops_the_upload(
    api: FakeApi, logged_in: Run, video_file: Path, tmp_path: Path
) -> None:
    (tmp_path / "holiday.zip").write_text("mine")
    ran = logged_in("upload", video_file, "-o", tmp_path, "--json")
    assert (ran.exit_code, ran.document["error"]["code"]) == (1, "file_exists")
    twin = tmp_path / "holiday.mov"
    twin.touch()
    assert "Several files" in logged_in("upload", video_file, twin, "-o", tmp_path / "new").stderr
    assert not api.to("POST", "/video")
    assert logged_in("upload", video_file, "-o", tmp_path, "--force").exit_code == 0
    assert (tmp_path / "holiday.zip").read_bytes() == api.archive


def test_contradicting_options_are_refused_before_anything_is_sent(
    api: FakeApi, logged_in: Run, video_file: Path
) -> None:
    assert logged_in("upload", video_file, "--all", "--keyframes", "--json").exit_code == 2
    assert logged_in("upload", video_file, "--at", "yesterday").exit_code == 2
    assert logged_in("upload", video_file, "--quality", "101").exit_code == 2
    assert not api.to("POST", "/video")


def test_ctrl_c_says_so(
    api: FakeApi, logged_in: Run, video_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("fotograma_cli.transfers.wait_for_extraction", interrupt)
    ran = logged_in("upload", video_file, "--wait", "--json")
    assert ran.exit_code == 130
    assert ran.document["error"]["code"] == "interrupted"
    assert ran.stderr == "Error: Interrupted.\n"


def test_a_file_that_changes_meanwhile_is_no_upload(video_file: Path) -> None:
    source = SourceFile.at(video_file)
    form = UploadForm(source, None)
    video_file.write_bytes(b"shorter")
    with pytest.raises(FileTrouble, match="changed"):
        list(form.content(lambda _: None))
    source = SourceFile.at(video_file)
    video_file.write_bytes(b"much longer than before")
    with pytest.raises(FileTrouble, match="changed"):
        list(UploadForm(source, None).content(lambda _: None))
    video_file.unlink()
    with pytest.raises(FileTrouble, match="Cannot read"):
        list(UploadForm(source, None).content(lambda _: None))


def test_progress_counts_the_files_bytes_and_memory_holds_a_chunk(tmp_path: Path) -> None:
    path = tmp_path / "sparse.mp4"
    with path.open("wb") as file:
        file.truncate(5_000_000)
    told: list[int] = []
    form = UploadForm(SourceFile.at(path), "{}")
    chunks = [len(chunk) for chunk in form.content(told.append)]
    assert sum(chunks) == int(form.headers["Content-Length"])
    assert max(chunks) <= 256 * 1024
    assert told[0] == 0
    assert told[-1] == 5_000_000
    assert told == sorted(told)
