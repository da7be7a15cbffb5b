"""Where RabbitMQ comes from: the system, else Docker, else a line that says what to install."""

from pathlib import Path

import pytest
from fotograma_local import rabbitmq
from fotograma_local.ports import free_ports
from fotograma_local.rabbitmq import (
    RabbitMQContainer,
    RabbitMQMissing,
    RabbitMQPorts,
    RabbitMQServer,
    rabbitmq_server,
)

_DOCKER = """#!/bin/sh
echo "$@" >> "{journal}"
exit {status}
"""


@pytest.fixture
def bare_system(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """No RabbitMQ, and a search path that only finds what a test puts into this folder."""
    programs = tmp_path / "programs"
    programs.mkdir()
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    monkeypatch.setattr(rabbitmq, "_SERVERS", ())
    monkeypatch.setattr("shutil.which", lambda name: _found(programs / name))
    return programs


def _found(program: Path) -> str | None:
    return str(program) if program.exists() else None


def _install_docker(programs: Path, *, status: int) -> Path:
    journal = programs / "journal"
    (programs / "docker").write_text(_DOCKER.format(journal=journal, status=status))
    (programs / "docker").chmod(0o755)
    return journal


def _choose(folder: Path) -> RabbitMQServer | RabbitMQContainer:
    ports = RabbitMQPorts(*free_ports(4))
    return rabbitmq_server(folder, ports=ports, password="secret", log=folder / "log")


def test_rabbitmq_of_the_system_is_taken_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "rabbitmq-server").touch(mode=0o755)
    monkeypatch.setattr(rabbitmq, "_SERVERS", ("/nowhere", str(tmp_path / "rabbitmq-server")))
    server = _choose(tmp_path)
    assert isinstance(server, RabbitMQServer)
    assert server.process.program.command == (str(tmp_path / "rabbitmq-server"),)


def test_docker_stands_in(bare_system: Path, tmp_path: Path) -> None:
    journal = _install_docker(bare_system, status=0)
    server = _choose(tmp_path)
    assert isinstance(server, RabbitMQContainer)
    command = " ".join(server.process.program.command)
    assert f"--publish 127.0.0.1:{server.address.port}:5672" in command
    assert f"--publish 127.0.0.1:{server.address.management_port}:15672" in command
    assert "secret" not in command
    server.prepare()
    server.kill()
    name = f"fotograma-rabbitmq-{server.address.port}"
    assert journal.read_text().splitlines() == ["version", f"rm --force {name}", f"kill {name}"]


@pytest.mark.parametrize("docker", ["missing", "no engine"])
def test_without_either_it_says_what_to_install(
    bare_system: Path, tmp_path: Path, docker: str
) -> None:
    if docker == "no engine":
        _install_docker(bare_system, status=1)
    with pytest.raises(RabbitMQMissing, match="install the package rabbitmq-server"):
        _choose(tmp_path)
