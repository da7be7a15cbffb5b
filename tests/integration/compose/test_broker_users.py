"""The Job that makes RabbitMQ's users in Kubernetes, on a real RabbitMQ."""

import json
import urllib.error
from collections.abc import Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from urllib.parse import urlsplit

import aiormq
import pytest
from aiormq.exceptions import ProbableAuthenticationError
from fixtures.compose import DEPLOY
from fixtures.kubernetes import K8S
from fotograma_local.rabbitmq import RabbitMQ


@pytest.fixture
def vhost(rabbitmq_url: str) -> str:
    return urlsplit(rabbitmq_url).path[1:]


@pytest.fixture
def job(
    tmp_path: Path, rabbitmq: RabbitMQ, vhost: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ModuleType]:
    """Its program, with what the pod mounts; users and virtual host are the test's own."""
    spec = spec_from_file_location("broker_users", K8S / "base" / "broker" / "users.py")
    assert spec is not None
    assert spec.loader is not None
    program = module_from_spec(spec)
    spec.loader.exec_module(program)

    document = json.loads((DEPLOY / "rabbitmq" / "definitions.json").read_text())
    users = [user["name"] for user in document["users"]]
    text = json.dumps(document | {"vhosts": [{"name": vhost}]})
    for user in users:
        text = text.replace(f'"{user}"', f'"{user}-{vhost}"')
    (tmp_path / "definitions.json").write_text(text.replace('"vhost": "/"', f'"vhost": "{vhost}"'))
    for folder in ("passwords", "admin"):
        (tmp_path / folder).mkdir()
    for user in users:
        if user != "admin":
            (tmp_path / "passwords" / f"{user}-{vhost}").write_text("first")
    (tmp_path / "admin" / "username").write_text(rabbitmq.user)
    (tmp_path / "admin" / "password").write_text(rabbitmq.password)
    monkeypatch.setattr(program, "DEFINITIONS", tmp_path / "definitions.json")
    monkeypatch.setattr(program, "PASSWORDS", tmp_path / "passwords")
    monkeypatch.setattr(program, "ADMIN", tmp_path / "admin")
    monkeypatch.setattr(program, "API", f"{rabbitmq.management_url}/api/definitions")
    yield program
    for user in rabbitmq.request("GET", "users"):
        if user["name"].endswith(f"-{vhost}"):
            rabbitmq.request("DELETE", f"users/{user['name']}")


async def log_in(rabbitmq: RabbitMQ, user: str, password: str, vhost: str) -> None:
    # Not by aio-pika, whose connections want a running loop when they are collected unopened.
    url = f"amqp://{user}:{password}@{rabbitmq.host}:{rabbitmq.port}/{vhost}"
    connection = await aiormq.connect(url)
    await connection.close()


async def test_broker_users_have_the_permissions_of_compose(
    job: ModuleType, rabbitmq: RabbitMQ, vhost: str
) -> None:
    job.main()
    made = {user["name"] for user in rabbitmq.request("GET", "users")}
    services = {f"{service}-{vhost}" for service in ("auth", "video", "notify", "worker")}
    assert services <= made
    assert f"admin-{vhost}" not in made
    (permission,) = rabbitmq.request("GET", f"users/worker-{vhost}/permissions")
    wanted = json.loads((DEPLOY / "rabbitmq" / "definitions.json").read_text())["permissions"]
    (of_worker,) = (entry for entry in wanted if entry["user"] == "worker")
    for action in ("configure", "write", "read"):
        assert permission[action] == of_worker[action]
    await log_in(rabbitmq, f"worker-{vhost}", "first", vhost)


async def test_broker_users_take_a_changed_password(
    job: ModuleType, rabbitmq: RabbitMQ, vhost: str
) -> None:
    job.main()
    (job.PASSWORDS / f"video-{vhost}").write_text("second")
    job.main()
    await log_in(rabbitmq, f"video-{vhost}", "second", vhost)
    with pytest.raises(ProbableAuthenticationError):
        await log_in(rabbitmq, f"video-{vhost}", "first", vhost)


def test_broker_users_job_fails_when_refused(job: ModuleType) -> None:
    (job.ADMIN / "password").write_text("wrong")
    with pytest.raises(urllib.error.HTTPError):
        job.main()
