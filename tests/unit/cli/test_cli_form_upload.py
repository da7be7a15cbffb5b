import email
from email.message import Message
from pathlib import Path
from uuid import UUID

import pytest
from fixtures.cli import Run
from fixtures.fake_api import break_off, refuse
from fixtures.fake_api_state import FakeApi
from fotograma_cli.errors import FileTrouble
from fotograma_cli.upload.form import UploadForm
from fotograma_cli.upload.source import SourceFile


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


def test_form_brings_the_recipe_first_and_the_exact_bytes(
    api: FakeApi, logged_in: Run, video_file: Path
) -> None:
    ran = logged_in("upload", "--form", video_file, "--every", "2", "--format", "jpg", "--json")
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


def test_upload_without_options_sends_no_recipe(
    api: FakeApi, logged_in: Run, video_file: Path
) -> None:
    assert logged_in("upload", "--form", video_file).exit_code == 0
    [seen] = api.to("POST", "/video")
    assert list(form_fields(seen.headers, seen.body)) == ["file"]


def test_broken_connection_is_tried_again_with_the_same_key(
    api: FakeApi, logged_in: Run, video_file: Path, waits: list[float]
) -> None:
    api.failures = [break_off, refuse(503, "storage_unavailable", Retry_After="7")]
    assert logged_in("upload", "--form", video_file).exit_code == 0
    tries = api.to("POST", "/video")
    assert len(tries) == 3
    [key] = {seen.headers["Idempotency-Key"] for seen in tries}
    assert UUID(key).version == 4
    assert tries[-1].body.count(video_file.read_bytes()) == 1
    assert waits[-1] == 7.0


def test_key_still_in_flight_is_waited_for(api: FakeApi, logged_in: Run, video_file: Path) -> None:
    in_flight = refuse(409, "idempotency_key_in_flight")
    api.failures = [break_off, in_flight, in_flight, in_flight, in_flight]
    assert logged_in("upload", "--form", video_file).exit_code == 0
    assert len({seen.headers["Idempotency-Key"] for seen in api.to("POST", "/video")}) == 1


def test_form_upload_fails_after_three_attempts(
    api: FakeApi, logged_in: Run, video_file: Path
) -> None:
    api.failures = [break_off] * 9
    ran = logged_in("upload", "--form", video_file)
    assert ran.exit_code == 5
    assert "Cannot reach" in ran.stderr
    assert len(api.to("POST", "/video")) == 3


def test_long_retry_after_is_not_waited_for(
    api: FakeApi, logged_in: Run, video_file: Path, waits: list[float]
) -> None:
    api.failures = [refuse(503, "unavailable", Retry_After="3600")]
    assert logged_in("upload", "--form", video_file).exit_code == 5
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
def test_refused_form_upload_is_not_retried(
    api: FakeApi, logged_in: Run, video_file: Path, status: int, code: str, exit_code: int
) -> None:
    api.failures = [refuse(status, code, "the limit is 3")]
    ran = logged_in("upload", "--form", video_file, "--json")
    assert ran.exit_code == exit_code
    assert ran.stderr == "Error: holiday.mp4: No: the limit is 3\n"
    assert ran.document["files"][0]["error"] == {
        "code": code,
        "message": "No: the limit is 3",
        "exit": exit_code,
    }
    assert len(api.to("POST", "/video")) == 1


def test_token_is_renewed_during_an_upload(api: FakeApi, logged_in: Run, video_file: Path) -> None:
    api.failures = [refuse(401, "unauthenticated")]
    assert logged_in("upload", "--form", video_file).exit_code == 0
    first, second = api.to("POST", "/video")
    assert first.headers["Idempotency-Key"] == second.headers["Idempotency-Key"]
    assert second.headers["Authorization"] == f"Bearer {api.access_token}"
    assert api.refreshes == 1


def test_form_upload_of_a_file_that_changes_meanwhile_fails(video_file: Path) -> None:
    source = SourceFile.at(video_file)
    video_file.write_bytes(b"shorter")
    with pytest.raises(FileTrouble, match="changed"):
        list(source.read())
    source = SourceFile.at(video_file)
    video_file.write_bytes(b"much longer than before")
    with pytest.raises(FileTrouble, match="changed"):
        list(source.read())
    video_file.unlink()
    with pytest.raises(FileTrouble, match="Cannot read"):
        list(source.read())


def test_progress_counts_the_files_bytes_and_memory_holds_a_chunk(tmp_path: Path) -> None:
    path = tmp_path / "sparse.mp4"
    with path.open("wb") as file:
        file.truncate(5_000_000)
    told: list[int] = []
    source = SourceFile.at(path)
    form = UploadForm(source.name, "{}")
    chunks = [len(chunk) for chunk in form.content(source.read(), told.append)]
    assert sum(chunks) == int(form.headers(source.size)["Content-Length"])
    assert max(chunks) <= 256 * 1024
    assert told[0] == 0
    assert told[-1] == 5_000_000
    assert told == sorted(told)
