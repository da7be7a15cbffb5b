"""What becomes of a job that was taken from a queue."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finished:
    """Nothing is left to do for this job."""


@dataclass(frozen=True, slots=True)
class Postponed:
    """Try the job again after `seconds`. `outage`: so will every other job have to."""

    seconds: float
    reason: str
    outage: bool = False


JobOutcome = Finished | Postponed
