"""What became of a message: always one of four named values."""

from dataclasses import dataclass

from fotograma_contracts.base import Message


@dataclass(frozen=True, slots=True)
class Done:
    """Handled. `events` are published, with their confirms, before the acknowledgement."""

    events: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class Retry:
    """A passing trouble: handle the message again after a delay."""

    reason: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """It can never succeed; `events` say so to whoever waits for the result."""

    reason: str
    events: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class Parked:
    """Nobody can handle it: it goes to the graveyard for an operator to look at."""

    reason: str


Outcome = Done | Retry | Rejected | Parked
