"""Direct uploads: what is sent, what is not sent again, and what is left when they break off."""

import json
from itertools import pairwise
from pathlib import Path

import pytest
from fixtures.cli import PARTS, Run, remembered, sent_parts
from fixtures.fake_api import Handler, break_off, refuse
from fixtures.fake_api_state import API_KEY, PART_BYTES, FakeApi
from fotograma_cli.upload.direct import SENDINGS
from fotograma_cli.upload.parts import Part
from fotograma_cli.upload.source import SourceFile
from fotograma_cli.upload.unfinished import Unfinished, UnfinishedUploads


def test_every_part_is_sent_once_and_makes_the_file(
    api: FakeApi, logged_in: Run, video_file: Path, config: Path
) -> None:
    ran = logged_in("upload", video_file, "--every", "2", "--json")
    assert ran.exit_code == 0, ran.stderr
    assert api.stored == [video_file.read_bytes()]
    assert sent_parts(api) == dict.fromkeys(range(1, PARTS + 1), 1)
    [created] = api.to("POST", "/video/uploads")
    assert json.loads(created.body) == {
        "name": "holiday.mp4",
        "size_bytes": video_file.stat().st_size,
        "recipe": {"sampling": {"mode": "interval", "seconds": "2"}},
    }
    [outcome] = ran.document["files"]
    assert outcome["video_id"] == api.videos[0]["id"]
    assert remembered(config) == []


def test_storage_requests_carry_no_token(api: FakeApi, logged_in: Run, video_file: Path) -> None:
    assert logged_in("upload", video_file).exit_code == 0
    puts = [seen for seen in api.seen if seen.method == "PUT"]
    assert len(puts) == PARTS
    assert not any("Authorization" in seen.headers for seen in puts)
    assert not any("Transfer-Encoding" in seen.headers for seen in puts)


def test_upload_without_options_sends_no_recipe_but_the_given_name(
    api: FakeApi, logged_in: Run, video_file: Path
) -> None:
    assert logged_in("upload", video_file, "--name", "férias").exit_code == 0
    [created] = api.to("POST", "/video/uploads")
    assert json.loads(created.body) == {"name": "férias", "size_bytes": video_file.stat().st_size}
    assert logged_in("upload", video_file, video_file, "--name", "both").exit_code == 2


@pytest.mark.parametrize("way", [(), ("--form",)])
def test_keep_sends_the_retention(
    api: FakeApi, logged_in: Run, video_file: Path, way: tuple[str, ...]
) -> None:
    assert logged_in("upload", video_file, "--keep", "7", *way).exit_code == 0
    if way:
        [seen] = api.to("POST", "/video")
        assert b'name="retention_days"\r\nContent-Type: text/plain\r\n\r\n7\r\n' in seen.body
    else:
        [seen] = api.to("POST", "/video/uploads")
        assert json.loads(seen.body)["retention_days"] == 7


def test_parts_that_break_off_or_are_refused_for_now_are_sent_again(
    api: FakeApi, logged_in: Run, video_file: Path, waits: list[float]
) -> None:
    api.storage_failures = [
        break_off,
        refuse(503, "SlowDown"),
        refuse(500, "InternalError"),
        refuse(403, "AccessDenied"),
    ]
    assert logged_in("upload", video_file).exit_code == 0
    assert api.stored == [video_file.read_bytes()]
    assert len(waits) == 3  # an expired address is renewed at once
    signed = [number for seen in api.seen if seen.path.endswith("/parts")
              for number in json.loads(seen.body)["numbers"]]  # fmt: skip
    assert len(signed) == PARTS + 4


def test_failing_parts_end_the_upload_which_can_be_resumed(
    api: FakeApi, logged_in: Run, video_file: Path, config: Path
) -> None:
    api.storage_failures = [refuse(503, "SlowDown")] * 200
    ran = logged_in("upload", video_file, "--json")
    assert ran.exit_code == 5
    assert f"fotograma upload --resume {video_file}" in ran.stderr
    assert ran.document["files"][0]["error"]["code"] == "storage_unavailable"
    assert len(remembered(config)) == 2  # the upload and its lock

    api.storage_failures = []
    assert logged_in("upload", "--resume", video_file).exit_code == 0
    assert api.stored == [video_file.read_bytes()]
    assert remembered(config) == []


