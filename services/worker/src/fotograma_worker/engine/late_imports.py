"""Notice what a decoding child imports after it was forked.

In its sandbox an import fails, which is no fault of the file: whatever a child needs must be loaded
by the fork server. What is imported late all the same is refused under a name of its own and
remembered, since libraries often do without what they cannot import.
"""

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType


class LateImport(ModuleNotFoundError):
    """A module was imported after the fork."""


class LateImports(MetaPathFinder):
    """Refuses every module that is not loaded yet; `names` are those that were asked for."""

    def __init__(self) -> None:
        self.names: list[str] = []

    @classmethod
    def refuse(cls) -> "LateImports":
        """Refuse imports in this process from now on."""
        late = cls()
        sys.meta_path.insert(0, late)
        return late

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,  # noqa: ARG002 - given by Python
        target: ModuleType | None = None,  # noqa: ARG002
    ) -> ModuleSpec | None:
        """Called by Python for a module that is not loaded. Raises `LateImport`."""
        self.names.append(fullname)
        raise LateImport(f"{fullname} was imported after the fork", name=fullname)
