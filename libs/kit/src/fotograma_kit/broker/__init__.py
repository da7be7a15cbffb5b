"""RabbitMQ, spoken to directly: confirms, returns, retries, drain and re-subscription."""

from fotograma_kit.broker.channels import BrokerUnavailable, MessageRefused
from fotograma_kit.broker.client import Broker
from fotograma_kit.broker.consumer import Consumer, Handler
from fotograma_kit.broker.graveyard import Graveyard, Replay
from fotograma_kit.broker.letters import DeadLetter
from fotograma_kit.broker.listener import Listener
from fotograma_kit.broker.outcomes import Done, Outcome, Parked, Rejected, Retry
from fotograma_kit.broker.publication import ROUTES, Publication, Route
from fotograma_kit.broker.retirement import Retirement

__all__ = [
    "ROUTES",
    "Broker",
    "BrokerUnavailable",
    "Consumer",
    "DeadLetter",
    "Done",
    "Graveyard",
    "Handler",
    "Listener",
    "MessageRefused",
    "Outcome",
    "Parked",
    "Publication",
    "Rejected",
    "Replay",
    "Retirement",
    "Retry",
    "Route",
]