def test_refused_part_stops_the_upload_at_once(
    api: FakeApi, logged_in: Run, video_file: Path, waits: list[float]
) -> None:
    api.storage_failures = [refuse(400, "EntityTooSmall")] * 20
    ran = logged_in("upload", video_file)
    assert ran.exit_code == 1
    assert "answered 400" in ran.stderr
    assert "signature" not in ran.stderr
    assert not waits


def lose_it(handler: Handler) -> None:
    """Take a part, say so, and have nothing."""
    handler.rfile.read(int(handler.headers["Content-Length"]))
    handler.answer(200)


def cut_it(handler: Handler) -> None:
    """Take a part, say so, and have the half of it."""
    handler.rfile.read(int(handler.headers["Content-Length"]))
    _, _, upload_id, number = handler.path.partition("?")[0].split("/")
    handler.api.uploads[upload_id]["content"][int(number)] = b"half"
    handler.answer(200)


def test_parts_missing_at_completion_are_sent_again(
    api: FakeApi, logged_in: Run, video_file: Path, config: Path
) -> None:
    api.storage_failures = [lose_it, cut_it]
    ran = logged_in("upload", video_file, "--json")
    assert ran.exit_code == 0, ran.stderr
    assert api.stored == [video_file.read_bytes()]
    # Those two came once before; the others were not sent again.
    assert sent_parts(api) == dict.fromkeys(range(1, PARTS + 1), 1)
    assert len(api.to("POST", "/video/uploads")) == 1
    assert not any(seen.method == "DELETE" for seen in api.seen)
    assert remembered(config) == []


def test_parts_missing_at_every_completion_end_the_upload_which_can_be_resumed(
    api: FakeApi, logged_in: Run, video_file: Path, config: Path
) -> None:
    api.storage_failures = [lose_it] * 1_000
    ran = logged_in("upload", video_file, "--json")
    assert ran.exit_code == 1
    assert ran.document["files"][0]["error"]["code"] == "parts_missing"
    assert 1_000 - len(api.storage_failures) == PARTS * SENDINGS
    assert f"fotograma upload --resume {video_file}" in ran.stderr
    assert len(api.uploads) == 1

    api.storage_failures = []
    assert logged_in("upload", "--resume", video_file).exit_code == 0
    assert api.stored == [video_file.read_bytes()]
    assert remembered(config) == []


def test_upload_of_a_file_that_changes_meanwhile_is_aborted(
    api: FakeApi, logged_in: Run, video_file: Path, config: Path
) -> None:
    def touch(handler: Handler) -> None:
        video_file.write_bytes(b"another")
        handler.do_GET()

    api.storage_failures = [touch]
    ran = logged_in("upload", video_file, "--json")
    assert ran.exit_code == 1
    assert ran.document["files"][0]["error"]["code"] == "file_changed"
    assert not api.uploads
    assert not api.stored
    assert remembered(config) == []


def test_token_is_renewed_between_parts(api: FakeApi, logged_in: Run, video_file: Path) -> None:
    def end_token(handler: Handler) -> None:
        api.end_access_token()
        handler.do_GET()

    api.storage_failures = [end_token]
    assert logged_in("upload", video_file, "--parallel", "1").exit_code == 0
    assert api.refreshes == 1
    assert api.stored == [video_file.read_bytes()]


def test_only_one_command_uploads_a_file(
    api: FakeApi, logged_in: Run, video_file: Path, config: Path
) -> None:
    source = SourceFile.at(video_file)
    upload = Unfinished.begin(
        source, server=api.address, account="ana@example.com", name="x", recipe=None, began_at=0
    )
    with UnfinishedUploads(config / "uploads").held(upload.identity):
        ran = logged_in("upload", video_file, "--json")
    assert ran.exit_code == 1
    assert ran.document["files"][0]["error"]["code"] == "upload_running"
    assert not api.to("POST", "/video/uploads")


