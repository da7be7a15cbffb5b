"""Retires what only the release before used, once nothing of it runs any more."""

import asyncio

import structlog

from fotograma_kit.broker.connection import CONNECTION_ERRORS, connect
from fotograma_kit.broker.topology import retire_shared_retries
from fotograma_kit.settings import BrokerSettings

log = structlog.get_logger(__name__)


class Retirement:
    """Deletes the exchanges that all queues' retries shared, at some time after the start.

    Replicas of the release before retry by them; they have ended by then. What still waits behind
    such an exchange comes back. A roll-back declares them again.
    """

    def __init__(self, settings: BrokerSettings, after_seconds: float) -> None:
        self._settings = settings
        self._after_seconds = after_seconds

    async def run(self) -> None:
        """Wait, delete them, and do nothing more until cancelled."""
        await asyncio.sleep(self._after_seconds)
        while not await self._retired():
            await asyncio.sleep(self._after_seconds)
        await asyncio.Event().wait()

    async def _retired(self) -> bool:
        try:
            async with await connect(self._settings, "retirement") as connection:
                channel = await connection.channel()
                await retire_shared_retries(channel, self._settings.retry_delays_seconds)
        except CONNECTION_ERRORS as error:
            log.warning("shared retries not retired", error=repr(error))
            return False
        return True
