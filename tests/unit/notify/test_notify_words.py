"""How mails write names, sizes and numbers."""

import pytest
from fotograma_notify.languages.english import ENGLISH
from fotograma_notify.languages.portuguese import PORTUGUESE
from fotograma_notify.rendering import (
    number,
    one_line,
    quoted,
    size,
)


def test_emoji_survive() -> None:
    family = "👩\u200d👧 trip.mp4"
    assert one_line(family) == family


def test_persian_survives_and_joiners_between_latin_letters_do_not() -> None:
    assert one_line("می\u200cخواهم") == "می\u200cخواهم"  # noqa: RUF001 - Persian
    assert one_line("evil\u200c.example\u200d") == "evil.example"


@pytest.mark.parametrize(
    ("size_bytes", "english", "portuguese"),
    [
        (0, "0 B", "0 B"),
        (999, "999 B", "999 B"),
        (1000, "1.0 kB", "1,0 kB"),
        (999_949, "999.9 kB", "999,9 kB"),
        (999_950, "1.0 MB", "1,0 MB"),
        (20_500_000_000, "20.5 GB", "20,5 GB"),
        (3 * 10**15, "3000.0 TB", "3000,0 TB"),
    ],
)
def test_sizes(size_bytes: int, english: str, portuguese: str) -> None:
    assert size(size_bytes, ENGLISH) == english
    assert size(size_bytes, PORTUGUESE) == portuguese


def test_numbers() -> None:
    assert number(999, ENGLISH) == "999"
    assert number(1_234_567, ENGLISH) == "1,234,567"
    assert number(1_234_567, PORTUGUESE) == "1.234.567"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("holiday.mp4", "“holiday.mp4”"),
        ("Trip 1.2 (final).MKV", "“Trip 1.2 (final).MKV”"),
        ("a “b” c", '“a "b" c”'),
        ("https://evil.example", "“https[:]//evil[.]example”"),
        (" \u202e\n", ""),
    ],
)
def test_quoted_name_stays_readable(name: str, shown: str) -> None:
    assert quoted(name) == shown
