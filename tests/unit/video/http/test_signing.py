"""URLs that open by themselves, for a while."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from fotograma_video.errors import BadSignature, LinkExpired
from fotograma_video.http.signing import UrlSigner
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

OLD, NEW = (
    SecretStr("an old key that nobody can guess!"),
    SecretStr("a new key that nobody can guess!"),
)
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
PATH = "/video/1/frames/a.png"


def signer(*keys: SecretStr, at: datetime = NOON) -> UrlSigner:
    return UrlSigner(keys or (NEW,), lambda: at)


def check(by: UrlSigner, url: str, *, path: str | None = None) -> None:
    parts = urlsplit(url)
    query = {name: value for name, (value,) in parse_qs(parts.query, strict_parsing=True).items()}
    by.check(path or parts.path, int(query["expires"]), query["sig"])


@given(st.timedeltas(timedelta(0), timedelta(minutes=59, seconds=59)))
def test_signed_url_is_the_same_within_an_hour(later: timedelta) -> None:
    url = signer().sign(PATH)
    assert signer(at=NOON + later).sign(PATH) == url
    assert signer(at=NOON + timedelta(hours=1)).sign(PATH) != url


@given(st.timedeltas(timedelta(days=-1000), timedelta(days=1000)))
def test_signed_url_is_valid_for_one_to_two_hours(later: timedelta) -> None:
    made = NOON + later
    url = signer(at=made).sign(PATH)
    check(signer(at=made), url)
    check(signer(at=made + timedelta(minutes=59, seconds=59)), url)
    with pytest.raises(LinkExpired):
        check(signer(at=made + timedelta(hours=2)), url)


def test_signed_url_may_expire_at_a_given_time() -> None:
    url = signer().sign(PATH, NOON + timedelta(days=1))
    check(signer(at=NOON + timedelta(hours=23)), url)
    with pytest.raises(LinkExpired):
        check(signer(at=NOON + timedelta(days=1)), url)


def test_signer_verifies_with_every_key_and_signs_with_the_first() -> None:
    old = signer(OLD).sign(PATH)
    assert signer(NEW, OLD).sign(PATH) == signer(NEW).sign(PATH) != old
    check(signer(NEW, OLD), old)
    with pytest.raises(BadSignature):
        check(signer(NEW), old)


def test_signature_is_valid_for_one_path() -> None:
    with pytest.raises(BadSignature):
        check(signer(), signer().sign(PATH), path=f"{PATH}x")


@given(st.text(max_size=60), st.integers(0, 2**40))
def test_signer_refuses_other_signatures(signature: str, expires: int) -> None:
    with pytest.raises(BadSignature):
        signer().check(PATH, expires, signature)


def test_signature_for_a_folder_is_valid_directly_below_it() -> None:
    url = signer().sign_folder("/video/1/frames", "{name}")
    assert url.startswith("/video/1/frames/{name}?")
    check(signer(), url, path=PATH)
    for other in (
        "/video/1/frames",
        "/video/1/sheets/0",
        "/video/1/frames/a/b",
        "/video/2/frames/a",
    ):
        with pytest.raises(BadSignature):
            check(signer(), url, path=other)
