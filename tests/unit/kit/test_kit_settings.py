"""Settings come from the environment, and from a folder of secrets beside it."""

from pathlib import Path

import pytest
from fotograma_kit.settings import SECRETS_DIR, BrokerSettings, DatabaseSettings
from pydantic import ValidationError

URL = "postgresql+asyncpg://auth:from-a-file@postgres/auth"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("DATABASE_URL", "RABBITMQ_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(SECRETS_DIR, str(tmp_path))
    return tmp_path


def test_settings_read_a_secret_from_its_file(folder: Path) -> None:
    (folder / "database_url").write_text(f"{URL}\n")
    assert DatabaseSettings().database_url.get_secret_value() == URL


def test_settings_prefer_the_environment_to_a_file(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "database_url").write_text(URL)
    monkeypatch.setenv("DATABASE_URL", "postgresql+asyncpg://elsewhere")
    assert DatabaseSettings().database_url.get_secret_value() == "postgresql+asyncpg://elsewhere"


def test_settings_read_a_list_in_a_file_as_json(folder: Path) -> None:
    (folder / "rabbitmq_url").write_text("amqp://localhost")
    (folder / "retry_delays_seconds").write_text("[1, 2]")
    assert BrokerSettings().retry_delays_seconds == (1.0, 2.0)


def test_settings_without_a_required_secret_raise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv(SECRETS_DIR, raising=False)
    with pytest.raises(ValidationError, match="database_url"):
        DatabaseSettings()
