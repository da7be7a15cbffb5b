"""Direct uploads: what is sent, what is not sent again, and what is left when they break off."""

import json
import os
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from fixtures.cli import Run
from fixtures.fake_api import API_KEY, PART_BYTES, FakeApi, Handler, break_off, refuse
from fotograma_cli.upload.direct import SENDINGS
from fotograma_cli.upload.parts import Part
from fotograma_cli.upload.source import SourceFile
from fotograma_cli.upload.unfinished import Unfinished, UnfinishedUploads

PARTS = 8
"""Of the file that tests upload."""


def sent_parts(api: FakeApi) -> Counter[int]:
    """How often each part was sent whole."""
    return Counter(
        int(seen.path.rsplit("/", 1)[1])
        for seen in api.seen
        if seen.method == "PUT" and len(seen.body) == int(seen.headers["Content-Length"])
    )


def remembered(config: Path) -> list[Path]:
    """The files that are kept of unfinished uploads."""
    folder = config / "uploads"
    return sorted(folder.iterdir()) if folder.exists() else []


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


def test_no_token_goes_to_the_storage(api: FakeApi, logged_in: Run, video_file: Path) -> None:
    assert logged_in("upload", video_file).exit_code == 0
    puts = [seen for seen in api.seen if seen.method == "PUT"]
    assert len(puts) == PARTS
    assert not any("Authorization" in seen.headers for seen in puts)
    assert not any("Transfer-Encoding" in seen.headers for seen in puts)


def test_without_options_no_recipe_is_sent_and_a_name_can_be_given(
    api: FakeApi, logged_in: Run, video_file: Path
) -> None:
    assert logged_in("upload", video_file, "--name", "férias").exit_code == 0
    [created] = api.to("POST", "/video/uploads")
    assert json.loads(created.body) == {"name": "férias", "size_bytes": video_file.stat().st_size}
    assert logged_in("upload", video_file, video_file, "--name", "both").exit_code == 2


