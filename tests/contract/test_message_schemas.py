"""A message's meaning is its schema: no message changes unnoticed."""

from pathlib import Path

import pytest
from fotograma_contracts.base import Message
from fotograma_contracts.schemas import file_name_of, schema_of
from fotograma_contracts.topology import MESSAGES, WORK_QUEUES, routing_key_of

SCHEMAS = Path(__file__).parents[2] / "libs/contracts/schemas"
REMEDY = "run `make documents` and look at the difference"


@pytest.mark.parametrize("message", MESSAGES, ids=routing_key_of)
def test_message_schemas_are_current(message: type[Message]) -> None:
    committed = (SCHEMAS / file_name_of(message)).read_text()
    assert committed == schema_of(message), REMEDY


def test_message_schemas_belong_to_messages() -> None:
    assert {path.name for path in SCHEMAS.iterdir()} == {file_name_of(m) for m in MESSAGES}


def test_queues_take_known_messages_of_one_exchange() -> None:
    for queue in WORK_QUEUES:
        assert set(queue.messages) <= set(MESSAGES)
        assert {message.exchange for message in queue.messages} == {queue.exchange}


def test_message_routing_keys_are_unique() -> None:
    keys = [routing_key_of(message) for message in MESSAGES]
    assert len(keys) == len(set(keys))
