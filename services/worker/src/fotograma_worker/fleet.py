"""The workers there are, as RabbitMQ knows them."""

import structlog
from fotograma_contracts.topology import SEGMENT_QUEUE
from fotograma_kit.broker import Broker, BrokerUnavailable

log = structlog.get_logger(__name__)


class Fleet:
    """All workers, this one too."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker

    async def idle_workers(self) -> int:
        """How many would take a segment at once, by what waits; 0 where it cannot be known."""
        try:
            return await self._broker.idle_consumers_of(SEGMENT_QUEUE)
        except BrokerUnavailable as error:
            log.info("idle workers not counted", error=str(error))
            return 0
