"""Only tokens of ours, whole and current, are anybody's (RFC 8725)."""

import asyncio
import json
import time
from functools import partial
from typing import Any
from uuid import uuid4

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fixtures.deadlines import eventually
from fotograma_kit import tokens
from fotograma_kit.problems import Forbidden, Unauthenticated, Unavailable
from fotograma_kit.settings import TokenSettings
from fotograma_kit.tokens import (
    JwksKeys,
    Principal,
    Role,
    Scope,
    Verifier,
    current_user_id,
    user_id_with,
)
from jwt.algorithms import OKPAlgorithm
from starlette.requests import HTTPConnection

KEY, OTHER_KEY = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
SETTINGS = TokenSettings(jwks_url="http://127.0.0.1:1/jwks.json")


class OneKey:
    async def key(self, kid: str) -> Any:
        if kid != "k1":
            raise Unauthenticated
        return KEY.public_key()


def token(
    claims: dict[str, Any] | None = None,
    headers: dict[str, Any] | None = None,
    key: Any = KEY,
    algorithm: str = "EdDSA",
) -> str:
    now = int(time.time())
    body = {
        "iss": "fotograma",
        "aud": "fotograma",
        "sub": str(uuid4()),
        "jti": "1",
        "iat": now,
        "exp": now + 60,
        "role": "user",
        **(claims or {}),
    }
    body = {name: value for name, value in body.items() if value is not None}
    return jwt.encode(
        body, key, algorithm=algorithm, headers={"typ": "at+jwt", "kid": "k1", **(headers or {})}
    )


async def test_verify_returns_the_principal_of_a_valid_token() -> None:
    user_id = uuid4()
    principal = await Verifier(OneKey(), SETTINGS).verify(token({"sub": str(user_id)}))
    assert principal.role is Role.USER
    assert principal.user_id == user_id


async def test_principal_of_a_login_has_every_scope() -> None:
    principal = await Verifier(OneKey(), SETTINGS).verify(token({"sid": "s1"}))
    assert (principal.scopes, principal.session_id) == (None, "s1")
    assert await current_user_id(principal) == principal.user_id
    for scope in Scope:
        assert await user_id_with(scope)(principal) == principal.user_id


@pytest.mark.parametrize("scope", ["videos:read", "videos:read unknown:thing"])
async def test_principal_of_an_api_key_has_its_scopes_only(scope: str) -> None:
    principal = await Verifier(OneKey(), SETTINGS).verify(token({"scope": scope}))
    assert await user_id_with(Scope.READ)(principal) == principal.user_id
    with pytest.raises(Forbidden, match="videos:delete"):
        await user_id_with(Scope.DELETE)(principal)
    with pytest.raises(Forbidden, match="login"):
        await current_user_id(principal)


async def test_principal_of_an_empty_scope_has_none() -> None:
    principal = await Verifier(OneKey(), SETTINGS).verify(token({"scope": ""}))
    with pytest.raises(Forbidden):
        await user_id_with(Scope.READ)(principal)


FORGED = {
    "empty": "",
    "nonsense": "not.a.token",
    "other key": token(key=OTHER_KEY),
    "other key, which it brings along": token(
        headers={"jwk": json.loads(OKPAlgorithm.to_jwk(OTHER_KEY.public_key()))}, key=OTHER_KEY
    ),
    "other key, and where to find it": token(
        headers={"jku": "http://elsewhere.example/jwks.json"}, key=OTHER_KEY
    ),
    "unknown kid": token(headers={"kid": "k2"}),
    "kid of a path": token(headers={"kid": "../../../dev/null"}, key="", algorithm="none"),
    "kid of a query": token(headers={"kid": "k1' OR '1'='1"}, key=OTHER_KEY),
    "other type": token(headers={"typ": "JWT"}),
    "extension that must be understood": token(headers={"crit": ["exp"]}),
    "body that is not encoded": token(headers={"crit": ["b64"], "b64": False}),
    "expired": token({"exp": int(time.time()) - 60}),
    "not valid yet": token({"nbf": int(time.time()) + 60}),
    "issued tomorrow": token({"iat": int(time.time()) + 86_400}),
    "other issuer": token({"iss": "somebody"}),
    "other audience": token({"aud": "something"}),
    "no jti": token({"jti": None}),
    "no exp": token({"exp": None}),
    "no role": token({"role": None}),
    "unknown role": token({"role": "king"}),
    "symmetric": token(key="secret" * 8, algorithm="HS256"),
    "unsigned": token(key="", algorithm="none"),
}


