"""Keeps servers running, and ends them in order.

A server that ends by itself is started again, after a pause that doubles while it keeps failing.
Those that were started last are stopped first.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Self

from fotograma_local.processes import NotReady, Server, dismiss_together

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
"""Seconds before a server that ended is started again."""
STEADY_SECONDS = 60.0
"""Who ran for this long is given the first pause again."""
_LOOK_SECONDS = 0.1
_THREADS = 32
"""More than there are servers: each may wait for its readiness in one."""

Report = Callable[[str], None]


@dataclass
class _Charge:
    """A server, and the task that keeps it running."""

    server: Server
    keeper: asyncio.Task[None] | None = None
    started: float = 0.0

    @property
    def name(self) -> str:
        return self.server.process.name


class Supervisor:
    """Runs servers until it is closed. To be used in the main thread (see `processes`)."""

    def __init__(self, report: Report) -> None:
        """`report` is told in a line what happens unasked."""
        self._report = report
        self._groups: list[list[_Charge]] = []
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="supervisor")

    async def start_together(self, servers: Sequence[Server]) -> None:
        """Start servers, and return when all are ready. Raises `NotReady`.

        They are stopped together, before those that were started earlier.
        """
        group = [_Charge(server) for server in servers]
        self._groups.append(group)
        # All are waited for, so that none is still being started when one has failed.
        outcomes = await asyncio.gather(*map(self._start, group), return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Stop everything."""
        for group in reversed(self._groups):
            for charge in group:
                await self._leave_alone(charge)
            servers = [charge.server for charge in group]
            await self._in_thread(partial(dismiss_together, servers))
        self._groups.clear()
        self._threads.shutdown()

    async def stop(self, name: str) -> None:
        """Stop one server until `start` is called."""
        charge = self._find(name)
        await self._leave_alone(charge)
        await self._in_thread(charge.server.stop)

    async def start(self, name: str) -> None:
        """Start one server that was stopped; returns when it is ready. Raises `NotReady`."""
        await self._start(self._find(name))

    def kill(self, name: str) -> None:
        """Kill one server, as a crash would: it is started again."""
        self._find(name).server.process.kill()

    def pid(self, name: str) -> int:
        """The process id that a server has now."""
        return self._find(name).server.process.pid

    def _find(self, name: str) -> _Charge:
        return next(charge for group in self._groups for charge in group if charge.name == name)

    async def _start(self, charge: _Charge) -> None:
        await self._bring_up(charge)
        charge.keeper = asyncio.create_task(self._keep(charge), name=f"keep {charge.name}")

    async def _bring_up(self, charge: _Charge) -> None:
        await self._in_thread(charge.server.prepare)
        charge.started = time.monotonic()
        charge.server.spawn()
        await self._in_thread(charge.server.wait_until_ready)

    async def _leave_alone(self, charge: _Charge) -> None:
        if charge.keeper is not None:
            charge.keeper.cancel()
            await asyncio.wait([charge.keeper])
            charge.keeper = None

    async def _keep(self, charge: _Charge) -> None:
        pause = FIRST_PAUSE
        while True:
            await self._until_ended(charge)
            if time.monotonic() - charge.started > STEADY_SECONDS:
                pause = FIRST_PAUSE
            self._report(
                f"{charge.name} ended ({charge.server.process.exit_status}); "
                f"starting it again in {pause:g} s, see {charge.server.process.log}"
            )
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
            try:
                await self._bring_up(charge)
            except (NotReady, OSError) as error:
                charge.server.process.kill()
                self._report(str(error))
            else:
                self._report(f"{charge.name} runs again")

    @staticmethod
    async def _until_ended(charge: _Charge) -> None:
        while charge.server.process.running:
            await asyncio.sleep(_LOOK_SECONDS)

    async def _in_thread(self, call: Callable[[], None]) -> None:
        await asyncio.get_running_loop().run_in_executor(self._threads, call)
