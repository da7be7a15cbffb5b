"""The engines that decode in child processes, and what they need of the machine."""

import shutil
from dataclasses import dataclass

from fotograma_worker.ffmpeg_programs import PROGRAMS, SEARCH_PATH


class ProgramsMissing(Exception):
    """Programs that an engine runs are not installed."""


@dataclass(frozen=True, slots=True)
class ChildEngine:
    """An engine, by the module that its child processes run and the programs that those run."""

    name: str
    """As in the setting `DECODER`."""
    module: str
    programs: tuple[str, ...] = ()

    def check(self) -> None:
        """Raises `ProgramsMissing`."""
        missing = [name for name in self.programs if not shutil.which(name, path=SEARCH_PATH)]
        if missing:
            needed = " and ".join(missing)
            raise ProgramsMissing(f"DECODER={self.name} needs {needed} in {SEARCH_PATH}")


PYAV = ChildEngine("pyav", "fotograma_worker.engine.child")
FFMPEG = ChildEngine("ffmpeg", "fotograma_worker.engine.ffmpeg_child", PROGRAMS)
"""Drives the `ffmpeg` command: for codecs that PyAV's wheel lacks and for builds of FFmpeg with
hardware support. It decodes every frame of a scratch copy and cannot be confined, so it is the
operator's choice and never taken silently."""