@pytest.mark.parametrize("bad", FORGED.values(), ids=FORGED)
async def test_verify_refuses_any_token_that_is_not_ours_whole_and_current(bad: str) -> None:
    with pytest.raises(Unauthenticated):
        await Verifier(OneKey(), SETTINGS).verify(bad)


async def test_verify_refuses_a_tampered_token() -> None:
    head, body, signature = token().split(".")
    with pytest.raises(Unauthenticated):
        await Verifier(OneKey(), SETTINGS).verify(f"{head}.{body[:-2]}AA.{signature}")


def test_principal_of_a_service_has_no_user_id() -> None:
    with pytest.raises(Forbidden):
        _ = Principal("notify", Role.SERVICE, 0).user_id


async def test_jwks_that_cannot_be_fetched_are_unavailable() -> None:
    with pytest.raises(Unavailable):
        await Verifier(JwksKeys(SETTINGS), SETTINGS).verify(token())


class FlakyClient:
    """Stands where PyJWT fetches the key set."""

    def __init__(self) -> None:
        self.reachable = True
        self.published = True
        self.asked = 0

    def get_signing_key(self, kid: str) -> jwt.PyJWK:
        self.asked += 1
        if not self.reachable:
            raise jwt.PyJWKClientConnectionError("no answer")
        if kid != "k1" or not self.published:
            raise jwt.PyJWKClientError("no such key")
        public = OKPAlgorithm.to_jwk(KEY.public_key(), as_dict=True)
        return jwt.PyJWK({**public, "kid": "k1", "alg": "EdDSA"})


@pytest.fixture
def always_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """No key is used without asking the cache."""
    monkeypatch.setattr(tokens, "_ASK_AGAIN_SECONDS", 0.0)


async def test_jwks_keys_ask_the_cache_now_and_then_only() -> None:
    keys, client = JwksKeys(SETTINGS), FlakyClient()
    keys._client = client  # type: ignore[assignment]
    for _ in range(10):
        await Verifier(keys, SETTINGS).verify(token())
    assert client.asked == 1


async def test_jwks_keys_serve_known_keys_while_auth_does_not_answer(always_asked: None) -> None:
    keys, client = JwksKeys(SETTINGS), FlakyClient()
    keys._client = client  # type: ignore[assignment]
    before = await Verifier(keys, SETTINGS).verify(token({"sub": "first"}))
    client.reachable = False
    after = await Verifier(keys, SETTINGS).verify(token({"sub": "second"}))
    assert (before.subject, after.subject) == ("first", "second")
    with pytest.raises(Unavailable):
        await Verifier(keys, SETTINGS).verify(token(headers={"kid": "k2"}))


async def test_jwks_keys_forget_a_withdrawn_key(always_asked: None) -> None:
    keys, client = JwksKeys(SETTINGS), FlakyClient()
    keys._client = client  # type: ignore[assignment]
    await Verifier(keys, SETTINGS).verify(token())
    client.published = False
    with pytest.raises(Unauthenticated):
        await Verifier(keys, SETTINGS).verify(token())
    client.reachable = False  # what was withdrawn is not known any more
    with pytest.raises(Unavailable):
        await Verifier(keys, SETTINGS).verify(token())


async def test_tokens_of_unknown_keys_fetch_the_key_set_no_more_often() -> None:
    """Whoever sends nonsense would otherwise have this service ask auth each time."""
    keys, fetched = JwksKeys(SETTINGS), []

    def fetch() -> dict[str, Any]:
        fetched.append(1)
        public = OKPAlgorithm.to_jwk(KEY.public_key(), as_dict=True)
        return {"keys": [{**public, "kid": "k1", "alg": "EdDSA"}]}

    keys._client.fetch_data = fetch  # type: ignore[method-assign]
    verifier = Verifier(keys, SETTINGS)
    for number in range(200):
        assert await is_refused(verifier, token(headers={"kid": f"unknown-{number}"}))
    assert len(fetched) <= 2
    await verifier.verify(token())
    assert len(fetched) <= 2


