"""Waiting until an extraction has ended: by live events, or by asking where there are none."""

from collections.abc import Callable
from uuid import UUID

from fotograma_cli.api.client import Client
from fotograma_cli.api.connection import Json
from fotograma_cli.api.events import Event, read_events
from fotograma_cli.api.retries import is_transient
from fotograma_cli.errors import CommandError, NotFound
from fotograma_cli.statuses import has_ended

FIRST_EVENT_SECONDS = 5.0
"""The server begins with a snapshot. If none comes, something between keeps the events back."""
SILENCE_SECONDS = 25.0
"""The server sends something every 15 seconds, so a stream silent for longer is dead."""
RECONNECT_SECONDS = 1.0
"""Before reconnecting to a stream that has ended; doubled if it brought no event."""
LONGEST_RECONNECT = 8.0
STREAM_ATTEMPTS = 5
"""Streams in a row that bring no event."""

SHORTEST_INTERVAL = 0.3
LONGEST_INTERVAL = 2.0
MAX_FAILURES = 60
"""In a row, each with its own retries and an interval after it: the server may be away for some
minutes, while the extraction goes on."""

_OF_PROGRESS = ("progress", "seconds_left", "ahead_seconds")
"""What is new with each event of progress; nothing is ahead of what makes some."""

OnNews = Callable[[Json], None]
"""Called with the extraction and its `progress` whenever they have changed."""


def wait_for_extraction(
    client: Client, video_id: UUID, extraction_id: UUID, on_news: OnNews
) -> Json:
    """Wait until the extraction has ended; returns it, also where it failed."""
    watched = _Watched(client, video_id, extraction_id, on_news)
    return watched.follow() or watched.poll()


class _Watched:
    """One extraction, and what is known of it."""

    def __init__(
        self, client: Client, video_id: UUID, extraction_id: UUID, on_news: OnNews
    ) -> None:
        self._client = client
        self._video_id = video_id
        self._extraction_id = extraction_id
        self._on_news = on_news
        self._known: Json = {}

    def follow(self) -> Json | None:
        """The extraction once it has ended; None if there are no live events."""
        failures = 0
        has_events = False
        while failures < STREAM_ATTEMPTS:
            received = False
            try:
                with self._client.events(
                    SILENCE_SECONDS if has_events else FIRST_EVENT_SECONDS
                ) as stream:
                    for event in read_events(stream):
                        received = has_events = True
                        self._take(event)
                        if "status" in self._known and has_ended(self._known):
                            return self._known
                # The stream has ended, as it does with the access token.
            except CommandError as error:
                if not is_transient(error) or (error.code == "timeout" and not has_events):
                    return None  # polling finds out what is wrong, if it is more than the stream
            failures = 0 if received else failures + 1
            self._client.retries.sleep(min(RECONNECT_SECONDS * 2**failures, LONGEST_RECONNECT))
        return None

    def poll(self) -> Json:
        """The extraction once it has ended.

        Polled often while it makes progress, less often while it makes none.
        """
        interval = SHORTEST_INTERVAL
        failures = 0
        seen: tuple[object, ...] = ()
        while True:
            try:
                self._fetch()
            except CommandError as error:
                failures += 1
                if not is_transient(error) or failures > MAX_FAILURES:
                    raise
                interval = LONGEST_INTERVAL
            else:
                failures = 0
                if has_ended(self._known):
                    return self._known
                state = (self._known["status"], self._known["progress"]["frames"])
                moves = state != seen
                interval = SHORTEST_INTERVAL if moves else min(interval * 1.5, LONGEST_INTERVAL)
                seen = state
            self._client.retries.sleep(interval)

    def _take(self, event: Event) -> None:
        """Apply an event to what is known of the extraction."""
        if event.name == "snapshot":
            self._fetch()  # it holds the newest videos only, and no progress
        elif event.name == "video" and event.data["id"] == str(self._video_id):
            self._take_video(event.data)
        elif event.name == "progress" and event.data["extraction_id"] == str(self._extraction_id):
            self._update({name: event.data.get(name) for name in _OF_PROGRESS})
        elif event.name == "deleted" and event.data["id"] == str(self._video_id):
            raise NotFound("The video was deleted.", code="video_not_found")

    def _take_video(self, video: Json) -> None:
        found = next(e for e in video["extractions"] if e["id"] == str(self._extraction_id))
        if has_ended(found):
            self._fetch()  # for the final numbers
        else:
            self._update(found)

    def _fetch(self) -> None:
        self._update(self._client.extraction(self._video_id, self._extraction_id))

    def _update(self, news: Json) -> None:
        self._known = {**self._known, **news}
        self._on_news(self._known)
