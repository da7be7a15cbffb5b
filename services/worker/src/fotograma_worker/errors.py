"""The errors of the worker's jobs."""

from fotograma_contracts.reasons import Reason


class Failure(Exception):
    """This work cannot succeed. `detail` is a sentence for the user.

    `permanent` says that another attempt would end the same.
    """

    def __init__(self, reason: Reason, detail: str, *, permanent: bool = True) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail
        self.permanent = permanent


class SandboxMissing(Exception):
    """A decoding child cannot be confined as it must be."""
