"""What auth's processes are told by their environment."""

from pathlib import Path
from typing import Annotated

from fotograma_kit.settings import (
    BrokerSettings,
    DatabaseSettings,
    Settings,
    TelemetrySettings,
    TokenClaimSettings,
)
from pydantic import Field, StringConstraints

Sha256Hex = Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]


class KeySettings(Settings):
    """Where the keys are that access tokens are signed with."""

    auth_signing_keys_dir: Path
    """A folder of Ed25519 private keys (`*.pem`); a key's id is its file's stem."""


class PasswordSettings(Settings):
    """What hashing a password costs, and how much of it goes on at once."""

    auth_password_memory_kib: int = Field(default=19_456, ge=19_456)
    """Memory of one hash. 19 MiB with two passes is OWASP's least for Argon2id."""
    auth_password_passes: int = Field(default=2, ge=2)
    auth_password_threads: int = Field(default=2, ge=1)
    """Hashes computed at once."""
    auth_password_waiting: int = Field(default=100, ge=1)
    """Hashes that may wait for a thread; beyond it a request is answered 503."""


class ApiSettings(
    DatabaseSettings, TokenClaimSettings, TelemetrySettings, KeySettings, PasswordSettings
):
    """The HTTP process."""

    auth_access_token_seconds: int = Field(default=15 * 60, ge=60)
    """A revoked session's last access token lives this long at most."""
    auth_refresh_token_seconds: int = Field(default=30 * 24 * 3600, ge=3600)
    """How long somebody who stays away stays logged in."""
    auth_refresh_grace_seconds: float = Field(default=10.0, ge=0)
    """How long after its use a refresh token may be used again, its answer having been lost."""
    auth_service_clients: dict[str, Sha256Hex] = Field(default_factory=dict, repr=False)
    """Services that may ask for a token: client id to the SHA-256 (hex) of a random secret."""


class BackgroundSettings(DatabaseSettings, BrokerSettings, TelemetrySettings):
    """The process that publishes events and tidies up."""

    auth_janitor_seconds: float = Field(default=3600.0, gt=0)
    """How often expired refresh tokens are deleted."""


class AdminSettings(DatabaseSettings, PasswordSettings):
    """The command that makes an administrator."""
