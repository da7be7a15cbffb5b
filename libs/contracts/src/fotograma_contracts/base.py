"""What every message has in common."""

import re
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Annotated, ClassVar
from uuid import UUID, uuid4

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

_MAX_DIGITS = 100
_RATIONAL = re.compile(r"-?\d{1,100}(\.\d{1,99}|/0*[1-9]\d{0,99})?")
"""Bounded, and without exponents: `Fraction("1e999999999")` would fill the memory."""


def _to_fraction(value: object) -> Fraction:
    if isinstance(value, Fraction):
        return _checked(value)
    if isinstance(value, float):
        value = format(Decimal(str(value)), "f")  # the decimal that was written, not its binary
    if isinstance(value, int | str) and _RATIONAL.fullmatch(str(value)):
        return _checked(Fraction(value))
    raise PydanticCustomError("rational", "expected a number such as 2, 0.5 or '1001/30000'")


def _checked(value: Fraction) -> Fraction:
    """What is accepted once must be accepted again as it is then written."""
    if max(abs(value.numerator), value.denominator) >= 10**_MAX_DIGITS:
        raise PydanticCustomError("digits", "expected fewer digits")
    return value


Rational = Annotated[
    Fraction,
    BeforeValidator(_to_fraction),
    PlainSerializer(str, return_type=str),
    WithJsonSchema(
        {"anyOf": [{"type": "number"}, {"type": "string", "pattern": f"^{_RATIONAL.pattern}$"}]},
        mode="validation",
    ),
    WithJsonSchema({"type": "string", "pattern": r"^-?\d+(/\d+)?$"}, mode="serialization"),
]
"""An exact number, written `"3"` or `"1001/30000"`: times must not drift by rounding."""


class Exchange(StrEnum):
    """The exchanges a message can be published to."""

    EVENTS = "fotograma.events"
    COMMANDS = "fotograma.commands"


class Value(BaseModel):
    """A part of a message. Fields a consumer does not know are ignored.

    What does not parse is not repeated in the error, which is logged: it may hold a mailed token.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class Message(Value):
    """One message. A breaking change of its meaning is a new routing key."""

    exchange: ClassVar[Exchange]
    transient: ClassVar[bool] = False
    """A transient message is neither persistent nor confirmed; losing it loses nothing."""

    id: UUID = Field(default_factory=uuid4)
    occurred_at: AwareDatetime = Field(default_factory=lambda: datetime.now(UTC))
    version: int = 1
    routing_key: str


class Event(Message):
    """Something that happened. Anyone may listen."""

    exchange: ClassVar[Exchange] = Exchange.EVENTS


class Command(Message):
    """Something to be done, by one consumer of one queue."""

    exchange: ClassVar[Exchange] = Exchange.COMMANDS
