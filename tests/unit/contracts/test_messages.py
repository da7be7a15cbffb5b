"""Messages between services of different ages."""

from uuid import uuid4

from fotograma_contracts.extractions import SegmentProgressed
from fotograma_contracts.users import UserDeleted


def test_unknown_fields_are_ignored() -> None:
    event = UserDeleted(user_id=uuid4(), revision=3)
    newer = event.model_dump_json()[:-1] + ', "why": "asked for"}'
    assert UserDeleted.model_validate_json(newer) == event


def test_each_message_has_its_own_id() -> None:
    user_id = uuid4()
    first, second = (UserDeleted(user_id=user_id, revision=1) for _ in range(2))
    assert first.id != second.id


def test_progress_is_transient() -> None:
    assert SegmentProgressed.transient
    assert not UserDeleted.transient
