"""No secret ever reaches a log: neither on the usual ways nor when something breaks."""

from collections.abc import AsyncIterator

import pytest
from fixtures.auth import PAGE_URL, PASSWORD, SERVICE_SECRET, CountingHasher, bearer, serve
from fotograma_auth.app import create_api
from fotograma_auth.settings import ApiSettings
from fotograma_kit.database import Database
from httpx import AsyncClient
from sqlalchemy import text

PAGE = {"X-Fotograma-Page": "1", "Origin": PAGE_URL}
ANA = {"email": "ana@example.com", "password": PASSWORD}


class BrokenHasher(CountingHasher):
    """Fails with the password in its hands."""

    async def hash(self, password: str) -> str:
        """Fails."""
        copy = password
        raise RuntimeError(f"no hash of {len(copy)} characters")


async def use_everything(client: AsyncClient) -> list[str]:
    """Every route, rightly and wrongly; the secrets that were sent and received."""
    await client.post("/auth/register", json=ANA)
    await client.post("/auth/register", json={**ANA, "password": "short-one"})
    await client.post("/auth/login", json={**ANA, "password": "wrong-password"})
    await client.post("/auth/login", json={**ANA, "password": ["listed-password"]})
    first = (await client.post("/auth/login", json=ANA)).json()
    second = (
        await client.post(
            "/auth/token",
            data={"grant_type": "password", "username": ANA["email"], "password": PASSWORD},
        )
    ).json()
    third = (
        await client.post("/auth/refresh", json={"refresh_token": first["refresh_token"]})
    ).json()
    await client.post("/auth/refresh", json={"refresh_token": "unknown-refresh-token"})
    await client.get("/auth/me", headers={"Authorization": f"Bearer {third['access_token']}"})
    await client.get("/auth/me", headers={"Authorization": "Bearer wrong-access-token"})
    await client.post(
        "/auth/token", data={"grant_type": "client_credentials"}, auth=("video", SERVICE_SECRET)
    )
    await client.post("/auth/logout", json={"refresh_token": second["refresh_token"]})
    headers = bearer(third)
    key = await client.post(
        "/auth/api-keys", json={"name": "script", "scopes": ["videos:read"]}, headers=headers
    )
    secret = key.json()["key"]
    for api_key in (secret, "fgk_unknown-api-key"):
        form = {"grant_type": "urn:fotograma:grant-type:api-key", "api_key": api_key}
        await client.post("/auth/token", data=form)
    page = await client.post("/auth/login", json=ANA, headers=PAGE)
    page = await client.post("/auth/refresh", headers=PAGE)
    cookies = list(client.cookies.values())
    reset = {"token": "unknown-link-token", "password": "reset-password-1"}
    await client.post("/auth/password/reset", json=reset)
    change = {"current_password": PASSWORD, "password": "changed-password"}
    await client.post("/auth/password/change", json=change, headers=headers)
    await client.patch(
        "/auth/me",
        json={"email": "new@example.com", "current_password": "changed-password"},
        headers=headers,
    )
    await client.request("DELETE", "/auth/me", json={"password": "bad-word"}, headers=headers)
    received = [t[k] for t in (first, second, third) for k in ("access_token", "refresh_token")]
    received += [secret, *cookies, page.json()["access_token"]]
    sent = [*reset.values(), "fgk_unknown-api-key", "changed-password", "bad-word"]
    sent += ["short-one", "wrong-password", "listed-password", "unknown-refresh-token"]
    return [PASSWORD, PASSWORD[::-1], SERVICE_SECRET, "wrong-access-token", *received, *sent]


@pytest.fixture(params=["json", "console"])
def log_settings(request: pytest.FixtureRequest, api_settings: ApiSettings) -> ApiSettings:
    return api_settings.model_copy(update={"log_format": request.param, "log_level": "DEBUG"})


@pytest.fixture
async def closed_users(database: Database) -> AsyncIterator[None]:
    """No user can be stored: PostgreSQL's complaint would show the row."""
    async with database.transaction() as session:
        await session.execute(text("ALTER TABLE users ADD CONSTRAINT closed CHECK (false)"))
    yield
    async with database.transaction() as session:
        await session.execute(text("ALTER TABLE users DROP CONSTRAINT closed"))


async def test_no_secret_is_logged(
    log_settings: ApiSettings, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    async with serve(create_api(log_settings, hasher=CountingHasher())) as client:
        secrets = await use_everything(client)
    logged = capsys.readouterr().out
    assert "/auth/login" in logged
    assert [secret for secret in secrets if secret in logged] == []


async def test_failure_is_logged_without_the_password_at_hand(
    log_settings: ApiSettings, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    async with serve(create_api(log_settings, hasher=BrokenHasher())) as client:
        answer = await client.post("/auth/register", json=ANA)
    logged = capsys.readouterr().out
    assert answer.status_code == 500
    assert "RuntimeError" in logged
    assert PASSWORD not in logged + answer.text


async def test_failed_statement_is_logged_without_the_hash(
    log_settings: ApiSettings,
    closed_users: None,
    capsys: pytest.CaptureFixture[str],
) -> None:
    async with serve(create_api(log_settings, hasher=CountingHasher())) as client:
        answer = await client.post("/auth/register", json=ANA)
    logged = capsys.readouterr().out
    assert answer.status_code == 500
    assert "IntegrityError" in logged
    assert PASSWORD[::-1] not in logged + answer.text


def test_settings_do_not_show_their_secrets(api_settings: ApiSettings) -> None:
    shown = repr(api_settings)
    assert "of-a-test" not in shown
    assert not any(sha256 in shown for sha256 in api_settings.auth_service_clients.values())
