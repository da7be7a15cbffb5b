"""The settings of auth's processes, from their environment."""

from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated

from fotograma_kit.settings import (
    BrokerSettings,
    DatabaseSettings,
    OriginSettings,
    RateSettings,
    Settings,
    TelemetrySettings,
    TokenClaimSettings,
)
from pydantic import Field, HttpUrl, StringConstraints

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


class LinkSettings(Settings):
    """How long mailed links are valid, and how many go to an unverified address."""

    auth_verification_link_seconds: int = Field(default=24 * 3600, ge=60)
    auth_reset_link_seconds: int = Field(default=3600, ge=60)
    auth_unverified_links_per_hour: int = Field(default=3, ge=1)
    """Links, of every purpose together, to an unverified address within an hour of the first. It
    may be a stranger's."""
    auth_unverified_links_per_day: int = Field(default=6, ge=1)
    """The same within a day of the first."""
    auth_link_pause_seconds: int = Field(default=10 * 60, ge=0)
    """How long a link to choose another password is the last that goes to a verified address,
    whoever asks again. No answer says so."""


class LimitSettings(Settings):
    """Limits on guessing, counted in PostgreSQL: they hold for all replicas together."""

    auth_login_free_attempts: int = Field(default=10, ge=1)
    """Wrong passwords at an account before one has to wait."""
    auth_login_first_delay_seconds: float = Field(default=1.0, gt=0)
    """The first wait; each further wrong password doubles it."""
    auth_login_longest_delay_seconds: float = Field(default=300.0, gt=0)
    """The longest wait. Strangers wait for each other; who has been in the account does not: in a
    browser or network that has logged in, and in a session."""
    auth_login_forget_seconds: float = Field(default=3600.0, gt=0)
    """Without any attempt, wrong passwords are forgotten after this."""
    auth_address_attempts: int = Field(default=300, ge=1)
    """Failed logins, registrations, mails and used links from one network address (IPv6: /64)
    within the window."""
    auth_address_window_seconds: float = Field(default=300.0, gt=0)
    auth_mails_per_address: int = Field(default=5, ge=1)
    """Links that users, logged in, may have sent to one e-mail address within an hour."""
    auth_trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    """Networks (a JSON list) whose `X-Forwarded-For` is believed. Empty: the connection's own
    address counts."""


class PageSettings(Settings):
    """The page, whose sessions are held by a cookie."""

    public_url: HttpUrl | None = None
    """Where users find the product. Only pages of this origin may hold a session by a cookie;
    unset: none may."""


class ApiSettings(
    DatabaseSettings,
    TokenClaimSettings,
    TelemetrySettings,
    OriginSettings,
    RateSettings,
    PageSettings,
    KeySettings,
    PasswordSettings,
    LinkSettings,
    LimitSettings,
):
    """The HTTP process."""

    auth_registration_open: bool = True
    """Whether anybody may open an account."""
    auth_require_verified_email: bool = False
    """Whether an account is of no use before its user has opened the link that is mailed to them.
    On in production."""
    auth_api_keys_per_user: int = Field(default=20, ge=1)
    auth_api_key_days: int = Field(default=365, ge=1, le=3650)
    """How long an API key lives whose maker does not say it."""
    auth_recent_login_seconds: int = Field(default=10 * 60, ge=0)
    """How long after a login an API key may be made without saying the password again (ASVS
    7.5.1); 0: never. Another address or password and the end of an account always need it."""

    auth_access_token_seconds: int = Field(default=15 * 60, ge=60)
    """A revoked session's last access token lives this long at most."""
    auth_refresh_token_seconds: int = Field(default=30 * 24 * 3600, ge=3600)
    """How long a session lasts without a refresh."""
    auth_session_seconds: int = Field(default=90 * 24 * 3600, ge=3600)
    """How long a session lasts at all, from its login (ASVS 7.3.2)."""
    auth_device_seconds: int = Field(default=365 * 24 * 3600, ge=3600)
    """How long a browser is known in which a user has logged in."""
    auth_refresh_grace_seconds: float = Field(default=10.0, ge=0)
    """How long after its use a refresh token may be used again that the release before this one
    exchanged, whose successor is therefore not known. Others may until their successor was used."""
    auth_service_clients: dict[str, Sha256Hex] = Field(default_factory=dict, repr=False)
    """Services that may ask for a token: client id to the SHA-256 (hex) of a random secret."""


class BackgroundSettings(DatabaseSettings, BrokerSettings, TelemetrySettings, LinkSettings):
    """The process that publishes events, makes links and tidies up."""

    auth_postman_seconds: float = Field(default=1.0, gt=0)
    """How often requests for links are answered."""
    auth_verification_sync_seconds: float = Field(default=60.0, gt=0)
    """How often users are published whose verification the release before did not publish."""
    auth_verification_sync_users: int = Field(default=1000, ge=1)
    """How many users are published at a time: other messages wait behind these."""
    auth_verification_sync_wait_seconds: float = Field(default=600.0, ge=0)
    """How long it waits after its start. Replicas of other services that a release replaces would
    not store `verified`; they have ended by then."""
    auth_janitor_seconds: float = Field(default=3600.0, gt=0)
    """How often expired rows are deleted."""
    auth_audit_days: int = Field(default=365, ge=1)
    """How long the audit trail is kept."""


class AdminSettings(DatabaseSettings, PasswordSettings):
    """The commands about administrators."""
