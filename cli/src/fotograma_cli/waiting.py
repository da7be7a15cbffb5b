"""Waiting until an extraction has ended."""

from collections.abc import Callable
from uuid import UUID

from fotograma_cli.client import Client, Json
from fotograma_cli.errors import CommandError
from fotograma_cli.retries import is_transient

COMPLETED = frozenset({"completed", "completed_with_warnings"})
ENDED = COMPLETED | {"failed", "cancelled"}

SHORTEST_INTERVAL = 0.3
LONGEST_INTERVAL = 2.0
MAX_FAILURES = 60
"""In a row, each with its own retries and an interval after it: the server may be away for some
minutes. The work goes on without us meanwhile."""


def wait_for_extraction(
    client: Client, video_id: UUID, extraction_id: UUID, on_progress: Callable[[Json], None]
) -> Json:
    """Ask until the extraction has ended; returns it, also where it failed.

    Often while something moves, more rarely while nothing does.
    """
    interval = SHORTEST_INTERVAL
    failures = 0
    seen: tuple[object, ...] = ()
    while True:
        try:
            extraction = client.extraction(video_id, extraction_id)
        except CommandError as error:
            failures += 1
            if not is_transient(error) or failures > MAX_FAILURES:
                raise
            interval = LONGEST_INTERVAL
        else:
            failures = 0
            on_progress(extraction)
            if extraction["status"] in ENDED:
                return extraction
            state = (extraction["status"], extraction["progress"]["frames"])
            interval = SHORTEST_INTERVAL if state != seen else min(interval * 1.5, LONGEST_INTERVAL)
            seen = state
        client.retries.sleep(interval)
