from importlib.resources import files

import pytest
from fotograma_auth.common_passwords import is_common
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    "password",
    [
        "password",
        "PASSWORD1234",
        "  password  ",
        "P@ssw0rd2026!!",
        "passwordpassword",
        "1qaz2wsx3edc",
        "qwertyuiop12",
        "123456789012",
        "0987654321098",
        "abcdefghijklm",
        "mnbvcxz12345",
        "111111111111",
        "121212121212",
        "çççççççççççç",
        "senha12345678",
        "Michael19851985",
        "",
    ],
)
def test_what_people_use_is_common_however_it_is_lengthened(password: str) -> None:
    assert is_common(password)


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple",
        "another correct horse",
        "um çedilha por dia",
        "tR7#kQ2!xW9z",
        "839201748392",
        "passwords nobody says",
    ],
)
def test_what_nobody_else_uses_is_not_common(password: str) -> None:
    assert not is_common(password)


@given(st.text(max_size=256))
def test_any_text_is_common_or_not(password: str) -> None:
    assert isinstance(is_common(password), bool)


def test_list_is_of_words_as_they_are_compared() -> None:
    text = files("fotograma_auth").joinpath("common_passwords.txt").read_text("ascii")
    words = text.split()
    assert words == sorted(set(words))
    assert all(word == word.casefold() and len(word) >= 4 for word in words)
