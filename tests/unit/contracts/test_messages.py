"""Messages between services of different ages."""

from datetime import UTC, datetime
from uuid import uuid4

from fotograma_contracts.extractions import SegmentProgressed
from fotograma_contracts.users import (
    UserDeleted,
    UserPasswordResetRequested,
    UserVerificationRequested,
)


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


def test_a_printed_message_does_not_show_its_token() -> None:
    user_id, now = uuid4(), datetime.now(UTC)
    for event in (
        UserPasswordResetRequested(user_id=user_id, token="secret", expires_at=now),
        UserVerificationRequested(
            user_id=user_id, email="a@example.com", token="secret", expires_at=now
        ),
    ):
        assert "secret" not in repr(event)
        assert "secret" in event.model_dump_json()
