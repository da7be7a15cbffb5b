"""Declares the contracts' topology. Idempotent: every process declares what it relies on, unless
its user may not (`RABBITMQ_DECLARE`)."""

from collections.abc import Sequence

from aio_pika import ExchangeType
from aio_pika.abc import AbstractChannel
from fotograma_contracts.base import Exchange
from fotograma_contracts.topology import (
    DEAD_EXCHANGE,
    DELIVERY_LIMIT,
    WORK_QUEUES,
    DeadKey,
    Queue,
    routing_key_of,
)
from pamqp.common import FieldTable

from fotograma_kit.broker.retries import retry_exchange, retry_queue
from fotograma_kit.settings import BrokerSettings

_QUORUM: FieldTable = {"x-queue-type": "quorum"}
_AT_LEAST_ONCE: FieldTable = {
    "x-dead-letter-strategy": "at-least-once",
    "x-overflow": "reject-publish",
}


async def ensure_topology(channel: AbstractChannel, settings: BrokerSettings) -> None:
    """Declare the topology, unless `RABBITMQ_DECLARE` is off: then it has been declared."""
    if settings.rabbitmq_declare:
        await declare_topology(channel, settings.retry_delays_seconds)


async def declare_topology(channel: AbstractChannel, retry_delays: Sequence[float]) -> None:
    """Exchanges, work queues, retry queues (delays in seconds) and the dead-letter queues."""
    await channel.declare_exchange(Exchange.EVENTS, ExchangeType.TOPIC, durable=True)
    await channel.declare_exchange(Exchange.COMMANDS, ExchangeType.DIRECT, durable=True)
    await channel.declare_exchange(DEAD_EXCHANGE, ExchangeType.DIRECT, durable=True)
    for queue in WORK_QUEUES:
        await _declare_work_queue(channel, queue)
    for delay in retry_delays:
        await _declare_retry_queue(channel, delay)
    for key in DeadKey:
        await _declare_dead_queue(channel, key)


async def _declare_work_queue(channel: AbstractChannel, queue: Queue) -> None:
    declared = await channel.declare_queue(
        queue.name,
        durable=True,
        arguments={
            **_QUORUM,
            **_AT_LEAST_ONCE,
            "x-delivery-limit": DELIVERY_LIMIT,
            "x-dead-letter-exchange": DEAD_EXCHANGE,
            "x-dead-letter-routing-key": queue.dead_key,
        },
    )
    for message in queue.messages:
        await declared.bind(queue.exchange, routing_key_of(message))


async def _declare_retry_queue(channel: AbstractChannel, delay: float) -> None:
    # A dead-lettered message keeps the routing key it came with, and the default exchange takes
    # that for a queue's name: one fanout exchange per delay serves every queue.
    exchange = await channel.declare_exchange(
        retry_exchange(delay), ExchangeType.FANOUT, durable=True
    )
    declared = await channel.declare_queue(
        retry_queue(delay),
        durable=True,
        arguments={
            **_QUORUM,
            **_AT_LEAST_ONCE,
            "x-message-ttl": round(delay * 1000),
            "x-dead-letter-exchange": "",
        },
    )
    await declared.bind(exchange)


async def _declare_dead_queue(channel: AbstractChannel, key: DeadKey) -> None:
    declared = await channel.declare_queue(key, durable=True, arguments=_QUORUM)
    await declared.bind(DEAD_EXCHANGE, key)
