"""The outcomes of a job from a queue."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finished:
    """The job is done; its message is deleted."""


@dataclass(frozen=True, slots=True)
class Postponed:
    """Retry the job after `seconds`. `outage`: other jobs would fail alike."""

    seconds: float
    reason: str
    outage: bool = False


JobOutcome = Finished | Postponed
