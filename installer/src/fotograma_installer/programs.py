"""The programs that do the work: terraform, kubectl, git, docker, aws, the product's command."""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from fotograma_installer.errors import InstallerError

QUICK_SECONDS = 120
"""For what looks, or changes one thing."""
LONG_SECONDS = 7200
"""For what makes a cluster, or builds images."""


class ProgramFailed(InstallerError):
    """A program could not be started, took too long, or ended with an error."""


@dataclass(frozen=True)
class Programs:
    """Starts programs in a folder, with variables beside those of the environment."""

    folder: Path
    variables: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def within(self, folder: Path) -> "Programs":
        """The same in another folder."""
        return Programs(folder, self.variables)

    def knowing(self, **variables: str) -> "Programs":
        """The same with more variables."""
        return Programs(self.folder, {**self.variables, **variables})

    def run(self, *words: str, seconds: float = LONG_SECONDS, text: str | None = None) -> None:
        """Run a program whose output the operator sees. Raises `ProgramFailed`."""
        if (code := self._run(words, seconds, text, capture=False).returncode) != 0:
            raise ProgramFailed(f"{' '.join(words[:3])} … ended with {code}")

    def read(self, *words: str, seconds: float = QUICK_SECONDS) -> str:
        """What a program prints. Raises `ProgramFailed`, with what it complained of."""
        done = self._run(words, seconds, None, capture=True)
        if done.returncode != 0:
            raise ProgramFailed(f"{' '.join(words[:3])} …: {done.stderr.strip()}")
        return done.stdout.strip()

    def code(self, *words: str, seconds: float = LONG_SECONDS) -> int:
        """How a program ends whose output the operator sees; `ProgramFailed` if it cannot run."""
        return self._run(words, seconds, None, capture=False).returncode

    def succeeds(self, *words: str, seconds: float = QUICK_SECONDS) -> bool:
        """Whether a program ends well; it may not be there."""
        try:
            return self._run(words, seconds, None, capture=True).returncode == 0
        except ProgramFailed:
            return False

    def _run(
        self, words: tuple[str, ...], seconds: float, text: str | None, *, capture: bool
    ) -> subprocess.CompletedProcess[str]:
        try:
            return subprocess.run(  # noqa: S603 - words of ours, and no shell
                words,
                cwd=self.folder,
                env={**os.environ, **self.variables},
                input=text,
                capture_output=capture,
                text=True,
                check=False,
                timeout=seconds,
            )
        except FileNotFoundError as error:
            raise ProgramFailed(f"{words[0]} is not installed") from error
        except subprocess.TimeoutExpired as error:
            raise ProgramFailed(
                f"{' '.join(words[:3])} … took more than {seconds:.0f} s"
            ) from error
