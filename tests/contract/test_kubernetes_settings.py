"""What the overlays of deploy/k8s tell each process is what it reads, and all it needs."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fixtures.kubernetes import OVERLAYS, SECRETS, Object, Overlay, main, overlay, pod
from fixtures.settings import PROCESSES, READ_BY_LIBRARIES
from fotograma_kit.settings import SECRETS_DIR, Settings

NAMES = {"broker-topology": "topology"}
"""Processes that docker-compose.yml calls otherwise."""

STAND_INS = {
    "database_url": "postgresql+asyncpg://user:secret@host/database",
    "rabbitmq_url": "amqp://user:secret@host/",
    "video_url_signing_keys": '["00000000000000000000000000000000"]',
}
"""For secrets that are not in Git."""


def ours(of: Overlay) -> Iterator[Object]:
    """What runs a program of ours that reads settings."""
    for workload in of.workloads():
        if SECRETS_DIR in of.environment(main(workload)):
            yield workload


CASES = [
    pytest.param(name, workload["metadata"]["name"], id=f"{name}-{workload['metadata']['name']}")
    for name in OVERLAYS
    for workload in ours(overlay(name))
]


def settings_of(process: str) -> type[Settings]:
    return PROCESSES[NAMES.get(process, process)]


def found(name: str, process: str) -> tuple[Object, dict[str, str]]:
    of = overlay(name)
    (workload,) = (each for each in of.workloads() if each["metadata"]["name"] == process)
    return workload, of.environment(main(workload))


def put_in_others(workload: Object) -> set[str]:
    """Variables that are there to be part of others: Kubernetes reads them."""
    values = (variable.get("value", "") for variable in main(workload)["env"])
    return {name for value in values for name in re.findall(r"\$\((\w+)\)", value)}


def secrets(of: Overlay, workload: Object) -> dict[str, str]:
    """The files below SECRETS_DIR, as the pod mounts them; production's hold stand-ins."""
    (mount,) = (m for m in main(workload)["volumeMounts"] if m["mountPath"] == SECRETS)
    (volume,) = (v for v in pod(workload)["volumes"] if v["name"] == mount["name"])
    secret = of.by_name.get(("Secret", volume["secret"]["secretName"]), {"data": {}})
    return {
        item["path"]: secret["data"].get(item["key"], STAND_INS.get(item["path"], "secret"))
        for item in volume["secret"]["items"]
    }


@pytest.mark.parametrize("name", OVERLAYS)
def test_kubernetes_runs_every_process(name: str) -> None:
    processes = {each["metadata"]["name"] for each in ours(overlay(name))}
    assert {NAMES.get(process, process) for process in processes} == set(PROCESSES)


@pytest.mark.parametrize(("name", "process"), CASES)
def test_kubernetes_variables_are_read_by_their_process(name: str, process: str) -> None:
    fields = {field.upper() for field in settings_of(process).model_fields}
    workload, environment = found(name, process)
    assert set(environment) - READ_BY_LIBRARIES - put_in_others(workload) <= fields


@pytest.mark.parametrize(("name", "process"), CASES)
def test_kubernetes_secrets_are_read_by_their_process(name: str, process: str) -> None:
    workload, _ = found(name, process)
    beside = {"admin/username", "admin/password"} if process == "broker-topology" else set()
    assert set(secrets(overlay(name), workload)) - beside <= set(settings_of(process).model_fields)


@pytest.mark.parametrize(("name", "process"), CASES)
def test_kubernetes_gives_every_required_setting(
    name: str, process: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workload, environment = found(name, process)
    for field in settings_of(process).model_fields:
        monkeypatch.delenv(field.upper(), raising=False)
    for variable, value in environment.items():
        monkeypatch.setenv(variable, value)
    assert environment[SECRETS_DIR] == SECRETS
    monkeypatch.setenv(SECRETS_DIR, str(tmp_path))
    for path, value in secrets(overlay(name), workload).items():
        if "/" not in path:
            (tmp_path / path).write_text(value)
    settings_of(process)()


@pytest.mark.parametrize("name", OVERLAYS)
def test_containers_waiting_for_migrations_read_what_they_get(name: str) -> None:
    of = overlay(name)
    for workload in of.of("Deployment"):
        for container in pod(workload).get("initContainers", []):
            if container["name"] == "wait-for-migrations":
                given = of.environment(container)
                assert given.pop(SECRETS_DIR) == SECRETS
                assert set(given) <= {"PGSSLMODE", "PGSSLROOTCERT"}
                assert "database_url" in secrets(of, workload)


def test_production_settings_are_strict() -> None:
    _, worker = found("prod", "worker")
    assert worker["SANDBOX"] == "required"
    _, auth = found("prod", "auth-api")
    assert auth["AUTH_REQUIRE_VERIFIED_EMAIL"] == "true"
    for process in PROCESSES:
        _, environment = found("prod", {"topology": "broker-topology"}.get(process, process))
        assert not {name for name in environment if name.endswith("ENDPOINT_URL")}
        assert "AWS_SHARED_CREDENTIALS_FILE" not in environment


def test_provision_script_is_that_of_compose() -> None:
    of = overlay("local")
    script = of.by_name["ConfigMap", "provision"]["data"]["provision.py"]
    needed = set(re.findall(r'os\.environ\["(\w+)"\]', script))
    assert needed
    assert needed <= set(of.environment(main(of.by_name["Job", "provision"])))
