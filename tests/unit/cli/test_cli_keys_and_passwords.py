"""Passwords, sessions, API keys, the end of an account."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from fixtures.cli import Run
from fixtures.fake_api_state import API_KEY, PASSWORD, FakeApi

NEW_PASSWORD = "another correct horse"


def body_of(api: FakeApi, method: str, path: str) -> Any:
    """What the last request there carried."""
    return json.loads(api.to(method, path)[-1].body)


def test_password_is_changed_from_the_environment_or_two_lines(
    api: FakeApi, logged_in: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = {
        "current_password": PASSWORD,
        "password": NEW_PASSWORD,
        "revoke_api_keys": False,
    }
    lines = f"{PASSWORD}\n{NEW_PASSWORD}\n"
    assert logged_in("password", "change", "--password-stdin", stdin=lines).exit_code == 0
    assert body_of(api, "POST", "/auth/password/change") == expected
    monkeypatch.setenv("FOTOGRAMA_PASSWORD", PASSWORD)
    assert "FOTOGRAMA_NEW_PASSWORD" in logged_in("password", "change").stderr
    monkeypatch.setenv("FOTOGRAMA_NEW_PASSWORD", NEW_PASSWORD)
    assert logged_in("password", "change").exit_code == 0
    assert body_of(api, "POST", "/auth/password/change") == expected


def test_password_change_with_revoke_keys_ends_api_keys(api: FakeApi, logged_in: Run) -> None:
    lines = f"{PASSWORD}\n{NEW_PASSWORD}\n"
    arguments = ("password", "change", "--revoke-keys", "--password-stdin")
    ran = logged_in(*arguments, stdin=lines)
    assert "every API key has ended" in ran.stdout
    assert body_of(api, "POST", "/auth/password/change")["revoke_api_keys"] is True
    assert logged_in(*arguments, "--json", stdin=lines).document["revoked_keys"] is True


def test_wrong_password_has_its_exit_code(api: FakeApi, logged_in: Run) -> None:
    lines = f"wrong\n{NEW_PASSWORD}\n"
    ran = logged_in("password", "change", "--password-stdin", "--json", stdin=lines)
    assert (ran.exit_code, ran.document["error"]["code"]) == (3, "wrong_password")


def test_password_reset_needs_no_session(
    api: FakeApi, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOTOGRAMA_SERVER", api.address)
    ran = run("password", "forgot", "ana@example.com")
    assert ran.exit_code == 0
    assert "fotograma password reset" in ran.stdout
    assert body_of(api, "POST", "/auth/password/forgot") == {"email": "ana@example.com"}
    for link in ("https://example.com/#/reset/abc-_1", "abc-_1", " abc-_1 "):
        arguments = ("password", "reset", link, "--password-stdin")
        assert run(*arguments, stdin=NEW_PASSWORD).exit_code == 0
        assert body_of(api, "POST", "/auth/password/reset") == {
            "token": "abc-_1",
            "password": NEW_PASSWORD,
        }
    assert run("password", "reset", "a/b", "--password-stdin", stdin=NEW_PASSWORD).exit_code == 2
    used = run("password", "reset", "used", "--password-stdin", "--json", stdin=NEW_PASSWORD)
    assert used.document["error"]["code"] == "invalid_link"


def test_sessions_are_listed_and_ended(api: FakeApi, logged_in: Run) -> None:
    session = {
        "created_at": "2026-01-02T03:04:05Z",
        "last_used_at": "2026-01-02T03:04:05Z",
        "address": "192.0.2.1",
        "user_agent": None,
    }
    first, second = f"1{'0' * 31}", f"2{'0' * 31}"
    api.sessions = [{**session, "id": first, "current": True},
                    {**session, "id": second, "current": False}]  # fmt: skip
    _, current, other = logged_in("sessions", "list").stdout.splitlines()
    assert "(this one)" in current
    assert "192.0.2.1" in other
    assert logged_in("sessions", "list", "--json").document["sessions"] == api.sessions
    assert logged_in("sessions", "end", "2").exit_code == 0
    assert api.to("DELETE", f"/auth/sessions/{UUID(second)}")
    assert logged_in("sessions", "end", "3").exit_code == 4
    assert logged_in("sessions", "end", "").exit_code == 2


def test_logging_out_everywhere_forgets_the_tokens(
    api: FakeApi, logged_in: Run, config: Path
) -> None:
    assert logged_in("logout", "--everywhere").exit_code == 0
    assert len(api.to("POST", "/auth/logout-all")) == 1
    assert json.loads((config / "credentials.json").read_text())["refresh_token"] is None
    assert logged_in("logout", "--everywhere").exit_code == 3


def test_create_key_prints_the_key_alone(api: FakeApi, logged_in: Run) -> None:
    ran = logged_in("keys", "create", "nightly", "--scope", "videos:read", "--scope",
                    "videos:upload", "--expires-in-days", "30")  # fmt: skip
    assert ran.exit_code == 0, ran.stderr
    assert ran.stdout.startswith("fgk_abcd")
    assert ran.stdout.count("\n") == 1
    assert "not shown again" in ran.stderr
    assert body_of(api, "POST", "/auth/api-keys") == {
        "name": "nightly",
        "scopes": ["videos:read", "videos:upload"],
        "expires_in_days": 30,
    }
    assert logged_in("keys", "create", "x", "--scope", "videos:burn").exit_code == 2
    assert logged_in("keys", "create", "x").exit_code == 2


def test_key_some_time_after_the_login_needs_the_password(
    api: FakeApi, logged_in: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.login_is_old = True
    create = ("keys", "create", "nightly", "--scope", "videos:read")
    assert "FOTOGRAMA_PASSWORD" in logged_in(*create).stderr
    ran = logged_in(*create, "--password-stdin", stdin=PASSWORD + "\n")
    assert ran.stdout.startswith("fgk_abcd")
    monkeypatch.setenv("FOTOGRAMA_PASSWORD", PASSWORD)
    ran = logged_in(*create)
    assert ran.stdout.startswith("fgk_abcd")
    assert ran.stdout.count("\n") == 1
    monkeypatch.setenv("FOTOGRAMA_PASSWORD", "wrong")
    ran = logged_in(*create, "--json")
    assert (ran.exit_code, ran.document["error"]["code"]) == (3, "wrong_password")
    assert len(api.api_keys) == 2


def test_keys_are_listed_and_revoked(api: FakeApi, logged_in: Run) -> None:
    assert logged_in("keys", "list").stdout == "No API keys.\n"
    for name in ("nightly", "twice", "twice"):
        logged_in("keys", "create", name, "--scope", "videos:read")
    assert "never" in logged_in("keys", "list").stdout
    assert logged_in("keys", "revoke", "absent").exit_code == 4
    assert logged_in("keys", "revoke", "twice").exit_code == 4  # which of the two?
    *twice, nightly = api.api_keys
    assert logged_in("keys", "revoke", "nightly", "--json").document["id"] == nightly["id"]
    assert logged_in("keys", "revoke", twice[0]["id"][:13]).exit_code == 0
    revoked = [seen.path for seen in api.seen if seen.method == "DELETE"]
    assert revoked == [f"/auth/api-keys/{key['id']}" for key in (nightly, twice[0])]


def test_key_of_the_environment_takes_the_place_of_a_login(
    api: FakeApi, run: Run, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOTOGRAMA_SERVER", api.address)
    monkeypatch.setenv("FOTOGRAMA_API_KEY", API_KEY)
    assert run("list").exit_code == 0
    [exchange] = api.to("POST", "/auth/token")
    assert b"grant_type=urn%3Afotograma%3Agrant-type%3Aapi-key" in exchange.body
    assert not (config / "credentials.json").exists()

    monkeypatch.setenv("FOTOGRAMA_API_KEY", "fgk_revoked")
    ran = run("list", "--json")
    assert (ran.exit_code, ran.document["error"]["code"]) == (3, "invalid_grant")
    assert "fgk_revoked" not in ran.stderr


def test_key_is_exchanged_again_when_its_token_ends(
    api: FakeApi, run: Run, monkeypatch: pytest.MonkeyPatch, video_file: Path
) -> None:
    monkeypatch.setenv("FOTOGRAMA_SERVER", api.address)
    monkeypatch.setenv("FOTOGRAMA_API_KEY", API_KEY)
    api.expires_in = 1  # within the margin: each request needs another
    assert run("upload", video_file).exit_code == 0
    assert len(api.to("POST", "/auth/token")) > 3


def test_closing_an_account_asks_and_needs_the_password(
    api: FakeApi, logged_in: Run, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert logged_in("account", "delete", "--password-stdin", stdin=PASSWORD).exit_code == 2
    monkeypatch.setenv("FOTOGRAMA_PASSWORD", PASSWORD)
    monkeypatch.setattr("fotograma_cli.output.at_terminal", lambda: True)
    ran = logged_in("account", "delete", "--json", stdin="n\n")
    assert ran.document["error"]["code"] == "declined"
    assert "ana@example.com" in ran.stderr
    assert not api.to("DELETE", "/auth/me")
    monkeypatch.setenv("FOTOGRAMA_PASSWORD", "wrong")
    assert logged_in("account", "delete", "--yes").exit_code == 3
    monkeypatch.setenv("FOTOGRAMA_PASSWORD", PASSWORD)
    assert logged_in("account", "delete", stdin="y\n").exit_code == 0
    assert body_of(api, "DELETE", "/auth/me") == {"password": PASSWORD}
    assert json.loads((config / "credentials.json").read_text())["refresh_token"] is None


def test_account_show_prints_the_account_and_the_server(api: FakeApi, logged_in: Run) -> None:
    assert logged_in("account", "show").stdout == (
        f"ana@example.com (not verified) at {api.address}\n"
    )
    assert logged_in("account", "show", "--json").document["server"] == api.address
