"""The decoder that drives the `ffmpeg` command: the operator's choice, never taken silently.

It is for codecs that PyAV's wheel lacks and for builds of FFmpeg with hardware support. It decodes
every frame of a scratch copy, and it has no sandbox.
"""

import shutil
from contextlib import AsyncExitStack
from typing import Self

import structlog

from fotograma_worker.decoding.child_decoder import PyAvDecoder
from fotograma_worker.decoding.processes import ForkServer, ForkServerDown
from fotograma_worker.ffmpeg_programs import COMMANDS, SEARCH_PATH

log = structlog.get_logger(__name__)


class FfmpegMissing(Exception):
    """The commands are not installed."""


class FfmpegDecoder(PyAvDecoder):
    """Decodes with `ffmpeg` in a child process without a sandbox, one for each job."""

    def __init__(self, memory_bytes: int) -> None:
        super().__init__(memory_bytes, ForkServer("fotograma_worker.engine.ffmpeg_child"))

    async def __aenter__(self) -> Self:
        """Raises `FfmpegMissing`."""
        missing = [name for name in COMMANDS if not shutil.which(name, path=SEARCH_PATH)]
        if missing:
            raise FfmpegMissing(f"DECODER=ffmpeg needs {' and '.join(missing)} in {SEARCH_PATH}")
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self._fork_server)
            log.warning("decoding with ffmpeg, without a sandbox")
            self._until_exit = stack.pop_all()
        return self

    async def check_sandbox(self) -> str:
        """The sandbox in a word, for readiness. Raises `ForkServerDown`."""
        if self._fork_server.pid is None:
            raise ForkServerDown("no fork server")
        return "none: DECODER=ffmpeg"
