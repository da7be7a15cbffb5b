"""Every service understands the environment that the embedded stack gives it."""

import json
import os
from pathlib import Path

import pytest
from fotograma_auth.settings import ApiSettings, BackgroundSettings
from fotograma_local.aws import Aws
from fotograma_local.gateway import GatewayAddresses, GatewayPorts
from fotograma_local.postgres import Postgres
from fotograma_local.rabbitmq import RabbitMQ
from fotograma_local.s3_users import s3_users
from fotograma_local.seaweedfs import ObjectStore
from fotograma_local.secrets import Secrets
from fotograma_local.services import (
    BUCKET,
    FEEDBACK_QUEUE,
    MAIL_QUEUE,
    Deployment,
    Service,
    process_names,
)
from fotograma_notify.settings import NotifySettings
from fotograma_video.settings import VideoSettings
from fotograma_worker.settings import WorkerSettings

_HOST = "127.0.0.1"


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    secrets = Secrets.in_folder(tmp_path / "secrets")
    return Deployment(
        postgres=Postgres(_HOST, 1, "p@ss/word"),
        rabbitmq=RabbitMQ(_HOST, 2, 3, "fotograma", "p@ss/word"),
        aws=Aws(f"http://{_HOST}:4"),
        store=ObjectStore(f"http://{_HOST}:6", s3_users(secrets, BUCKET)),
        secrets=secrets,
        ports={"auth-api": 5},
        gateway=GatewayAddresses("http", GatewayPorts(8080, 8081, 8082, 8083, 8084)),
        queue_urls={MAIL_QUEUE: "http://queue/mail", FEEDBACK_QUEUE: "http://queue/feedback"},
        overrides={
            "*": {"LOG_LEVEL": "ERROR"},
            "worker": {"WORKER_SEGMENT_SLOTS": "2", "LOG_LEVEL": "DEBUG"},
            "worker-2": {"WORKER_SEGMENT_SLOTS": "3"},
        },
    )


@pytest.fixture
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in os.environ:
        monkeypatch.delenv(name)
    return monkeypatch


@pytest.mark.parametrize(
    ("process", "settings"),
    [
        ("auth-api", ApiSettings),
        ("auth-background", BackgroundSettings),
        ("video-api", VideoSettings),
        ("video-background", VideoSettings),
        ("notify-api", NotifySettings),
        ("notify-background", NotifySettings),
        ("worker-1", WorkerSettings),
    ],
)
def test_settings_are_complete(
    deployment: Deployment,
    bare_environment: pytest.MonkeyPatch,
    process: str,
    settings: type[ApiSettings],
) -> None:
    for name, value in deployment.environment(process).items():
        bare_environment.setenv(name, value)
    settings()


def test_each_service_has_its_own_database(deployment: Deployment) -> None:
    auth, video = deployment.database_url("auth"), deployment.database_url("video")
    assert auth.startswith("postgresql+asyncpg://auth:")
    assert auth.endswith("@127.0.0.1:1/auth")
    assert deployment.database_password("auth") not in video
    for process in ("notify-api", "notify-background", "worker-1"):
        assert "DATABASE_URL" not in deployment.environment(process)


def test_only_who_uses_the_object_store_has_keys_of_it(deployment: Deployment) -> None:
    secrets = deployment.secrets
    keys = {name: secrets.password(f"{name}-s3") for name in ("provision", "video", "worker")}
    for process in ("auth-api", "video-api", "video-background", "notify-background", "worker-1"):
        given = set(deployment.environment(process).values()) & set(keys.values())
        service = process.split("-")[0]
        assert given == ({keys[service]} if service in keys else set())


def test_auth_knows_the_services_by_digests_only(deployment: Deployment) -> None:
    clients = json.loads(deployment.environment("auth-api")["AUTH_SERVICE_CLIENTS"])
    assert clients == {"notify": deployment.secrets.password_sha256("notify-client")}


def test_passwords_fit_into_urls(deployment: Deployment) -> None:
    assert deployment.postgres.url("x").startswith("postgresql+asyncpg://postgres:p%40ss%2Fword@")
    assert deployment.rabbitmq.url("a/b") == "amqp://fotograma:p%40ss%2Fword@127.0.0.1:2/a%2Fb"


def test_nearest_override_wins(deployment: Deployment) -> None:
    def told(process: str) -> tuple[str, str | None]:
        environment = deployment.environment(process)
        return environment["LOG_LEVEL"], environment.get("WORKER_SEGMENT_SLOTS")

    assert told("auth-api") == ("ERROR", None)
    assert told("worker-1") == ("DEBUG", "2")
    assert told("worker-2") == ("DEBUG", "3")


def test_every_process_has_a_factory(tmp_path: Path) -> None:
    names = process_names(workers=2)
    assert len(set(names)) == 8
    for name in names:
        command = Service(
            name, port=1, environment={}, log=tmp_path / "log"
        ).process.program.command
        assert f"fotograma_{name.split('-')[0]}.main:" in " ".join(command)
