"""The outcome of handling a message: one of four named values."""

from dataclasses import dataclass

from fotograma_contracts.base import Message


@dataclass(frozen=True, slots=True)
class Done:
    """Handled. `events` are published, with their confirms, before the acknowledgement."""

    events: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class Retry:
    """A temporary failure: handle the message again after a delay."""

    reason: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """It can never succeed; `events` are published as its result."""

    reason: str
    events: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class Parked:
    """It cannot be handled: it goes to the graveyard, for an operator to inspect."""

    reason: str


Outcome = Done | Retry | Rejected | Parked
