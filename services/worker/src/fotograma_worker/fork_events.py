"""The events that the fork server sends to the worker. Standard library only: it loads first."""

import struct
from enum import IntEnum

EVENT = struct.Struct(">Bii")
"""Kind, process id, and a number that depends on the kind."""


class EventKind(IntEnum):
    """The kinds of event."""

    READY = 1
    FORKED = 2
    """Comes with a pidfd."""
    REFUSED = 3
    """The kernel would not fork; the number is its errno."""
    ENDED = 4
    """The number is the exit code, or a signal's negative."""
