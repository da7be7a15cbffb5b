from datetime import UTC, datetime, timedelta

import pytest
from fotograma_auth.addresses import address_key, normalised_address
from fotograma_auth.domain import (
    Exchange,
    RefreshState,
    accepted_password,
    judged_exchange,
    new_secret,
    new_successor_key,
    password_to_verify,
    preferred_locale,
    secret_hash,
    successor_of,
)
from fotograma_auth.errors import InvalidEmail, PasswordTooCommon, PasswordTooLong, PasswordTooShort
from fotograma_contracts.users import Locale
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime(2030, 1, 1, tzinfo=UTC)
GRACE = timedelta(seconds=10)
LATER = NOW + timedelta(days=30)


def state(
    *,
    expires_at: datetime = LATER,
    used_at: datetime | None = None,
    revoked_at: datetime | None = None,
    is_successor_used: bool | None = None,
) -> RefreshState:
    return RefreshState(expires_at, used_at, revoked_at, is_successor_used)


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        (state(), Exchange.ROTATED),
        (state(used_at=NOW), Exchange.REPEATED),
        (state(used_at=NOW - GRACE), Exchange.REPEATED),
        (state(used_at=NOW - GRACE - timedelta(microseconds=1)), Exchange.REUSED),
        (state(used_at=NOW + timedelta(seconds=1)), Exchange.REPEATED),
        (state(expires_at=NOW), Exchange.EXPIRED),
        (state(expires_at=NOW + timedelta(microseconds=1)), Exchange.ROTATED),
        (state(expires_at=NOW, used_at=NOW - timedelta(days=1)), Exchange.EXPIRED),
        (state(revoked_at=NOW), Exchange.REVOKED),
        (state(revoked_at=NOW, used_at=NOW), Exchange.REVOKED),
        (state(revoked_at=NOW, expires_at=NOW), Exchange.REVOKED),
        (state(used_at=NOW - timedelta(days=29), is_successor_used=False), Exchange.REPEATED),
        (state(used_at=NOW, is_successor_used=True), Exchange.REUSED),
        (state(used_at=NOW, is_successor_used=False, revoked_at=NOW), Exchange.REVOKED),
        (state(used_at=NOW, is_successor_used=False, expires_at=NOW), Exchange.EXPIRED),
    ],
)
def test_judged_exchange_by_state_and_time(stored: RefreshState, expected: Exchange) -> None:
    assert judged_exchange(stored, NOW, GRACE) is expected


def test_without_grace_every_second_use_is_reuse_where_no_successor_is_known() -> None:
    used = state(used_at=NOW - timedelta(microseconds=1))
    assert judged_exchange(used, NOW, timedelta()) is Exchange.REUSED


def test_only_rotation_and_repetition_hand_out_a_successor() -> None:
    assert {e for e in Exchange if e.hands_out} == {Exchange.ROTATED, Exchange.REPEATED}


def test_refresh_tokens_are_256_bits_and_stored_as_a_hash_of_32_bytes() -> None:
    tokens = {new_secret() for _ in range(100)}
    assert len(tokens) == 100
    assert all(len(token) == 43 for token in tokens)  # 32 bytes in unpadded base64
    assert len(secret_hash(tokens.pop())) == 32


def test_token_has_one_successor_for_each_key() -> None:
    token, other = new_secret(), new_secret()
    key = new_successor_key()
    assert successor_of(token, key) == successor_of(token, key)
    assert len(successor_of(token, key)) == len(token)
    assert len({successor_of(token, key), successor_of(other, key), token}) == 3
    assert successor_of(token, key) != successor_of(token, new_successor_key())


@pytest.mark.parametrize("length", [12, 256])
def test_passwords_of_12_to_256_characters_are_accepted(length: int) -> None:
    password = ("um çedilha por dia " * 20)[:length]
    assert accepted_password(password) == password


@pytest.mark.parametrize("password", ["password1234", "Passw0rd!!!!!", "qwertyuiop12", "1" * 12])
def test_common_passwords_are_refused(password: str) -> None:
    with pytest.raises(PasswordTooCommon) as refused:
        accepted_password(password)
    (error,) = refused.value.extensions["errors"]
    assert (error["field"], error["code"]) == ("body.password", "too_common")


@pytest.mark.parametrize("password", ["", "ç" * 11, " " * 11])
def test_shorter_passwords_are_refused(password: str) -> None:
    with pytest.raises(PasswordTooShort):
        accepted_password(password)


def test_longer_passwords_are_refused() -> None:
    with pytest.raises(PasswordTooLong) as refused:
        accepted_password("x" * 257)
    (error,) = refused.value.extensions["errors"]
    assert (error["code"], error["limit"]) == ("too_long", 256)


def test_password_is_the_same_however_its_accents_are_composed() -> None:
    assert accepted_password("corac\u0327a\u0303o corac\u0327a\u0303o") == "coração coração"
    assert password_to_verify("corac\u0327a\u0303o") == "coração"


@given(st.text(max_size=400))
def test_what_is_verified_is_short_enough_for_the_hash(password: str) -> None:
    assert len(password_to_verify(password)) <= 256


@pytest.mark.parametrize(
    ("written", "normalised"),
    [
        ("ana@example.com", "ana@example.com"),
        ("  Ana.Sousa@EXAMPLE.com ", "Ana.Sousa@example.com"),
        ("ana+film@exämple.com", "ana+film@xn--exmple-cua.com"),
    ],
)
def test_addresses_are_normalised(written: str, normalised: str) -> None:
    assert normalised_address(written) == normalised


@pytest.mark.parametrize(
    "written",
    ["", "ana", "ana@", "@example.com", "ana@localhost", "a b@example.com", "joão@example.com"],
)
def test_undeliverable_addresses_are_refused(written: str) -> None:
    with pytest.raises(InvalidEmail):
        normalised_address(written)


def test_two_addresses_that_differ_in_case_are_one() -> None:
    assert address_key("Ana@Example.com") == address_key("aNA@example.com")


@pytest.mark.parametrize(
    ("header", "locale"),
    [
        (None, Locale.ENGLISH),
        ("", Locale.ENGLISH),
        ("pt", Locale.PORTUGUESE),
        ("pt-BR,pt;q=0.9,en;q=0.8", Locale.PORTUGUESE),
        ("en;q=0.8, PT-PT", Locale.PORTUGUESE),
        ("en-GB,pt;q=0.9", Locale.ENGLISH),
        ("de,fr;q=0.9", Locale.ENGLISH),
        ("de,pt;q=0.1", Locale.PORTUGUESE),
        ("pt;q=0,en;q=0.1", Locale.ENGLISH),
        ("pt;q=rubbish", Locale.ENGLISH),
        ("pt;q=nan", Locale.ENGLISH),
        (";;,=,pt;level=1", Locale.PORTUGUESE),
    ],
)
def test_locale_is_the_best_that_the_request_accepts(header: str | None, locale: Locale) -> None:
    assert preferred_locale(header) is locale


@given(st.text())
def test_any_accept_language_gives_a_locale(header: str) -> None:
    assert preferred_locale(header) in Locale