def test_damaged_note_of_an_upload_is_ignored(
    api: FakeApi, logged_in: Run, video_file: Path, config: Path
) -> None:
    api.storage_failures = [refuse(400, "no")] * 9
    logged_in("upload", video_file)
    api.storage_failures = []
    for file in remembered(config):
        file.write_text("{")
    assert logged_in("upload", "--resume", video_file).exit_code == 0
    assert remembered(config) == []


def test_unfinished_uploads_are_listed_and_aborted(
    api: FakeApi, logged_in: Run, video_file: Path, tmp_path: Path, config: Path
) -> None:
    other = tmp_path / "other.mp4"
    other.write_bytes(b"video")
    api.storage_failures = [refuse(400, "no")] * 12
    logged_in("upload", video_file, other)
    api.storage_failures = []
    first, second = api.uploads
    api.uploads[first]["content"] = {1: b"x" * PART_BYTES}
    other.write_bytes(b"another")

    listed = logged_in("uploads", "list", "--json").document["uploads"]
    assert [upload["upload_id"] for upload in listed] == [first, second]
    assert [upload["arrived_bytes"] for upload in listed] == [PART_BYTES, 0]
    assert [upload["file_changed"] for upload in listed] == [False, True]
    assert "97.7 KiB of 750.0 KiB" in logged_in("uploads", "list").stdout

    assert logged_in("uploads", "abort", video_file).exit_code == 0
    assert list(api.uploads) == [second]
    assert logged_in("uploads", "abort", second[:8]).exit_code == 0
    assert logged_in("uploads", "abort", second[:8]).exit_code == 4
    assert logged_in("uploads", "list").stdout == "No unfinished uploads.\n"
    assert remembered(config) == []


def test_uploads_unknown_to_the_server_leave_the_list(
    api: FakeApi, logged_in: Run, video_file: Path
) -> None:
    api.storage_failures = [refuse(400, "no")] * 9
    logged_in("upload", video_file)
    api.uploads.clear()
    assert logged_in("uploads", "list").stdout == "No unfinished uploads.\n"


def test_upload_by_api_key_is_resumed(
    api: FakeApi, run: Run, video_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOTOGRAMA_API_KEY", API_KEY)
    monkeypatch.setenv("FOTOGRAMA_SERVER", api.address)
    api.storage_failures = [refuse(400, "no")] * 9
    assert run("upload", video_file).exit_code == 1
    api.storage_failures = []
    assert run("upload", "--resume", video_file).exit_code == 0
    assert len(api.to("POST", "/video/uploads")) == 1


def test_form_upload_cannot_be_resumed(logged_in: Run, video_file: Path) -> None:
    assert logged_in("upload", "--resume", "--form", video_file).exit_code == 2
    assert logged_in("upload", "--resume", "-").exit_code == 2
    assert logged_in("upload", "-", "-").exit_code == 2


@pytest.mark.parametrize("size", [1, 99, 100, 101, 250])
def test_parts_cover_the_file(size: int) -> None:
    parts = Part.all_of(size, 100)
    assert [part.number for part in parts] == list(range(1, len(parts) + 1))
    assert sum(part.size for part in parts) == size
    assert all(a.start + a.size == b.start for a, b in pairwise(parts))
    assert all(part.size == 100 for part in parts[:-1])


def test_memory_holds_a_chunk_of_each_part(tmp_path: Path) -> None:
    path = tmp_path / "sparse.mp4"
    with path.open("wb") as file:
        file.truncate(5_000_000)
    chunks = list(SourceFile.at(path).read(1_000_000, 1_000_000))
    assert max(len(chunk) for chunk in chunks) <= 256 * 1024
    assert sum(len(chunk) for chunk in chunks) == 1_000_000
