"""RabbitMQ, spoken to directly: confirms, returns, retries, drain and re-subscription."""

from fotograma_kit.broker.client import Broker, BrokerUnavailable
from fotograma_kit.broker.consumer import Consumer, Handler
from fotograma_kit.broker.graveyard import DeadLetter, Graveyard, Replay
from fotograma_kit.broker.listener import Listener
from fotograma_kit.broker.outcomes import Done, Outcome, Parked, Rejected, Retry

__all__ = [
    "Broker",
    "BrokerUnavailable",
    "Consumer",
    "DeadLetter",
    "Done",
    "Graveyard",
    "Handler",
    "Listener",
    "Outcome",
    "Parked",
    "Rejected",
    "Replay",
    "Retry",
]
