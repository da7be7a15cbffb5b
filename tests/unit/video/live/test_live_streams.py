"""What a replica notes for its streams, and when."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any
from uuid import uuid4

import pytest
from fixtures.deadlines import until
from fotograma_contracts.extractions import SegmentProgressed
from fotograma_video.extractions.progress import Progress
from fotograma_video.live.service import Live
from fotograma_video.live.subscriptions import Audience, Subscription
from fotograma_video.settings import ApiSettings

USERS = 40


class Nothing:
    """Stands for what these tests do not read from."""


@pytest.fixture
def live() -> Live:
    nothing: Any = Nothing()
    settings = ApiSettings.model_construct(video_resync_users_per_second=100.0)
    return Live(nothing, nothing, Progress(lambda: pytest.fail("it is not asked")), settings)


@pytest.fixture
def streams(live: Live) -> Iterator[list[Subscription]]:
    """One of each user, which has had its snapshot."""
    with ExitStack() as open_:
        found = [open_.enter_context(live.subscribed(uuid4())) for _ in range(USERS)]
        for stream in found:
            stream.take()
        yield found


def noted(streams: list[Subscription]) -> int:
    return sum(stream._noted.is_set() for stream in streams)


async def test_missed_changes_are_not_read_for_everybody_at_once(
    live: Live, streams: list[Subscription]
) -> None:
    live.on_reconnect()
    assert noted(streams) == 0
    await until(lambda: noted(streams) > 0)
    assert noted(streams) < USERS
    await until(lambda: noted(streams) == USERS)
    assert all(everything for everything, _, _ in (stream.take() for stream in streams))


async def test_progress_is_noted_where_it_is_shown(live: Live, streams: list[Subscription]) -> None:
    extraction_id = uuid4()
    for stream in streams[:2]:
        live._audience.show(stream, {extraction_id: uuid4()})
    live.on_progress(SegmentProgressed(extraction_id=extraction_id, index=0, attempt=1, frames=1))
    assert [stream.take()[2] for stream in streams[:3]] == [[extraction_id], [extraction_id], []]
    assert noted(streams) == 0


def test_audience_follows_what_a_stream_shows() -> None:
    audience, one, other = Audience(), Subscription(uuid4()), Subscription(uuid4())
    first, second, video = uuid4(), uuid4(), uuid4()
    audience.show(one, {first: video})
    audience.show(other, {first: video, second: video})
    assert (set(audience.of(first)), set(audience.of(second))) == ({one, other}, {other})
    audience.show(other, {second: video})
    audience.show(one, {})
    assert (set(audience.of(first)), set(audience.of(second))) == (set(), {other})
    audience.show(other, {})
    assert audience._streams == {}
