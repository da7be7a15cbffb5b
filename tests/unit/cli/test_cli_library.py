from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from fixtures.cli import Run
from fixtures.fake_api_state import FakeApi
from fotograma_cli.exits import Exit
from fotograma_cli.transfers import overall_exit
from fotograma_cli.units import format_age, format_bytes, printable


def test_list_prints_a_table(api: FakeApi, logged_in: Run) -> None:
    video = api.add_video("holiday.mp4")
    api.add_video("work.mp4", status="failed")
    header, failed, ready = logged_in("list").stdout.splitlines()
    assert header.split() == ["ID", "NAME", "STATUS", "SIZE", "FRAMES", "AGE"]
    assert failed.split()[1:6] == ["work.mp4", "failed", "2.0", "KiB", "-"]
    assert ready.split()[:6] == [video["id"][:8], "holiday.mp4", "ready", "2.0", "KiB", "3"]


def test_list_follows_pages_up_to_the_limit(api: FakeApi, logged_in: Run) -> None:
    for number in range(230):
        api.add_video(f"{number}.mp4")
    ran = logged_in("list", "--limit", "220", "--json")
    assert [v["name"] for v in ran.document["videos"]] == [f"{n}.mp4" for n in range(229, 9, -1)]
    assert ran.document["more"] is True
    assert [seen.query.get("cursor") for seen in api.to("GET", "/video")] == [None, "100", "200"]
    assert "more than these 220" in logged_in("list", "--limit", "220").stdout
    assert logged_in("list", "--limit", "230", "--json").document["more"] is False


def test_list_filters_are_sent_to_the_server(api: FakeApi, logged_in: Run) -> None:
    api.add_video("a.mp4")
    ran = logged_in("list", "--status", "failed", "--search", "A", "--sort", "largest")
    assert ran.stdout == "No videos.\n"
    assert api.to("GET", "/video")[0].query == {
        "status": "failed",
        "q": "A",
        "sort": "-size_bytes",
        "limit": "100",
    }


def test_status_shows_progress(api: FakeApi, logged_in: Run) -> None:
    source = {
        "container": "mov,mp4",
        "codec": "h264",
        "width": 640,
        "height": 360,
        "duration_seconds": 12.5,
        "frame_rate": 30.0,
    }
    video = api.add_video("a.mp4", status="extracting", source=source, seconds_left=150.2)
    api.polls = 2
    ran = logged_in("status", "a.mp4")
    assert "extracting" in ran.stdout
    assert "h264 in mov,mp4, 640x360, 12.500 s" in ran.stdout
    assert "1 frame of at most 3, 33.3 %, about 2 min left" in ran.stdout
    assert logged_in("status", "a.mp4", "--json").document["id"] == video["id"]


def test_status_of_a_waiting_extraction_says_when_it_begins(api: FakeApi, logged_in: Run) -> None:
    api.add_video(
        "a.mp4",
        status="extracting",
        seconds_left=420.0,
        ahead_seconds=301.0,
        estimated_archive_bytes=3 * 1024**2,
    )
    api.polls = 1
    shown = logged_in("status", "a.mp4").stdout
    assert "33.3 %, begins in about 5 min, about 7 min left" in shown
    assert "the archive may have 3.0 MiB" in shown


def test_status_says_whether_a_retry_may_help(api: FakeApi, logged_in: Run) -> None:
    failed = {"status": "failed", "reason": "time_limit", "detail": "It took too long."}
    api.add_video("passing.mp4", **failed, retryable=True)
    api.add_video("lasting.mp4", **failed, retryable=False)
    assert "try again with: fotograma retry" in logged_in("status", "passing.mp4").stdout
    assert "fotograma retry" not in logged_in("status", "lasting.mp4").stdout


def test_status_shows_failures_and_warnings(api: FakeApi, logged_in: Run) -> None:
    api.add_video("bad.mp4", status="failed", reason="damaged", detail="The file is damaged.")
    api.add_video("short.mp4", warnings=[{"code": "ends_early", "detail": "It ends early."}])
    assert "The file is damaged (damaged)." in logged_in("status", "bad.mp4").stdout
    assert "warning: It ends early." in logged_in("status", "short.mp4").stdout


@pytest.mark.parametrize("command", ["status", "download", "delete"])
def test_video_that_is_not_there_has_its_exit_code(
    api: FakeApi, logged_in: Run, command: str
) -> None:
    api.add_video("a.mp4", id="11111111-1111-4111-8111-111111111111")
    for text in ("b.mp4", "2", "22222222-2222-4222-8222-222222222222", "x" * 300, "z" * 36):
        ran = logged_in(command, text, "--json")
        assert ran.exit_code == 4
        assert ran.document["error"]["code"] == "video_not_found"


