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
PATIENCE_SECONDS = 180.0
"""How long the server may be away; the work goes on without us meanwhile."""


def wait_for_extraction(
    client: Client, video_id: UUID, extraction_id: UUID, on_progress: Callable[[Json], None]
) -> Json:
    """Ask until the extraction has ended; returns it, also where it failed.

    Often while something moves, more rarely while nothing does.
    """
    interval = SHORTEST_INTERVAL
    patience = PATIENCE_SECONDS
    seen: tuple[object, ...] = ()
    while True:
        try:
            extraction = client.extraction(video_id, extraction_id)
        except CommandError as error:
            if not is_transient(error) or patience <= 0:
                raise
            patience -= LONGEST_INTERVAL
            interval = LONGEST_INTERVAL
        else:
            patience = PATIENCE_SECONDS
            on_progress(extraction)
            if extraction["status"] in ENDED:
                return extraction
            state = (extraction["status"], extraction["progress"]["frames"])
            interval = SHORTEST_INTERVAL if state != seen else min(interval * 1.5, LONGEST_INTERVAL)
            seen = state
        client.retries.sleep(interval)
