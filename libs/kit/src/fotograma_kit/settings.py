"""Settings fragments. A service composes the ones it needs into one frozen class of its own.

Names are flat: the field `database_url` is the environment variable `DATABASE_URL`. Nothing is
read at import: an app is built from settings that were built before. Secrets have no defaults.
"""

import os
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SecretsSettingsSource,
    SettingsConfigDict,
)

SECRETS_DIR = "SECRETS_DIR"
"""Names a folder with a file for each setting that the environment does not give, called like the
field: `database_url`. An environment can be read by `docker inspect` and by every child."""


class Settings(BaseSettings):
    """The base of every fragment."""

    model_config = SettingsConfigDict(
        frozen=True, extra="ignore", env_ignore_empty=True, hide_input_in_errors=True
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - there are no .env files here
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - its folder is fixed
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, then the environment, then the folder of secrets if one is named."""
        folder = os.environ.get(SECRETS_DIR)
        files = (SecretsSettingsSource(settings_cls, folder),) if folder else ()
        return (init_settings, env_settings, *files)


class TelemetrySettings(Settings):
    """Logs, traces, and whom a process answers."""

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["json", "console"] = "json"
    otel_exporter_otlp_endpoint: str | None = None
    """Base URL of an OTLP/HTTP collector; without one no trace leaves the process."""
    allowed_hosts: tuple[str, ...] = ()
    """JSON list of the hosts that requests may be for (`["localhost"]`). Empty: any. For where a
    browser on the same machine reaches a process."""
    api_documentation: bool = False
    """Whether an API serves its OpenAPI document and a page of it. Off in production."""


class OriginSettings(Settings):
    """Whose pages may call an API."""

    allowed_origins: tuple[str, ...] = ()
    """JSON list of other origins (`["https://app.example.com"]`) whose pages may. Empty: only a
    page that comes from the API's own address, which a browser does not ask permission for."""


class RateSettings(Settings):
    """How fast an API takes requests, and their bodies."""

    rate_user_per_second: float = Field(default=100.0, gt=0)
    """Requests of one user, with all API keys, in the long run."""
    rate_user_burst: int = Field(default=2_000, ge=1)
    """Requests of one user at once, after a pause."""
    rate_network_per_second: float = Field(default=400.0, gt=0)
    """Requests from one network address (IPv6: /64) in the long run, with or without a token."""
    rate_network_burst: int = Field(default=8_000, ge=1)
    """The same at once, after a pause."""
    rate_reconcile_seconds: float = Field(default=1.0, ge=1.0)
    """How often a process learns what was sent to the others."""
    refusals_per_second: float = Field(default=100.0, gt=0)
    """How many requests that need not be looked at are answered so; the others wait in line."""
    body_grace_seconds: float = Field(default=10.0, gt=0)
    """How long a request's body may keep the API waiting, in all, before it is too slow."""
    body_bytes_per_second: int = Field(default=4_096, ge=1)
    """The slowest body: each so many bytes that have come give it a second more."""


class DatabaseSettings(Settings):
    """PostgreSQL."""

    database_url: SecretStr
    """`postgresql+asyncpg://user:password@host:port/database`."""
    database_pool_size: int = Field(default=15, ge=1)
    """Connections that a process keeps, once it has needed them."""
    database_pool_overflow: int = Field(default=0, ge=0)
    """Connections beside them, each closed after its use. To open one costs more than a request."""
    database_connect_seconds: float = Field(default=5.0, gt=0)
    """How long a connection attempt, or waiting for a pooled connection, may take."""
    database_statement_seconds: float = Field(default=30.0, gt=0)
    """How long one statement may take."""


class MigrationSettings(DatabaseSettings):
    """Migrating a service's database, as its owner."""

    database_rows_url: SecretStr | None = None
    """Whom the service's processes connect as, where it is another than the owner: made where there
    is none, and given rights on rows."""


class BrokerSettings(Settings):
    """RabbitMQ."""

    rabbitmq_url: SecretStr
    """`amqp://user:password@host:port/vhost`."""
    rabbitmq_connect_seconds: float = Field(default=5.0, gt=0)
    rabbitmq_publish_seconds: float = Field(default=10.0, gt=0)
    """How long a publish may wait for its confirm, a lost connection's return included."""
    rabbitmq_heartbeat_seconds: int = Field(default=20, ge=5)
    rabbitmq_declare: bool = True
    """Whether every process declares exchanges and queues. Off where its user may not:
    `python -m fotograma_kit.broker` does it then, with one that may."""
    rabbitmq_sender_required: bool = False
    """Whether a message must say which RabbitMQ user sent it, which RabbitMQ checks. The release
    before this one does not say it: on once nothing of it is left, in processes and in queues."""
    retry_delays_seconds: tuple[float, ...] = Field(default=(5.0, 30.0, 120.0), min_length=1)
    """Delays of the retry queues; the last one repeats."""
    retry_attempts: int = Field(default=5, ge=1)
    """How often a message is handled before it is dead-lettered."""
    drain_seconds: float = Field(default=25.0, gt=0)
    """How long running handlers may take to finish after SIGTERM; then they are handed back."""


class AwsSettings(Settings):
    """What every AWS client needs. Credentials come from boto3's own chain."""

    aws_region: str = "us-east-1"
    aws_connect_seconds: float = Field(default=3.0, gt=0)
    aws_read_seconds: float = Field(default=30.0, gt=0)
    aws_threads: int = Field(default=16, ge=1)
    """Calls to one AWS service that may run at once."""


class ObjectStoreSettings(AwsSettings):
    """S3."""

    s3_bucket: str
    s3_endpoint_url: str | None = None
    """Where the service itself reaches S3; unset on AWS."""


class TokenClaimSettings(Settings):
    """What access tokens claim."""

    jwt_issuer: str = "fotograma"
    jwt_audience: str = "fotograma"
    tokens_remembered: int = Field(default=10_000, ge=0)
    """Verified access tokens that a process need not verify again, some 600 bytes each."""


class TokenSettings(TokenClaimSettings):
    """How access tokens are verified."""

    jwks_url: str
    """Where auth publishes its keys."""
    jwks_lifespan_seconds: float = Field(default=300.0, gt=0)
    """How long fetched keys are used before they are fetched again."""
