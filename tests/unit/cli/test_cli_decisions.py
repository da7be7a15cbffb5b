"""Second thoughts about videos: other recipes, other names, cancelling, trying again."""

import json
from pathlib import Path
from uuid import UUID

from fixtures.cli import Run
from fixtures.fake_api import break_off
from fixtures.fake_api_state import FakeApi


def test_another_recipe_needs_no_other_upload(api: FakeApi, logged_in: Run, tmp_path: Path) -> None:
    video = api.add_video("a.mp4")
    ran = logged_in("extract", "a.mp4", "--fps", "2", "--format", "webp", "-o", tmp_path, "--json")
    assert ran.exit_code == 0, ran.stderr
    [seen] = api.to("POST", f"/video/{video['id']}/extractions")
    assert json.loads(seen.body) == {
        "sampling": {"mode": "fps", "fps": "2"},
        "output": {"format": "webp"},
    }
    assert seen.headers["Idempotency-Key"]
    assert ran.document["archive"] == str(tmp_path / "a.zip")
    assert (tmp_path / "a.zip").read_bytes() == api.archive


def test_extract_without_options_sends_no_recipe(api: FakeApi, logged_in: Run) -> None:
    video = api.add_video("a.mp4")
    ran = logged_in("extract", "a.mp4")
    assert ran.exit_code == 0
    [seen] = api.to("POST", f"/video/{video['id']}/extractions")
    assert json.loads(seen.body) == {}
    assert "has begun" in ran.stdout


def test_extract_with_an_existing_target_starts_nothing(
    api: FakeApi, logged_in: Run, tmp_path: Path
) -> None:
    video = api.add_video("a.mp4")
    (tmp_path / "a.zip").write_text("mine")
    assert logged_in("extract", "a.mp4", "-o", tmp_path).exit_code == 1
    assert not api.to("POST", f"/video/{video['id']}/extractions")


def test_cancel_picks_the_newest_running_extraction(api: FakeApi, logged_in: Run) -> None:
    video = api.add_video("a.mp4")
    assert logged_in("cancel", "a.mp4").exit_code == 4
    done = video["extractions"][0]
    video["extractions"].insert(0, {**done, "id": str(UUID(int=1)), "status": "extracting"})
    ran = logged_in("cancel", "a.mp4", "--json")
    assert (ran.document["id"], ran.document["status"]) == (str(UUID(int=1)), "cancelled")
    assert done["status"] == "completed"


def test_retry_picks_the_newest_extraction_without_an_archive(api: FakeApi, logged_in: Run) -> None:
    video = api.add_video("a.mp4", status="failed")
    extraction = video["extractions"][0]
    ran = logged_in("retry", "a.mp4", "--json")
    assert ran.exit_code == 0
    assert ran.document["extraction_id"] == extraction["id"]
    assert logged_in("retry", "a.mp4").exit_code == 4
    assert logged_in("retry", "a.mp4", "--extraction", extraction["id"][:8]).exit_code == 0
    assert logged_in("cancel", "a.mp4", "--extraction", "absent").exit_code == 4


def test_refused_decisions_are_errors(api: FakeApi, logged_in: Run) -> None:
    api.add_video("a.mp4", status="failed")
    api.final = {"status": "failed", "reason": "no_video_stream", "detail": "There is only sound."}
    ran = logged_in("retry", "a.mp4", "--wait", "--json")
    assert ran.exit_code == 1
    assert ran.document["error"]["code"] == "extraction_failed"
    assert ran.stderr == "Error: a.mp4: There is only sound (no_video_stream).\n"


def test_retry_says_where_it_will_hardly_help(api: FakeApi, logged_in: Run) -> None:
    api.add_video("a.mp4", status="failed", reason="damaged", retryable=False)
    ran = logged_in("retry", "a.mp4")
    assert ran.exit_code == 0
    assert ran.stderr.startswith("Why it failed lies in the video or the recipe")
    api.add_video("b.mp4", status="failed", reason="time_limit", retryable=True)
    api.final = {"status": "failed", "reason": "time_limit", "detail": "It took too long."}
    ran = logged_in("retry", "b.mp4", "--wait")
    assert ran.stderr == (
        "Error: b.mp4: It took too long (time_limit). That may have passed: try again with: "
        "fotograma retry\n"
    )


def test_rename_sends_the_new_name(api: FakeApi, logged_in: Run) -> None:
    video = api.add_video("a.mp4")
    ran = logged_in("rename", "a.mp4", "férias.mp4")
    assert ran.stdout == "a.mp4 is called férias.mp4 now.\n"
    [seen] = api.to("PATCH", f"/video/{video['id']}")
    assert json.loads(seen.body) == {"name": "férias.mp4"}


def test_lost_answer_to_a_new_extraction_does_not_make_two(api: FakeApi, logged_in: Run) -> None:
    video = api.add_video("a.mp4")
    api.failures = [break_off, break_off]
    assert logged_in("extract", "a.mp4").exit_code == 0
    tries = api.to("POST", f"/video/{video['id']}/extractions")
    assert len(tries) == 3
    assert len({seen.headers["Idempotency-Key"] for seen in tries}) == 1