def test_name_or_a_beginning_that_fits_several_is_refused(api: FakeApi, logged_in: Run) -> None:
    api.add_video("a.mp4", id="11111111-1111-4111-8111-111111111111")
    api.add_video("a.mp4", id="11111111-2222-4111-8111-111111111111")
    assert logged_in("status", "1111").exit_code == 2
    assert "2 videos fit 'a.mp4'" in logged_in("status", "a.mp4").stderr
    assert logged_in("status", "11111111-2").exit_code == 0
    assert logged_in("status", "11111111111141118111111111111111").exit_code == 0


def test_delete_asks_for_confirmation(
    api: FakeApi, logged_in: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.add_video("a.mp4")
    assert logged_in("delete", "a.mp4").exit_code == 2
    monkeypatch.setattr("fotograma_cli.output.at_terminal", lambda: True)
    ran = logged_in("delete", "a.mp4", "--json", stdin="n\n")
    assert (ran.exit_code, ran.document["error"]["code"]) == (1, "declined")
    assert len(api.videos) == 1
    assert logged_in("delete", "a.mp4", stdin="y\n").exit_code == 0
    assert not api.videos


def test_delete_of_several_videos_deletes_each_once(api: FakeApi, logged_in: Run) -> None:
    first, second = api.add_video("a.mp4"), api.add_video("b.mp4")
    ran = logged_in("delete", "a.mp4", first["id"], "b.mp4", "--yes", "--json")
    assert ran.document == {"deleted": [first["id"], second["id"]], "failed": []}
    assert not api.videos


def test_delete_with_an_unknown_video_deletes_nothing(api: FakeApi, logged_in: Run) -> None:
    api.add_video("a.mp4")
    assert logged_in("delete", "a.mp4", "absent", "--yes").exit_code == 4
    assert len(api.videos) == 1


def test_control_characters_of_names_are_replaced(api: FakeApi, logged_in: Run) -> None:
    api.add_video("\x1b]0;owned\x07[red]x[/red].mp4")
    ran = logged_in("list")
    assert "\x1b" not in ran.stdout
    assert "[red]x[/red].mp4" in ran.stdout


def test_unreachable_server_has_its_exit_code(run: Run) -> None:
    ran = run("login", "a@example.com", "--password-stdin", "--server", "http://127.0.0.1:1",
              "--json", stdin="x" * 12)  # fmt: skip
    assert ran.exit_code == 5
    assert ran.document["error"]["code"] == "unreachable"
    assert ran.stderr.count("\n") == 1


@pytest.mark.parametrize("arguments", [[], ["--help"], ["upload", "--help"], ["--version"]])
def test_help_needs_no_server(run: Run, arguments: list[str]) -> None:
    ran = run(*arguments)
    assert ran.exit_code == (0 if arguments else 2)
    assert ran.stdout


def test_help_documents_every_exit_code(run: Run) -> None:
    said = " ".join(run("--help").stdout.split())
    assert all(f"{code.value} " in said.partition("Exit codes:")[2] for code in Exit)


def test_up_without_the_extra_names_it(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(_: str) -> None:
        raise ModuleNotFoundError(name="fotograma_local")

    monkeypatch.setattr("fotograma_cli.embedded.import_module", absent)
    ran = run("up")
    assert ran.exit_code == 1
    assert "fotograma-cli[local]" in ran.stderr


def test_several_failures_of_one_kind_keep_their_code() -> None:
    assert overall_exit([Exit.OK, Exit.LIMIT, Exit.LIMIT]) is Exit.LIMIT
    assert overall_exit([Exit.NOT_FOUND, Exit.LIMIT]) is Exit.FAILED
    assert overall_exit([Exit.OK]) is Exit.OK


def test_sizes_and_ages_are_formatted() -> None:
    assert [format_bytes(n) for n in (0, 1023, 1536, 5 << 30, 3 << 40)] == [
        "0 B",
        "1023 B",
        "1.5 KiB",
        "5.0 GiB",
        "3.0 TiB",
    ]
    now = datetime(2026, 1, 1, tzinfo=UTC)
    ages = [timedelta(seconds=-5), timedelta(seconds=59), timedelta(minutes=61), timedelta(days=3)]
    assert [format_age(now - age, now) for age in ages] == ["0 s", "59 s", "1 h", "3 d"]
    assert printable("a\nb") == "a\N{REPLACEMENT CHARACTER}b"


def test_up_passes_given_options_only(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[dict[str, object]] = []

    def run_stack(**options: object) -> int:
        given.append(options)
        return 0

    stack = SimpleNamespace(run=run_stack)
    monkeypatch.setattr("fotograma_cli.embedded.import_module", lambda _: stack)
    assert run("up").exit_code == 0
    assert run("up", "--port", "9000", "--workers", "3").exit_code == 0
    assert run("up", "--https").exit_code == 0
    assert given == [{}, {"port": 9000, "workers": 3}, {"https": True}]
