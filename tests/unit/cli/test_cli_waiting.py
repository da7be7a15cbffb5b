"""Waiting by live events, and by asking where events do not come."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from fixtures.cli import Run
from fixtures.fake_api import Handler
from fixtures.fake_api_state import FakeApi
from fotograma_cli.api.events import Event, read_events
from fotograma_cli.errors import CommandError

Said = tuple[str, Any]


def speak(*events: Said) -> Callable[[Handler], None]:
    """A stream with these events, which ends then."""

    def answer(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream; charset=utf-8")
        handler.send_header("Connection", "close")
        handler.end_headers()
        handler.close_connection = True
        for name, data in events:
            handler.wfile.write(f"event: {name}\ndata: {json.dumps(data)}\n\n".encode())

    return answer


def keep_back(handler: Handler) -> None:
    """A proxy that holds the events until the stream ends, which it never does."""
    handler.send_response(200)
    handler.send_header("Content-Type", "text/event-stream")
    handler.end_headers()
    handler.wfile.flush()
    handler.connection.settimeout(10)
    handler.connection.recv(1)  # nothing comes, until the client has had enough and hangs up
    handler.close_connection = True


def progress(video: dict[str, Any], frames: int) -> Said:
    extraction = video["extractions"][0]
    body = {**extraction["progress"], "frames": frames}
    ids = {"video_id": video["id"], "extraction_id": extraction["id"]}
    return "progress", {**ids, "progress": body}


def ended(api: FakeApi, video: dict[str, Any]) -> Said:
    """The event that tells it, for an extraction that is asked about afterwards."""
    api.polls = 0
    extraction = {**video["extractions"][0], **api.final}
    return "video", {**video, "extractions": [extraction]}


@pytest.fixture
def video(api: FakeApi) -> dict[str, Any]:
    """A video that is being extracted, found again when it is retried."""
    video = api.add_video("a.mp4", status="failed")
    api.polls = 1
    return video


def asked(api: FakeApi, video: dict[str, Any]) -> int:
    """How often the extraction was asked for."""
    extraction = video["extractions"][0]
    return len(api.to("GET", f"/video/{video['id']}/extractions/{extraction['id']}"))


def test_events_are_read_as_they_come() -> None:
    name = "a\u2028b\x0bc"  # what other readers of lines take for ends
    stream = (
        ": a comment\r\n\r\n"
        'id: 1\nevent: video\ndata: {"name":\ndata: '
        + json.dumps(name, ensure_ascii=False)
        + "}\n\nretry: 5\n\nevent: alone\n\ndata:1\n\ndata: unfinished"
    ).encode()
    expected = [Event("video", {"name": json.loads(json.dumps(name))}), Event("message", 1)]
    for size in (1, 7, 1000):
        pieces = [stream[start : start + size] for start in range(0, len(stream), size)]
        assert list(read_events(pieces)) == expected


def test_malformed_events_are_errors() -> None:
    with pytest.raises(CommandError, match="cannot be read"):
        list(read_events([b"data: <html>\n\n"]))


def test_waiting_ends_with_the_event_of_the_end(
    api: FakeApi, logged_in: Run, video: dict[str, Any], waits: list[float]
) -> None:
    other = api.add_video("other.mp4")
    api.events = [
        speak(
            ("snapshot", {"videos": []}),
            progress(other, 1),
            progress(video, 2),
            ("deleted", {"id": other["id"]}),
            ended(api, video),
        )
    ]
    api.polls = 1
    ran = logged_in("retry", "a.mp4", "--wait", "--json")
    assert ran.exit_code == 0, ran.stderr
    assert ran.document["frames"] == 3
    assert len(api.to("GET", "/video/events")) == 1
    assert asked(api, video) == 2
    assert not waits


def test_stream_that_ends_with_the_token_is_taken_up_with_a_new_one(
    api: FakeApi, logged_in: Run, video: dict[str, Any], waits: list[float]
) -> None:
    def refuse_the_token(handler: Handler) -> None:
        handler.problem(401, "unauthenticated", "A valid access token is needed")

    snapshot = speak(("snapshot", {"videos": []}))
    api.events = [snapshot, refuse_the_token, snapshot]
    assert logged_in("retry", "a.mp4", "--wait").exit_code == 0
    tokens = [seen.headers["Authorization"] for seen in api.to("GET", "/video/events")]
    assert len(tokens) == 3
    assert tokens[0] == tokens[1] != tokens[2]
    assert api.refreshes == 1
    assert waits == [1.0]


def test_waiting_polls_without_live_events(
    api: FakeApi, logged_in: Run, video: dict[str, Any]
) -> None:
    api.polls = 3
    assert logged_in("retry", "a.mp4", "--wait").exit_code == 0
    assert len(api.to("GET", "/video/events")) == 1
    assert asked(api, video) == 4


def test_waiting_polls_when_events_are_buffered(
    api: FakeApi, logged_in: Run, video: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fotograma_cli.waiting.FIRST_EVENT_SECONDS", 0.2)
    api.events = [keep_back]
    api.polls = 3
    assert logged_in("retry", "a.mp4", "--wait").exit_code == 0
    assert len(api.to("GET", "/video/events")) == 1
    assert asked(api, video) == 4


def test_failing_stream_is_retried_with_growing_delays(
    api: FakeApi, logged_in: Run, video: dict[str, Any], waits: list[float]
) -> None:
    def unavailable(handler: Handler) -> None:
        handler.problem(503, "unavailable", "Temporarily unavailable")

    api.events = [unavailable] * 9
    assert logged_in("retry", "a.mp4", "--wait").exit_code == 0
    assert len(api.to("GET", "/video/events")) == 5
    assert waits[:5] == [2.0, 4.0, 8.0, 8.0, 8.0]


def test_waiting_for_a_deleted_video_is_not_found(
    api: FakeApi, logged_in: Run, video: dict[str, Any]
) -> None:
    def delete(handler: Handler) -> None:
        speak(("snapshot", {"videos": []}), ("deleted", {"id": video["id"]}))(handler)
        api.videos.clear()

    api.events = [delete]
    api.polls = 9
    ran = logged_in("retry", "a.mp4", "--wait", "--json")
    assert ran.exit_code == 4
    assert ran.document["error"]["code"] == "video_not_found"
