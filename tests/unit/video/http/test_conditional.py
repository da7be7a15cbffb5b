"""Conditions and ranges of requests, as RFC 9110 has them."""

import pytest
from fotograma_video.errors import RangeNotSatisfiable
from fotograma_video.http.conditional import is_known, wanted_range
from hypothesis import given
from hypothesis import strategies as st

TAG = '"abc"'


@pytest.mark.parametrize("header", [TAG, f'"x", {TAG}', f"W/{TAG}", f'"x",W/{TAG} ', "*", " * "])
def test_if_none_match_knows_the_etag(header: str) -> None:
    assert is_known(header, TAG)


@pytest.mark.parametrize("header", [None, "", "abc", '"ab"', '"*"', "x, y"])
def test_if_none_match_does_not_know_the_etag(header: str | None) -> None:
    assert not is_known(header, TAG)


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        ("bytes=0-0", range(1)),
        ("bytes=2-5", range(2, 6)),
        ("bytes=2-", range(2, 10)),
        ("bytes=2-99", range(2, 10)),
        ("bytes=-3", range(7, 10)),
        ("bytes=-99", range(10)),
        ("Bytes= 1-2 ", range(1, 3)),
        # None of these is one range of bytes.
        (None, None),
        ("", None),
        ("bytes=", None),
        ("bytes=-", None),
        ("bytes=5-2", None),
        ("bytes=1-2,4-5", None),
        ("bytes=x-1", None),
        ("bytes=+1-2", None),
        ("bytes=٣-", None),
        ("frames=0-1", None),
    ],
)
def test_range_header_is_parsed(header: str | None, wanted: range | None) -> None:
    assert wanted_range(header, None, TAG, 10) == wanted


@pytest.mark.parametrize("header", ["bytes=10-", "bytes=10-20", "bytes=-0", f"bytes={'9' * 19}-"])
def test_range_behind_the_end_is_not_satisfiable(header: str) -> None:
    with pytest.raises(RangeNotSatisfiable) as refused:
        wanted_range(header, None, TAG, 10)
    assert refused.value.headers == {"Content-Range": "bytes */10"}


def test_range_is_ignored_if_if_range_differs() -> None:
    assert wanted_range("bytes=2-", TAG, TAG, 10) == range(2, 10)
    for other in ('"x"', f"W/{TAG}", "Wed, 21 Oct 2015 07:28:00 GMT"):
        assert wanted_range("bytes=2-", other, TAG, 10) is None


@given(st.text(max_size=30), st.integers(1, 2**50))
def test_range_of_any_header_lies_within_the_content(text: str, size: int) -> None:
    try:
        wanted = wanted_range(f"bytes={text}", None, TAG, size)
    except RangeNotSatisfiable:
        return
    assert wanted is None or (0 <= wanted.start < wanted.stop <= size and wanted.step == 1)