@pytest.mark.parametrize("way", [(), ("--form",)])
def test_how_long_it_is_kept_is_said(
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


def test_what_trying_again_does_not_cure_is_told_and_can_be_resumed(
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


def test_a_refused_part_stops_the_upload_at_once(
    api: FakeApi, logged_in: Run, video_file: Path, waits: list[float]
) -> None:
    api.storage_failures = [refuse(400, "EntityTooSmall")] * 20
    ran = logged_in("upload", video_file)
    assert ran.exit_code == 1
    assert "answered 400" in ran.stderr
    assert "signature" not in ran.stderr
    assert not waits


def test_only_what_is_missing_is_sent_when_resumed(
    api: FakeApi, logged_in: Run, video_file: Path
) -> None:
    fatal = refuse(400, "no")
    api.storage_failures = [Handler.do_GET, Handler.do_GET, Handler.do_GET, fatal]
    assert logged_in("upload", video_file, "--parallel", "1", "--every", "3").exit_code == 1
    assert sent_parts(api) == {1: 1, 2: 1, 3: 1, 4: 1}
    api.storage_failures = []
    ran = logged_in("upload", "--resume", video_file)
    assert ran.exit_code == 0, ran.stderr
    assert sent_parts(api) == {1: 1, 2: 1, 3: 1, 4: 2, 5: 1, 6: 1, 7: 1, 8: 1}
    assert len(api.to("POST", "/video/uploads")) == 1
    assert api.stored == [video_file.read_bytes()]


def test_a_part_of_another_size_is_sent_again(
    api: FakeApi, logged_in: Run, video_file: Path
) -> None:
    api.storage_failures = [refuse(400, "no")] * 9
    logged_in("upload", video_file)
    [upload] = api.uploads.values()
    upload["content"] = {1: b"short", PARTS: video_file.read_bytes()[(PARTS - 1) * PART_BYTES :]}
    api.storage_failures = []
    api.seen.clear()
    assert logged_in("upload", "--resume", video_file).exit_code == 0
    assert sent_parts(api) == dict.fromkeys(range(1, PARTS), 1)
    assert api.stored == [video_file.read_bytes()]


def test_without_resume_an_unfinished_upload_is_given_up(
    api: FakeApi, logged_in: Run, video_file: Path
) -> None:
    api.storage_failures = [refuse(400, "no")] * 9
    logged_in("upload", video_file)
    [first] = api.uploads
    api.storage_failures = []
    ran = logged_in("upload", video_file)
    assert ran.exit_code == 0
    assert "--resume would have gone on with it" in ran.stderr
    assert api.to("DELETE", f"/video/uploads/{first}")
    assert api.videos[0]["id"] != first


def test_with_nothing_to_resume_the_upload_begins(
    api: FakeApi, logged_in: Run, video_file: Path
) -> None:
    ran = logged_in("upload", "--resume", video_file)
    assert ran.exit_code == 0
    assert "Nothing of holiday.mp4, as it is now, can be resumed." in ran.stderr
    assert api.stored == [video_file.read_bytes()]


def test_a_file_that_changed_since_is_not_resumed(
    api: FakeApi, logged_in: Run, video_file: Path
) -> None:
    api.storage_failures = [refuse(400, "no")] * 9
    logged_in("upload", video_file)
    api.storage_failures = []
    os.utime(video_file, (1, 1))
    assert logged_in("upload", "--resume", video_file).exit_code == 0
    assert len(api.to("POST", "/video/uploads")) == 2


def test_what_the_server_gave_up_begins_anew(
    api: FakeApi, logged_in: Run, video_file: Path, config: Path
) -> None:
    api.storage_failures = [refuse(400, "no")] * 9
    logged_in("upload", video_file)
    api.uploads.clear()
    api.storage_failures = []
    ran = logged_in("upload", "--resume", video_file)
    assert ran.exit_code == 0
    assert "it begins anew" in ran.stderr
    assert api.stored == [video_file.read_bytes()]
    assert remembered(config) == []


def test_what_was_complete_when_the_command_was_killed_is_found(
    api: FakeApi, logged_in: Run, video_file: Path, config: Path
) -> None:
    api.storage_failures = [refuse(400, "no")] * 9
    logged_in("upload", video_file)
    [upload_id] = api.uploads
    api.uploads.clear()
    api.add_video("holiday.mp4", id=upload_id)
    api.storage_failures = []
    ran = logged_in("upload", "--resume", video_file, "--json")
    assert ran.document["files"][0]["video_id"] == upload_id
    assert not api.stored
    assert remembered(config) == []


def test_a_command_killed_before_the_answer_finds_its_upload_by_the_key(
    api: FakeApi, logged_in: Run, video_file: Path
) -> None:
    api.failures = [break_off] * 8
    assert logged_in("upload", video_file).exit_code == 5
    keys = {seen.headers["Idempotency-Key"] for seen in api.to("POST", "/video/uploads")}
    assert len(keys) == 1
    assert logged_in("upload", "--resume", video_file).exit_code == 0
    assert {seen.headers["Idempotency-Key"] for seen in api.to("POST", "/video/uploads")} == keys


def test_another_recipe_cannot_be_resumed_with(
    api: FakeApi, logged_in: Run, video_file: Path
) -> None:
    api.storage_failures = [refuse(400, "no")] * 9
    logged_in("upload", video_file, "--every", "2")
    api.storage_failures = []
    assert logged_in("upload", "--resume", video_file, "--all").exit_code == 2
    assert logged_in("upload", "--resume", video_file, "--every", "2").exit_code == 0


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


def test_what_the_server_misses_is_sent_again(
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


def test_what_the_server_always_misses_is_told_and_can_be_resumed(
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


def test_a_file_that_changes_while_it_travels_is_given_up(
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


def test_the_token_is_renewed_between_parts(api: FakeApi, logged_in: Run, video_file: Path) -> None:
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


def test_a_damaged_note_of_an_upload_is_no_obstacle(
    api: FakeApi, logged_in: Run, video_file: Path, config: Path
) -> None:
    api.storage_failures = [refuse(400, "no")] * 9
    logged_in("upload", video_file)
    api.storage_failures = []
    for file in remembered(config):
        file.write_text("{")
    assert logged_in("upload", "--resume", video_file).exit_code == 0
    assert remembered(config) == []


def test_unfinished_uploads_are_listed_and_given_up(
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


def test_uploads_that_the_server_gave_up_leave_the_list(
    api: FakeApi, logged_in: Run, video_file: Path
) -> None:
    api.storage_failures = [refuse(400, "no")] * 9
    logged_in("upload", video_file)
    api.uploads.clear()
    assert logged_in("uploads", "list").stdout == "No unfinished uploads.\n"


def test_with_an_api_key_uploads_are_resumed_too(
    api: FakeApi, run: Run, video_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOTOGRAMA_API_KEY", API_KEY)
    monkeypatch.setenv("FOTOGRAMA_SERVER", api.address)
    api.storage_failures = [refuse(400, "no")] * 9
    assert run("upload", video_file).exit_code == 1
    api.storage_failures = []
    assert run("upload", "--resume", video_file).exit_code == 0
    assert len(api.to("POST", "/video/uploads")) == 1


def test_a_form_cannot_be_resumed(logged_in: Run, video_file: Path) -> None:
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
