"""Declares the contracts' topology. Idempotent: every process declares what it relies on, unless
its user may not (`RABBITMQ_DECLARE`)."""

from collections.abc import Sequence

from aio_pika import ExchangeType
from aio_pika.abc import AbstractChannel
from fotograma_contracts.base import Exchange
from fotograma_contracts.topology import (
    CONSUMED_QUEUES,
    DEAD_EXCHANGE,
    DELIVERY_LIMIT,
    GRAVEYARD_EXCHANGE,
    WORK_QUEUES,
    DeadKey,
    Queue,
    routing_key_of,
)
from pamqp.common import FieldTable

from fotograma_kit.broker.retries import delay_key, retry_queue, shared_retry_exchange
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
    for exchange in (DEAD_EXCHANGE, GRAVEYARD_EXCHANGE):
        await channel.declare_exchange(exchange, ExchangeType.DIRECT, durable=True)
    for queue in WORK_QUEUES:
        await _declare_work_queue(channel, queue)
    for key in DeadKey:
        await _declare_dead_queue(channel, key)
    for queue in CONSUMED_QUEUES:
        await _declare_retry_queues(channel, queue, retry_delays)


async def retire_shared_retries(channel: AbstractChannel, retry_delays: Sequence[float]) -> None:
    """Delete the exchanges by which the release before delayed the messages of all queues.

    Who might write to one reached every queue. What waits behind them still comes back.
    """
    for delay in retry_delays:
        await channel.exchange_delete(shared_retry_exchange(delay))


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


async def _declare_retry_queues(
    channel: AbstractChannel, queue: Queue, delays: Sequence[float]
) -> None:
    await channel.declare_exchange(queue.retry_exchange, ExchangeType.DIRECT, durable=True)
    for delay in delays:
        declared = await channel.declare_queue(
            retry_queue(queue.name, delay),
            durable=True,
            arguments={
                **_QUORUM,
                **_AT_LEAST_ONCE,
                "x-message-ttl": round(delay * 1000),
                "x-dead-letter-exchange": "",
                "x-dead-letter-routing-key": queue.name,
            },
        )
        await declared.bind(queue.retry_exchange, delay_key(delay))


async def _declare_dead_queue(channel: AbstractChannel, key: DeadKey) -> None:
    declared = await channel.declare_queue(key, durable=True, arguments=_QUORUM)
    await declared.bind(DEAD_EXCHANGE, key)
    if key.exchange != DEAD_EXCHANGE:
        await declared.bind(key.exchange, key)
