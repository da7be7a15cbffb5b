"""Uploads that go on where an earlier command was interrupted."""

import os
from pathlib import Path

from fixtures.cli import PARTS, Run, remembered, sent_parts
from fixtures.fake_api import Handler, break_off, refuse
from fixtures.fake_api_state import PART_BYTES, FakeApi


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


def test_part_of_another_size_is_sent_again(api: FakeApi, logged_in: Run, video_file: Path) -> None:
    api.storage_failures = [refuse(400, "no")] * 9
    logged_in("upload", video_file, "--parallel", "1")  # nothing is under way when it ends
    [upload] = api.uploads.values()
    upload["content"] = {1: b"short", PARTS: video_file.read_bytes()[(PARTS - 1) * PART_BYTES :]}
    api.storage_failures = []
    api.seen.clear()
    assert logged_in("upload", "--resume", video_file).exit_code == 0
    assert sent_parts(api) == dict.fromkeys(range(1, PARTS), 1)
    assert api.stored == [video_file.read_bytes()]


def test_upload_without_resume_aborts_the_unfinished_one(
    api: FakeApi, logged_in: Run, video_file: Path
) -> None:
    api.storage_failures = [refuse(400, "no")] * 9
    logged_in("upload", video_file, "--parallel", "1")  # nothing is under way when it ends
    [first] = api.uploads
    api.storage_failures = []
    ran = logged_in("upload", video_file)
    assert ran.exit_code == 0
    assert "--resume would have gone on with it" in ran.stderr
    assert api.to("DELETE", f"/video/uploads/{first}")
    assert api.videos[0]["id"] != first


def test_resume_without_unfinished_upload_starts_one(
    api: FakeApi, logged_in: Run, video_file: Path
) -> None:
    ran = logged_in("upload", "--resume", video_file)
    assert ran.exit_code == 0
    assert "Nothing of holiday.mp4, as it is now, can be resumed." in ran.stderr
    assert api.stored == [video_file.read_bytes()]


def test_file_that_changed_since_is_not_resumed(
    api: FakeApi, logged_in: Run, video_file: Path
) -> None:
    api.storage_failures = [refuse(400, "no")] * 9
    logged_in("upload", video_file, "--parallel", "1")  # nothing is under way when it ends
    api.storage_failures = []
    os.utime(video_file, (1, 1))
    assert logged_in("upload", "--resume", video_file).exit_code == 0
    assert len(api.to("POST", "/video/uploads")) == 2


def test_resume_of_an_aborted_upload_starts_over(
    api: FakeApi, logged_in: Run, video_file: Path, config: Path
) -> None:
    api.storage_failures = [refuse(400, "no")] * 9
    logged_in("upload", video_file, "--parallel", "1")  # nothing is under way when it ends
    api.uploads.clear()
    api.storage_failures = []
    ran = logged_in("upload", "--resume", video_file)
    assert ran.exit_code == 0
    assert "it begins anew" in ran.stderr
    assert api.stored == [video_file.read_bytes()]
    assert remembered(config) == []


def test_resume_finds_an_upload_that_was_completed(
    api: FakeApi, logged_in: Run, video_file: Path, config: Path
) -> None:
    api.storage_failures = [refuse(400, "no")] * 9
    logged_in("upload", video_file, "--parallel", "1")  # nothing is under way when it ends
    [upload_id] = api.uploads
    api.uploads.clear()
    api.add_video("holiday.mp4", id=upload_id)
    api.storage_failures = []
    ran = logged_in("upload", "--resume", video_file, "--json")
    assert ran.document["files"][0]["video_id"] == upload_id
    assert not api.stored
    assert remembered(config) == []


def test_command_killed_before_the_answer_finds_its_upload_by_the_key(
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
