import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from fotograma_auth.signing_keys import AccessTokens, InvalidSigningKeys, KeyRing, create_key
from fotograma_kit.problems import Unauthenticated
from fotograma_kit.settings import TokenClaimSettings
from fotograma_kit.tokens import Role, Verifier

SETTINGS = TokenClaimSettings(jwt_issuer="issuer", jwt_audience="audience")
LIFE = timedelta(minutes=15)


def now() -> datetime:
    return datetime.now(UTC)


def ring(*kids: str) -> KeyRing:
    return KeyRing({kid: Ed25519PrivateKey.generate() for kid in kids})


def token_of(keys: KeyRing, settings: TokenClaimSettings = SETTINGS) -> str:
    return AccessTokens(keys, settings, LIFE).issue("somebody", Role.USER, now())


async def test_issued_token_is_verified() -> None:
    keys = ring("a")
    issued_at = now()
    token = AccessTokens(keys, SETTINGS, LIFE).issue("somebody", Role.ADMIN, issued_at)
    principal = await Verifier(keys, SETTINGS).verify(token)
    assert (principal.subject, principal.role) == ("somebody", Role.ADMIN)
    assert principal.expires_at == int((issued_at + LIFE).timestamp())


async def test_token_names_its_type_its_key_and_itself() -> None:
    keys = ring("a")
    first, second = token_of(keys), token_of(keys)
    assert jwt.get_unverified_header(first) == {"alg": "EdDSA", "kid": "a", "typ": "at+jwt"}
    claims = [jwt.decode(t, options={"verify_signature": False}) for t in (first, second)]
    assert claims[0]["jti"] != claims[1]["jti"]
    assert set(claims[0]) == {"iss", "aud", "sub", "jti", "iat", "exp", "role"}


async def test_last_key_by_name_signs_and_every_key_verifies() -> None:
    old = Ed25519PrivateKey.generate()
    before = KeyRing({"2029": old})
    after = KeyRing({"2030": Ed25519PrivateKey.generate(), "2029": old})
    assert jwt.get_unverified_header(token_of(after))["kid"] == "2030"
    assert (await Verifier(after, SETTINGS).verify(token_of(before))).subject == "somebody"
    with pytest.raises(Unauthenticated):
        await Verifier(before, SETTINGS).verify(token_of(after))


async def test_published_keys_verify_tokens_and_hold_nothing_private() -> None:
    keys = ring("a", "b")
    published = jwt.PyJWKSet.from_dict({"keys": keys.key_set()})
    jwt.decode(token_of(keys), published["b"].key, algorithms=["EdDSA"], audience="audience")
    assert [set(key) for key in keys.key_set()] == [{"kty", "crv", "x", "kid", "use", "alg"}] * 2


@pytest.mark.parametrize(
    "settings",
    [
        TokenClaimSettings(jwt_issuer="issuer", jwt_audience="somebody else"),
        TokenClaimSettings(jwt_issuer="somebody else", jwt_audience="audience"),
    ],
)
async def test_token_for_others_is_refused(settings: TokenClaimSettings) -> None:
    keys = ring("a")
    with pytest.raises(Unauthenticated):
        await Verifier(keys, SETTINGS).verify(token_of(keys, settings))


async def test_expired_token_is_refused() -> None:
    keys = ring("a")
    token = AccessTokens(keys, SETTINGS, LIFE).issue("x", Role.USER, now() - timedelta(hours=1))
    with pytest.raises(Unauthenticated, match="expired"):
        await Verifier(keys, SETTINGS).verify(token)


async def test_token_signed_with_a_strangers_key_of_the_same_name_is_refused() -> None:
    with pytest.raises(Unauthenticated):
        await Verifier(ring("a"), SETTINGS).verify(token_of(ring("a")))


def test_keys_are_read_from_files_by_their_stem(tmp_path: Path) -> None:
    first = create_key(tmp_path / "keys", now())
    second = create_key(tmp_path / "keys", now() + timedelta(seconds=1))
    (tmp_path / "keys" / "README").write_text("not a key")
    kids = [key["kid"] for key in KeyRing.load(tmp_path / "keys").key_set()]
    assert kids == sorted(kids) == [first.stem, second.stem]


def test_new_key_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    path = create_key(tmp_path / "keys", now())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_folder_without_keys_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidSigningKeys, match="there is no"):
        KeyRing.load(tmp_path)


@pytest.mark.parametrize("content", [b"", b"rubbish", b"\xff\xfe"])
def test_broken_key_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.pem").write_bytes(content)
    with pytest.raises(InvalidSigningKeys, match="cannot be read"):
        KeyRing.load(tmp_path)


def test_key_of_another_kind_is_refused(tmp_path: Path) -> None:
    pem = generate_private_key(SECP256R1()).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    (tmp_path / "a.pem").write_bytes(pem)
    with pytest.raises(InvalidSigningKeys, match="not an Ed25519 key"):
        KeyRing.load(tmp_path)
