"""Fotograma's processes: how each is started, and what its environment says."""

import json
import sys
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path

from fotograma_local.aws import Aws
from fotograma_local.gateway import UPSTREAM_SOURCE, GatewayAddresses, Upstreams
from fotograma_local.ports import HOST
from fotograma_local.postgres import Postgres
from fotograma_local.processes import Process, Program, Server
from fotograma_local.rabbitmq import RabbitMQ
from fotograma_local.s3_users import VIDEO, WORKER
from fotograma_local.seaweedfs import ObjectStore
from fotograma_local.secrets import Secrets

DATABASES = ("auth", "video")
BUCKET = "fotograma"
TABLE = "fotograma-notify"
MAIL_QUEUE = "fotograma-mail"
FEEDBACK_QUEUE = "fotograma-feedback"
SENDER = "Fotograma <no-reply@fotograma.localhost>"
NOTIFY_CLIENT = "notify"
"""The id notify may ask auth for a service token with."""

READY_SECONDS = 60.0
"""Two busy cores start ten Python processes within half of it."""
_DRAIN_SECONDS = 10
_STOP_SECONDS = 15.0
"""Longer than a process takes to drain, so that it is not killed at its work."""
_REQUEST_SECONDS = 5.0

_FACTORIES = {
    "auth-api": "fotograma_auth.main:api",
    "auth-background": "fotograma_auth.main:background",
    "video-api": "fotograma_video.main:api",
    "video-background": "fotograma_video.main:background",
    "notify-api": "fotograma_notify.main:api",
    "notify-background": "fotograma_notify.main:background",
}
_WORKER_FACTORY = "fotograma_worker.main:worker"

API_PROCESSES = {"/auth": "auth-api", "/video": "video-api", "/notify": "notify-api"}
"""Which process serves what below the gateway's root."""


def row_user(service: str) -> str:
    """PostgreSQL's user for the processes of a service with a database."""
    return f"{service}_rows"


def process_names(workers: int) -> list[str]:
    """The names of all processes, with this many workers."""
    return [*_FACTORIES, *(f"worker-{number}" for number in range(1, workers + 1))]


