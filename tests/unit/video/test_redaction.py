"""What administrators read of a reason repeats nothing of users."""

import string
from uuid import uuid4

import pytest
from fotograma_video.redaction import redacted
from hypothesis import given
from hypothesis import strategies as st

NAMES = st.text(st.characters(categories=["L", "N", "Zs"]), min_size=1, max_size=30)
USERS_WORDS = st.one_of(
    st.emails(),
    st.builds("https://s3.example/bucket/{}?X-Amz-Signature={}".format, NAMES, st.uuids()),
    st.builds("{}.{}".format, NAMES, st.sampled_from(["mp4", "mov", "MKV", "tar.gz"])),
    st.builds("/home/{}".format, NAMES),
    st.text(string.ascii_letters + string.digits + "-_", min_size=43, max_size=43),
)


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("delivery_limit", "delivery_limit"),
        ("ValueError('holiday in Rome')", "ValueError(…)"),
        ("ValueError('holiday in", "ValueError(…"),
        ("TimeoutError()", "TimeoutError()"),
        ("NoSuchKey (404): no such key", "NoSuchKey (404): no such key"),
        ('s3: no answer of "http://s3/a b"', "s3: no answer of …"),
        ("its outcome is refused: no queue takes x.y", "its outcome is refused: no queue takes …"),
        ("mail to ana@example.com, for a.mp4 b.mp4.", "mail to … for …"),
        ("", ""),
    ],
)
def test_reason_keeps_its_own_words_only(said: str, shown: str) -> None:
    assert redacted(said) == shown


def test_reason_keeps_ids() -> None:
    extraction_id = uuid4()
    assert redacted(f"no extraction {extraction_id}.") == f"no extraction {extraction_id}."


@given(USERS_WORDS)
def test_reason_repeats_no_name_address_or_token(word: str) -> None:
    """The last word of each: what comes before a space in a name may be a word like any other."""
    telling = word.rsplit(maxsplit=1)[-1]
    assert telling not in redacted(f"RuntimeError: failed for {word} after 5 attempts").split()
    assert word not in redacted(f"RuntimeError({word!r})")
