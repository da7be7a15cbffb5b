"""What checks find."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What a finding means for what is to be deployed."""

    GOOD = "ok"
    WARNING = "note"
    FAILURE = "FAIL"


@dataclass(frozen=True)
class Finding:
    """What was looked at, how it is, and the command or change that mends it."""

    verdict: Verdict
    what: str
    remedy: str = ""

    def __str__(self) -> str:
        """One line, and below it the remedy."""
        return f"{self.verdict:>4}  {self.what}" + (
            f"\n      → {self.remedy}" if self.remedy else ""
        )


def good(what: str) -> Finding:
    """As it must be."""
    return Finding(Verdict.GOOD, what)


def warning(what: str, remedy: str) -> Finding:
    """Does not stop anything now, but should be known."""
    return Finding(Verdict.WARNING, what, remedy)


def failure(what: str, remedy: str) -> Finding:
    """Would stop the installation later, after it has cost time."""
    return Finding(Verdict.FAILURE, what, remedy)


def either(is_so: object, what: str, otherwise: str, remedy: str) -> Finding:
    """Good if it is so, a failure if not."""
    return good(what) if is_so else failure(otherwise, remedy)