@dataclass(frozen=True)
class Deployment:
    """Everything the services' environments are made of."""

    postgres: Postgres
    rabbitmq: RabbitMQ
    aws: Aws
    store: ObjectStore
    secrets: Secrets
    ports: Mapping[str, int]
    """Of the services' processes, by name."""
    gateway: GatewayAddresses
    queue_urls: Mapping[str, str]
    """Of SQS, by name."""
    overrides: Mapping[str, Mapping[str, str]]
    """More environment: by process (`worker-1`), by service (`worker`), or for all (`*`)."""

    def database_url(self, service: str) -> str:
        """The database of `auth` or `video`, for its owner, who migrates it."""
        return self.postgres.url(service, service, self.database_password(service))

    def rows_url(self, service: str) -> str:
        """The same for the service's processes, which read and write rows."""
        return self.postgres.url(service, row_user(service), self.rows_password(service))

    def rows_password(self, service: str) -> str:
        """The password of that user."""
        return self.secrets.password(f"{service}-database-rows")

    def database_password(self, service: str) -> str:
        """The password of that owner."""
        return self.secrets.password(f"{service}-database")

    def environment(self, process: str) -> dict[str, str]:
        """All of one process's environment."""
        service = process.split("-", maxsplit=1)[0]
        by_service = {
            "auth": self._auth,
            "video": self._video,
            "notify": self._notify,
            "worker": self._worker,
        }
        environment = {
            "RABBITMQ_URL": self.rabbitmq.url(),
            "DRAIN_SECONDS": str(_DRAIN_SECONDS),
            "LOG_FORMAT": "json",
            "ALLOWED_HOSTS": json.dumps(["localhost", HOST]),
            "API_DOCUMENTATION": "true",
            **by_service[service](),
        }
        for name in ("*", service, process):
            environment.update(self.overrides.get(name, {}))
        return environment

    def _auth(self) -> dict[str, str]:
        return {
            "DATABASE_URL": self.rows_url("auth"),
            "AUTH_SIGNING_KEYS_DIR": str(self.secrets.signing_keys()),
            "AUTH_SERVICE_CLIENTS": json.dumps(
                {NOTIFY_CLIENT: self.secrets.password_sha256("notify-client")}
            ),
            "PUBLIC_URL": self.gateway.url,
        }

    def _video(self) -> dict[str, str]:
        return {
            **self.store.of(VIDEO).environment,
            "DATABASE_URL": self.rows_url("video"),
            "JWKS_URL": self._jwks_url,
            "S3_BUCKET": BUCKET,
            "S3_ENDPOINT_URL": self.store.endpoint_url,
            "S3_PUBLIC_ENDPOINT_URL": self.gateway.store_url,
            "VIDEO_URL_SIGNING_KEYS": json.dumps([self.secrets.password("video-urls")]),
        }

    def _notify(self) -> dict[str, str]:
        return {
            **self.aws.environment,
            "JWKS_URL": self._jwks_url,
            "PUBLIC_URL": self.gateway.url,
            "DYNAMODB_ENDPOINT_URL": self.aws.endpoint_url,
            "SQS_ENDPOINT_URL": self.aws.endpoint_url,
            "SES_ENDPOINT_URL": self.aws.endpoint_url,
            "NOTIFY_TABLE": TABLE,
            "NOTIFY_MAIL_QUEUE_URL": self.queue_urls[MAIL_QUEUE],
            "NOTIFY_FEEDBACK_QUEUE_URL": self.queue_urls[FEEDBACK_QUEUE],
            "NOTIFY_SENDER": SENDER,
            "NOTIFY_POLL_SECONDS": "1",  # polls are free here, and a stop waits for the last one
        }

    def _worker(self) -> dict[str, str]:
        return {
            **self.store.of(WORKER).environment,
            "S3_BUCKET": BUCKET,
            "S3_ENDPOINT_URL": self.store.endpoint_url,
        }

    def upstreams(self) -> Upstreams:
        """What the gateway forwards to."""
        auth, video, notify = (f"{HOST}:{self.ports[name]}" for name in API_PROCESSES.values())
        s3, aws = (each.endpoint_url.removeprefix("http://") for each in (self.store, self.aws))
        key = self.aws.secret_access_key
        return Upstreams(auth, video, notify, s3=s3, bucket=BUCKET, aws=aws, aws_key=key)

    @property
    def _jwks_url(self) -> str:
        return f"http://{HOST}:{self.ports['auth-api']}/auth/.well-known/jwks.json"


class Service(Server):
    """One process of Fotograma's own, served by uvicorn on a port of its own."""

    ready_seconds = READY_SECONDS

    def __init__(self, name: str, *, port: int, environment: Mapping[str, str], log: Path) -> None:
        self.url = f"http://{HOST}:{port}"
        super().__init__(
            Process(
                Program(
                    name,
                    (
                        *(sys.executable, "-m", "uvicorn", "--factory"),
                        _FACTORIES.get(name, _WORKER_FACTORY),
                        *("--host", HOST, "--port", str(port), "--no-server-header"),
                        *("--forwarded-allow-ips", UPSTREAM_SOURCE),
                        *("--timeout-graceful-shutdown", str(_DRAIN_SECONDS)),
                    ),
                    environment,
                    stop_seconds=_STOP_SECONDS,
                ),
                log,
            )
        )

    def is_ready(self) -> bool:
        """Whether it and all it depends on do their work."""
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(f"{self.url}/health/ready", timeout=_REQUEST_SECONDS) as answer:
                return bool(answer.status == 200)
        except (OSError, HTTPException):
            return False


def migration(service: str, environment: Mapping[str, str]) -> Program:
    """The command that brings a service's database to its newest shape."""
    return Program(
        f"{service}-migrate",
        (sys.executable, "-m", f"fotograma_{service}.cli", "migrate"),
        environment,
    )