class SameKey:
    """One key, fetched once."""

    def __init__(self) -> None:
        self._key = KEY.public_key()

    async def key(self, kid: str) -> Any:
        assert kid == "k1"
        return self._key


async def is_refused(verifier: Verifier, sent: str) -> bool:
    try:
        await verifier.verify(sent)
    except Unauthenticated:
        return True
    return False


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tokens whose signatures were checked."""
    checked: list[str] = []
    decode = jwt.decode

    def recording(token: str, *arguments: Any, **options: Any) -> Any:
        checked.append(token)
        return decode(token, *arguments, **options)

    monkeypatch.setattr(jwt, "decode", recording)
    return checked


async def test_token_is_verified_once_by_the_same_key(decoded: list[str]) -> None:
    sent = token()
    verifier = Verifier(SameKey(), SETTINGS)
    first, second = await verifier.verify(sent), await verifier.verify(sent)
    assert first == second
    assert decoded == [sent]


async def test_so_many_tokens_are_remembered_and_not_one_more(decoded: list[str]) -> None:
    sent = [token({"jti": str(number)}) for number in range(3)]
    verifier = Verifier(SameKey(), SETTINGS.model_copy(update={"tokens_remembered": 2}))
    for number in (0, 1, 0, 2, 0, 1):
        await verifier.verify(sent[number])
    assert decoded == [sent[0], sent[1], sent[2], sent[1]]


async def test_token_that_was_remembered_expires() -> None:
    keys = JwksKeys(SETTINGS)
    keys._client = FlakyClient()  # type: ignore[assignment]
    verifier = Verifier(keys, SETTINGS)
    sent = token({"exp": int(time.time()) - tokens.LEEWAY_SECONDS + 2})
    assert await verifier.verify(sent)
    await eventually(partial(is_refused, verifier, sent))


class Published(jwt.PyJWKClient):
    """PyJWT's client, for a key set that is published here."""

    def __init__(self, lifespan: float) -> None:
        super().__init__("http://127.0.0.1:1", lifespan=lifespan, cooldown_duration=0)
        self.kids = ["k1", "k2"]

    def fetch_data(self) -> Any:
        public = OKPAlgorithm.to_jwk(KEY.public_key(), as_dict=True)
        return {"keys": [{**public, "kid": kid, "alg": "EdDSA"} for kid in self.kids]}


async def test_token_is_remembered_no_longer_than_the_key_set_is_kept(always_asked: None) -> None:
    keys, client = JwksKeys(SETTINGS), Published(lifespan=0.5)
    keys._client = client
    verifier, sent = Verifier(keys, SETTINGS), token()
    assert await verifier.verify(sent)
    client.kids = ["k2"]
    await eventually(partial(is_refused, verifier, sent))


async def test_requests_take_no_thread_while_one_asks_for_the_keys() -> None:
    keys, client = JwksKeys(SETTINGS), FlakyClient()
    keys._client = client  # type: ignore[assignment]
    await keys.key("k1")
    keys._asked_at.clear()  # long ago
    await asyncio.gather(*(keys.key("k1") for _ in range(20)))
    assert client.asked == 2


async def test_bearer_is_known_of_a_token_that_was_verified() -> None:
    verifier, sent, other = Verifier(SameKey(), SETTINGS), token(), token(key=OTHER_KEY)
    assert verifier.remembered(request(f"Bearer {sent}")) is None
    principal = await verifier.verify(sent)
    assert await is_refused(verifier, other)
    assert verifier.remembered(request(f"Bearer {sent}")) == principal
    assert verifier.remembered(request(f"bearer {sent}")) == principal
    for unknown in ("", sent, f"Basic {sent}", f"Bearer {other}", f"Bearer {sent}x"):
        assert verifier.remembered(request(unknown)) is None


def request(authorization: str) -> HTTPConnection:
    headers = [(b"authorization", authorization.encode())]
    return HTTPConnection({"type": "http", "headers": headers})
