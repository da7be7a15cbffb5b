"""The person, or the workflow, that is deploying."""

from collections.abc import Callable
from dataclasses import dataclass

from fotograma_installer.errors import InstallerError


class NotWanted(InstallerError):
    """The operator said no."""


@dataclass(frozen=True)
class Operator:
    """Who is told of each step, and asked before what costs money or cannot be undone."""

    say: Callable[[str], None]
    confirm: Callable[[str], bool]

    def agree(self, question: str) -> None:
        """Raises `NotWanted` unless the operator agrees."""
        if not self.confirm(question):
            raise NotWanted("nothing was changed")
