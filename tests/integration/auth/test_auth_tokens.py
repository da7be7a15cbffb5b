"""The OAuth 2.0 token endpoint, the key set, and which access tokens are believed."""

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from fixtures.auth import PASSWORD, SERVICE_SECRET, CountingHasher, Login, assert_problem, serve
from fixtures.clocks import HeldClock
from fotograma_auth.app import create_api
from fotograma_auth.settings import ApiSettings
from fotograma_auth.signing_keys import create_key
from fotograma_kit.database import Database
from httpx import AsyncClient, Response

Forge = Callable[..., str]
PASSWORD_FORM = {"grant_type": "password", "username": "ana@example.com", "password": PASSWORD}
CLIENT_FORM = {
    "grant_type": "client_credentials",
    "client_id": "video",
    "client_secret": SERVICE_SECRET,
}


async def me(auth: AsyncClient, token: str) -> Response:
    return await auth.get("/auth/me", headers={"Authorization": f"Bearer {token}"})


def assert_oauth_problem(answer: Response, status: int, error: str) -> None:
    assert_problem(answer, status, error)
    assert answer.json()["error"] == error


async def test_password_form_logs_in(auth: AsyncClient, log_in: Login) -> None:
    answer = await auth.post("/auth/token", data=PASSWORD_FORM)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert set(answer.json()) == {"access_token", "token_type", "expires_in", "refresh_token"}
    assert (await me(auth, answer.json()["access_token"])).status_code == 200


async def test_password_form_does_not_mind_the_header_of_swaggers_authorize_button(
    auth: AsyncClient, log_in: Login
) -> None:
    answer = await auth.post("/auth/token", data=PASSWORD_FORM, auth=("", ""))
    assert answer.status_code == 200


async def test_refresh_form_rotates(auth: AsyncClient, log_in: Login) -> None:
    form = {"grant_type": "refresh_token", "refresh_token": (await log_in())["refresh_token"]}
    answer = await auth.post("/auth/token", data=form)
    assert answer.status_code == 200
    assert answer.json()["refresh_token"] != form["refresh_token"]


async def test_service_gets_a_token_and_no_refresh_token(auth: AsyncClient) -> None:
    answer = await auth.post("/auth/token", data=CLIENT_FORM)
    assert answer.status_code == 200
    assert set(answer.json()) == {"access_token", "token_type", "expires_in"}
    claims = jwt.decode(answer.json()["access_token"], options={"verify_signature": False})
    assert (claims["sub"], claims["role"]) == ("video", "service")


async def test_service_may_use_http_basic(auth: AsyncClient) -> None:
    form = {"grant_type": "client_credentials"}
    secret = SERVICE_SECRET.replace(" ", "+")  # form-encoded, as RFC 6749 has it
    answer = await auth.post("/auth/token", data=form, auth=("video", secret))
    assert answer.status_code == 200


async def test_service_token_is_refused_where_a_user_is_needed(auth: AsyncClient) -> None:
    token = (await auth.post("/auth/token", data=CLIENT_FORM)).json()["access_token"]
    assert_problem(await me(auth, token), 403, "forbidden")


@pytest.mark.parametrize(
    "change",
    [{"client_secret": "wrong"}, {"client_id": "nobody"}, {"client_id": "0", "client_secret": "0"}],
)
async def test_unknown_client_or_a_wrong_secret_is_refused(
    auth: AsyncClient, change: dict[str, str]
) -> None:
    answer = await auth.post("/auth/token", data={**CLIENT_FORM, **change})
    assert_oauth_problem(answer, 401, "invalid_client")
    assert answer.headers["www-authenticate"].startswith("Basic")


@pytest.mark.parametrize(
    ("form", "error", "fields"),
    [
        ({}, "unsupported_grant_type", ["grant_type"]),
        ({"grant_type": "implicit"}, "unsupported_grant_type", ["grant_type"]),
        ({"grant_type": "password"}, "invalid_request", ["username", "password"]),
        (
            {"grant_type": "password", "username": "ana@example.com"},
            "invalid_request",
            ["password"],
        ),
        ({"grant_type": "refresh_token"}, "invalid_request", ["refresh_token"]),
        (
            {"grant_type": "client_credentials"},
            "invalid_request",
            ["client_id", "client_secret"],
        ),
        (
            {"grant_type": "client_credentials", "client_id": "video"},
            "invalid_request",
            ["client_secret"],
        ),
        ({**PASSWORD_FORM, "password": "wrong"}, "invalid_grant", []),
        ({**PASSWORD_FORM, "username": "nobody"}, "invalid_grant", []),
        ({"grant_type": "refresh_token", "refresh_token": "unknown"}, "invalid_grant", []),
    ],
)
async def test_token_endpoint_refuses_with_oauth_error_codes(
    auth: AsyncClient, form: dict[str, str], error: str, fields: list[str]
) -> None:
    answer = await auth.post("/auth/token", data=form)
    assert_oauth_problem(answer, 400, error)
    blamed = [each["field"] for each in answer.json().get("errors", [])]
    assert blamed == [f"body.{field}" for field in fields]


