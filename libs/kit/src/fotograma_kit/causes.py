"""What a message follows from: it goes with the message, through the outbox and every queue."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Self

import structlog

from fotograma_kit.request_ids import REQUEST_ID, accepted, current_request_id
from fotograma_kit.telemetry import current_traceparent


@dataclass(frozen=True, slots=True)
class Cause:
    """The id of a request and its trace, each where it is known."""

    request_id: str | None = None
    traceparent: str | None = None

    @classmethod
    def current(cls) -> Self:
        """What is being done now."""
        return cls(current_request_id(), current_traceparent())

    @classmethod
    def told(cls, request_id: object, traceparent: object) -> Self:
        """What another process says; of another kind than ours it counts as not known."""
        trace = traceparent if isinstance(traceparent, str) else None
        return cls(accepted(request_id), trace)

    def or_else(self, other: "Cause") -> "Cause":
        """This cause, with what is not known of it as it is in `other`."""
        return Cause(self.request_id or other.request_id, self.traceparent or other.traceparent)

    def logged(self) -> AbstractContextManager[object]:
        """While the block runs, lines of the log and messages that are sent have the id."""
        known = {} if self.request_id is None else {REQUEST_ID: self.request_id}
        return structlog.contextvars.bound_contextvars(**known)


UNKNOWN = Cause()
