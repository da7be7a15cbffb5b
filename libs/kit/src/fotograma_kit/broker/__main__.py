"""`python -m fotograma_kit.broker`: declare exchanges, queues and bindings, and end.

For a broker whose services may not declare anything themselves (`RABBITMQ_DECLARE=false`).
`RABBITMQ_URL` names a user who may, and `RETRY_DELAYS_SECONDS` must be what the services have.
"""

import asyncio

from fotograma_kit.broker.connection import connect
from fotograma_kit.broker.topology import declare_topology
from fotograma_kit.settings import BrokerSettings


async def declare(settings: BrokerSettings) -> None:
    """Connect once and declare. Raises one of `CONNECTION_ERRORS`."""
    async with await connect(settings, "declare topology") as connection:
        channel = await connection.channel()
        await declare_topology(channel, settings.retry_delays_seconds)


if __name__ == "__main__":
    asyncio.run(declare(BrokerSettings()))
