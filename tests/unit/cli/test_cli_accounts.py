import json
import os
import stat
from pathlib import Path
from uuid import uuid4

import pytest
from fixtures.cli import Run
from fixtures.fake_api_state import PASSWORD, FakeApi
from fotograma_cli.api.client import Client
from fotograma_cli.api.credentials import CredentialStore, Session, choose_session
from fotograma_cli.api.http import server_address
from fotograma_cli.errors import FileTrouble, NotLoggedIn, WrongUsage


def stored(config: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((config / "credentials.json").read_text())
    return found


def test_register_sends_the_password_of_the_environment(
    api: FakeApi, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOTOGRAMA_PASSWORD", PASSWORD)
    ran = run("register", "ana@example.com", "--server", api.address, "--json")
    assert ran.exit_code == 0
    assert ran.document["email"] == "ana@example.com"
    assert json.loads(api.to("POST", "/auth/register")[0].body)["password"] == PASSWORD


def test_register_says_beforehand_what_the_server_would_refuse(
    api: FakeApi, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    prompts: list[str] = []

    def typed(prompt: str) -> str:
        prompts.append(prompt)
        return "eleven char"

    monkeypatch.setattr("fotograma_cli.accounts.at_terminal", lambda: True)
    monkeypatch.setattr("fotograma_cli.accounts.getpass", typed)
    ran = run("register", "ana@example.com", "--server", api.address, "--json")
    assert prompts[0] == "Password (at least 12 characters): "
    assert (ran.exit_code, ran.document["error"]["code"]) == (1, "password_too_short")
    api.account_rules = {"registration_open": False, "password_min_characters": 12}
    ran = run("register", "--server", api.address, "--json")
    assert (ran.exit_code, ran.document["error"]["code"]) == (1, "registration_closed")
    assert ran.stderr.startswith(f"Error: Accounts cannot be opened at {api.address}. Ask ")
    assert not api.to("POST", "/auth/register")


def test_register_asks_an_older_server_nothing_beforehand(
    api: FakeApi, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.account_rules = None
    monkeypatch.setenv("FOTOGRAMA_PASSWORD", "short")
    assert run("register", "ana@example.com", "--server", api.address).exit_code == 0


def test_length_of_a_new_password_is_counted_as_the_server_does(
    api: FakeApi, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOTOGRAMA_PASSWORD", "e\N{COMBINING ACUTE ACCENT}" * 6)
    assert run("register", "ana@example.com", "--server", api.address).exit_code == 1


def test_login_remembers_the_server_and_the_tokens_for_the_owner_only(
    api: FakeApi, logged_in: Run, config: Path
) -> None:
    assert stat.S_IMODE(config.stat().st_mode) == 0o700
    assert stat.S_IMODE((config / "credentials.json").stat().st_mode) == 0o600
    assert stored(config)["refresh_token"] == api.refresh_token
    assert logged_in("list").exit_code == 0


def test_folder_that_others_can_read_is_closed(config: Path) -> None:
    config.mkdir(mode=0o755)
    config.chmod(0o755)
    CredentialStore(config).save(Session("http://localhost"))
    assert stat.S_IMODE(config.stat().st_mode) == 0o700
    assert [path.name for path in config.iterdir()] == ["credentials.json"]


def test_refused_credentials_have_their_exit_code(api: FakeApi, run: Run, config: Path) -> None:
    ran = run("login", "a@example.com", "--password-stdin", "--server", api.address, stdin="no\n")
    assert (ran.exit_code, ran.stdout) == (3, "")
    assert ran.stderr.startswith("Error: The e-mail address or the password")
    assert not (config / "credentials.json").exists()


def test_password_without_a_terminal_is_wrong_usage(api: FakeApi, run: Run) -> None:
    assert run("login", "--server", api.address).exit_code == 2
    assert "FOTOGRAMA_PASSWORD" in run("login", "a@example.com", "--server", api.address).stderr
    assert run("login", "a@example.com", "--password-stdin", stdin="\n").exit_code == 2
    assert not api.seen


def test_login_prompts_at_a_terminal(
    api: FakeApi, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fotograma_cli.accounts.at_terminal", lambda: True)
    monkeypatch.setattr("fotograma_cli.accounts.getpass", lambda _: PASSWORD)
    ran = run("login", "--server", api.address, "--json", stdin="ana@example.com \n")
    assert ran.document["email"] == "ana@example.com"
    assert ran.stderr == "E-mail: "


def test_new_password_is_asked_for_twice(
    api: FakeApi, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed = iter([PASSWORD, PASSWORD, PASSWORD, "mistyped"])
    monkeypatch.setattr("fotograma_cli.accounts.at_terminal", lambda: True)
    monkeypatch.setattr("fotograma_cli.accounts.getpass", lambda _: next(typed))
    assert run("register", "a@example.com", "--server", api.address).exit_code == 0
    assert run("register", "a@example.com", "--server", api.address).exit_code == 2
    assert len(api.to("POST", "/auth/register")) == 1


def test_another_login_ends_the_session_before(api: FakeApi, logged_in: Run) -> None:
    earlier = api.refresh_token
    assert logged_in("login", "b@example.com", "--password-stdin", stdin=PASSWORD).exit_code == 0
    assert json.loads(api.to("POST", "/auth/logout")[0].body) == {"refresh_token": earlier}


def test_logout_forgets_the_tokens_but_not_the_server(
    api: FakeApi, logged_in: Run, config: Path
) -> None:
    assert logged_in("logout", "--json").document == {
        "server": api.address,
        "ended_at_server": True,
    }
    assert stored(config) == {
        "server": api.address,
        "ca_cert": None,
        "email": None,
        "access_token": None,
        "refresh_token": None,
        "expires_at": 0.0,
    }
    assert logged_in("logout").exit_code == 3
    assert logged_in("list").exit_code == 3


def test_access_token_that_ended_is_renewed_and_the_request_repeated(
    api: FakeApi, logged_in: Run, config: Path
) -> None:
    api.end_access_token()
    assert logged_in("list").exit_code == 0
    assert api.refreshes == 1
    assert len(api.to("GET", "/video")) == 2
    assert stored(config)["access_token"] == api.access_token


def test_access_token_about_to_end_is_renewed_first(api: FakeApi, logged_in: Run) -> None:
    api.expires_in = 10
    logged_in("login", "ana@example.com", "--password-stdin", stdin=PASSWORD)
    assert logged_in("list").exit_code == 0
    assert api.refreshes == 1
    assert len(api.to("GET", "/video")) == 1


def test_session_that_the_server_ended_is_forgotten(
    api: FakeApi, logged_in: Run, config: Path
) -> None:
    api.end_session()
    ran = logged_in("list", "--json")
    assert ran.exit_code == 3
    assert ran.document["error"]["code"] == "invalid_refresh_token"
    assert stored(config)["refresh_token"] is None


def test_tokens_refreshed_by_another_command_are_used(
    api: FakeApi, logged_in: Run, config: Path
) -> None:
    store = CredentialStore(config)
    session = store.load()
    assert session is not None
    with Client(session, store) as slow, Client(session, store) as fast:
        api.end_access_token()
        list(fast.videos())
        list(slow.videos())
    assert api.refreshes == 1
    assert slow.session == fast.session


def test_command_stops_when_another_has_logged_out(
    api: FakeApi, logged_in: Run, config: Path
) -> None:
    store = CredentialStore(config)
    session = store.load()
    assert session is not None
    store.save(session.without_tokens())
    api.end_access_token()
    with Client(session, store) as client, pytest.raises(NotLoggedIn, match="logged out"):
        client.limits()


def test_tokens_do_not_go_to_another_server(
    api: FakeApi, logged_in: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = len(api.seen)
    other = api.address.replace("127.0.0.1", "localhost")
    monkeypatch.setenv("FOTOGRAMA_SERVER", other)
    assert logged_in("list").exit_code == 3
    assert len(api.seen) == before


def test_session_of_the_same_server_is_found_by_its_address() -> None:
    remembered = Session("https://example.com", refresh_token="r")
    assert choose_session(remembered, None, None) is remembered
    assert choose_session(remembered, "https://example.com/", None) is remembered
    assert choose_session(remembered, "https://example.org", None) == Session("https://example.org")
    assert choose_session(None, None, None).server == "http://localhost:8080"
    chosen = choose_session(remembered, None, Path("ca.pem"))
    assert chosen.ca_cert == str(Path.cwd() / "ca.pem")


@pytest.mark.parametrize(
    "text", ["localhost:8080", "ftp://x", "http://", "http://a@b", "http://a?b", "http://a:b", "x"]
)
def test_invalid_server_addresses_are_refused(text: str) -> None:
    with pytest.raises(WrongUsage):
        server_address(text)


def test_damaged_credentials_explain_the_remedy(run: Run, config: Path) -> None:
    config.mkdir()
    for content in ("{", "[]", '{"x": 1}'):
        (config / "credentials.json").write_text(content)
        ran = run("list")
        assert ran.exit_code == 1
        assert "is damaged" in ran.stderr


def test_unwritable_config_folder_is_a_file_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    store = CredentialStore(tmp_path / "file" / "config")
    with pytest.raises(FileTrouble, match="Cannot write"):
        store.save(Session("http://localhost"))
    with pytest.raises(FileTrouble, match="Cannot write"), store.locked():
        raise AssertionError
    with pytest.raises(FileTrouble, match="Cannot read"):
        store.load()


def test_failed_write_leaves_the_old_file(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = CredentialStore(config)
    store.save(Session("http://old"))

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(FileTrouble, match="No space left"):
        store.save(Session("http://new"))
    assert store.load() == Session("http://old")
    assert [path.name for path in config.iterdir()] == ["credentials.json"]


def test_tokens_are_not_in_the_representation() -> None:
    token = uuid4().hex
    assert token not in repr(Session("http://x", access_token=token, refresh_token=token))
