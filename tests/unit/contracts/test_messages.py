"""Messages between services of different ages."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from fotograma_contracts.extractions import SegmentProgressed
from fotograma_contracts.users import (
    Locale,
    UserDeleted,
    UserEmailChangeRequested,
    UserPasswordResetRequested,
    UserRegistered,
    UserUpdated,
    UserVerificationRequested,
)
from pydantic import ValidationError


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


def test_printed_message_does_not_show_its_token() -> None:
    user_id, now = uuid4(), datetime.now(UTC)
    for event in (
        UserPasswordResetRequested(user_id=user_id, token="secret", expires_at=now),
        UserVerificationRequested(
            user_id=user_id, email="a@example.com", token="secret", expires_at=now
        ),
        UserEmailChangeRequested(
            user_id=user_id,
            old_email="old@example.com",
            new_email="a@example.com",
            token="secret",
            expires_at=now,
        ),
    ):
        assert "secret" not in repr(event)
        assert "secret" in event.model_dump_json()


def test_what_does_not_parse_is_not_repeated() -> None:
    body = '{"user_id": 7, "token": "secret", "expires_at": "never"}'
    with pytest.raises(ValidationError) as raised:
        UserPasswordResetRequested.model_validate_json(body)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize("token", ["a'b", "a b", "", "x" * 129, "é", "a\n"])
def test_forged_token_does_not_parse(token: str) -> None:
    user_id, now = uuid4(), datetime.now(UTC)
    for event in (
        UserPasswordResetRequested(user_id=user_id, token="t", expires_at=now),
        UserVerificationRequested(user_id=user_id, email="a@b.c", token="t", expires_at=now),
        UserEmailChangeRequested(
            user_id=user_id, old_email="o@b.c", new_email="a@b.c", token="t", expires_at=now
        ),
    ):
        body = event.model_copy(update={"token": token}).model_dump_json()
        with pytest.raises(ValidationError):
            type(event).model_validate_json(body)


@pytest.mark.parametrize("kind", [UserRegistered, UserUpdated])
def test_release_before_says_nothing_of_verified_and_reads_what_this_one_says(
    kind: type[UserRegistered] | type[UserUpdated],
) -> None:
    event = kind(user_id=uuid4(), revision=1, email="a@example.com", locale=Locale.ENGLISH)
    said = event.model_copy(update={"verified": False})
    assert kind.model_validate_json(event.model_dump_json(exclude={"verified"})).verified is None
    assert kind.model_validate_json(said.model_dump_json()).verified is False
    assert "verified" not in kind.model_json_schema(mode="serialization")["required"]