async def test_key_set_is_public_and_cacheable(auth: AsyncClient, signing_key: Path) -> None:
    answer = await auth.get("/auth/.well-known/jwks.json")
    assert answer.headers["cache-control"] == "public, max-age=300"
    [key] = answer.json()["keys"]
    assert (key["kid"], key["kty"], key["crv"]) == (signing_key.stem, "OKP", "Ed25519")
    assert set(key) == {"kty", "crv", "x", "kid", "use", "alg"}


async def test_signing_key_rotation_keeps_sessions(
    api_settings: ApiSettings, database: Database, keys_dir: Path, hasher: CountingHasher
) -> None:
    ana = {"email": "ana@example.com", "password": PASSWORD}
    async with serve(create_api(api_settings, hasher=hasher)) as before:
        await before.post("/auth/register", json=ana)
        old = (await before.post("/auth/login", json=ana)).json()
    new_key = create_key(keys_dir, datetime(2031, 1, 1, tzinfo=UTC))
    async with serve(create_api(api_settings, hasher=hasher)) as after:
        published = (await after.get("/auth/.well-known/jwks.json")).json()["keys"]
        assert len(published) == 2
        assert (await me(after, old["access_token"])).status_code == 200
        new = (
            await after.post("/auth/refresh", json={"refresh_token": old["refresh_token"]})
        ).json()
        assert jwt.get_unverified_header(new["access_token"])["kid"] == new_key.stem
        keys = jwt.PyJWKSet.from_dict({"keys": published})
        for token in (old["access_token"], new["access_token"]):
            kid = jwt.get_unverified_header(token)["kid"]
            jwt.decode(token, keys[kid].key, algorithms=["EdDSA"], audience="fotograma")


@pytest.fixture
def real_key(signing_key: Path) -> Any:
    return load_pem_private_key(signing_key.read_bytes(), password=None)


@pytest.fixture
async def forge(log_in: Login, real_key: Any) -> Forge:
    """Makes tokens like a real one with some claims or headers changed, signed by any key."""
    real = (await log_in())["access_token"]
    claims = jwt.decode(real, options={"verify_signature": False})
    header = jwt.get_unverified_header(real)

    def make(
        claim: dict[str, Any] | None = None,
        headers: dict[str, Any] | None = None,
        *,
        without: str = "",
        key: Any = real_key,
        algorithm: str = "EdDSA",
    ) -> str:
        changed = {k: v for k, v in {**claims, **(claim or {})}.items() if k != without}
        return jwt.encode(changed, key, algorithm, headers={**header, **(headers or {})})

    return make


def past(**age: float) -> int:
    return int((datetime.now(UTC) - timedelta(**age)).timestamp())


async def test_forged_token_helper_makes_valid_tokens(auth: AsyncClient, forge: Forge) -> None:
    """Or the tests below would prove nothing."""
    assert (await me(auth, forge())).status_code == 200


@pytest.mark.parametrize(
    "change",
    [
        {"claim": {"exp": past(seconds=60)}},
        {"claim": {"iat": past(hours=-1)}},
        {"claim": {"aud": "somebody else"}},
        {"claim": {"iss": "somebody else"}},
        {"claim": {"role": "owner"}},
        {"headers": {"typ": "JWT"}},
        {"headers": {"kid": "unknown"}},
        {"headers": {"kid": "../keys"}},
        {"key": Ed25519PrivateKey.generate()},
        {"key": "", "algorithm": "none", "headers": {"alg": "none"}},
        {"key": "s" * 64, "algorithm": "HS256", "headers": {"alg": "HS256"}},
        *({"without": claim} for claim in ("exp", "iat", "iss", "aud", "sub", "jti", "role")),
    ],
)
async def test_tokens_with_wrong_or_missing_claims_are_refused(
    auth: AsyncClient, forge: Forge, change: dict[str, Any]
) -> None:
    answer = await me(auth, forge(**change))
    assert_problem(answer, 401, "unauthenticated")
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_token_signed_with_the_public_key_is_refused(auth: AsyncClient, forge: Forge) -> None:
    """The classic confusion: HS256 with the published key's bytes."""
    [key] = (await auth.get("/auth/.well-known/jwks.json")).json()["keys"]
    token = forge(key=key["x"], algorithm="HS256", headers={"alg": "HS256"})
    assert_problem(await me(auth, token), 401, "unauthenticated")


async def test_tampered_token_is_refused(auth: AsyncClient, forge: Forge) -> None:
    header, payload, signature = forge().split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    claims["role"] = "admin"
    tampered = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    assert_problem(await me(auth, f"{header}.{tampered}.{signature}"), 401, "unauthenticated")


@pytest.mark.parametrize("token", ["x", "a.b.c", "..", "\u00e9", "x" * 10_000])
async def test_malformed_tokens_are_refused(auth: AsyncClient, token: str) -> None:
    answer = await auth.get("/auth/me", headers={b"Authorization": b"Bearer " + token.encode()})
    assert_problem(answer, 401, "unauthenticated")


async def test_requests_without_a_token_are_refused(auth: AsyncClient) -> None:
    assert_problem(await auth.get("/auth/me"), 401, "unauthenticated")


async def test_access_token_lives_15_minutes(
    auth: AsyncClient, log_in: Login, clock: HeldClock
) -> None:
    clock.advance(minutes=-15, seconds=-10)
    assert_problem(await me(auth, (await log_in())["access_token"]), 401, "unauthenticated")
    clock.advance(seconds=60)
    assert (await me(auth, (await log_in())["access_token"])).status_code == 200
