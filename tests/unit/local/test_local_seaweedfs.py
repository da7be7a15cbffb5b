"""Where SeaweedFS comes from: the wheel, the search path, else Docker, else a line that says so."""

from pathlib import Path

import pytest
from fotograma_local.ports import free_ports
from fotograma_local.s3_users import PROVISION, S3User, identities
from fotograma_local.seaweedfs import (
    SeaweedFS,
    SeaweedFSContainer,
    SeaweedFSMissing,
    SeaweedFSPorts,
    seaweedfs_server,
)

_USER = S3User(PROVISION, "a secret", ("Admin",))
_WEED = "#!/bin/sh\necho 'version 8000GB {version} pypi linux arm64'\n"
_DOCKER = '#!/bin/sh\necho "$@" >> "{journal}"\nexit {status}\n'


@pytest.fixture
def bare_system(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine without a wheel; its search path is a folder that a test puts programs into."""
    programs = tmp_path / "programs"
    programs.mkdir()
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    monkeypatch.setattr("sys.executable", str(tmp_path / "venv" / "bin" / "python"))
    return programs


def _install(program: Path, text: str) -> None:
    program.write_text(text)
    program.chmod(0o755)


def _install_docker(programs: Path, *, status: int) -> Path:
    journal = programs / "journal"
    _install(programs / "docker", _DOCKER.format(journal=journal, status=status))
    return journal


def _choose(folder: Path) -> SeaweedFS | SeaweedFSContainer:
    ports = SeaweedFSPorts(*free_ports(8))
    return seaweedfs_server(folder / "data", ports=ports, users=[_USER], log=folder / "log")


def test_the_wheel_s_is_taken_first(bare_system: Path, tmp_path: Path) -> None:
    of_wheel = tmp_path / "venv" / "bin" / "weed"
    of_wheel.parent.mkdir(parents=True)
    of_wheel.touch(mode=0o755)
    _install(bare_system / "weed", _WEED.format(version="4.99"))
    assert _choose(tmp_path).process.program.command[0] == str(of_wheel)


@pytest.mark.parametrize("version", ["4.26", "4.48", "5.0"])
def test_one_in_the_search_path_stands_in(bare_system: Path, tmp_path: Path, version: str) -> None:
    _install(bare_system / "weed", _WEED.format(version=version))
    server = _choose(tmp_path)
    assert isinstance(server, SeaweedFS)
    assert server.process.program.command[0] == str(bare_system / "weed")


def test_docker_stands_in(bare_system: Path, tmp_path: Path) -> None:
    journal = _install_docker(bare_system, status=0)
    _install(bare_system / "weed", _WEED.format(version="4.25"))  # which lets strangers in
    server = _choose(tmp_path)
    assert isinstance(server, SeaweedFSContainer)
    command = " ".join(server.process.program.command)
    port = server.address.endpoint_url.rpartition(":")[2]
    assert f"--publish 127.0.0.1:{port}:8333" in command
    keys = [value for name, value in server.process.program.environment.items() if "JWT" in name]
    assert not any(secret in command for secret in ("a secret", *keys))
    server.prepare()
    assert (tmp_path / "data" / "s3.json").read_text() == identities([_USER])
    server.kill()
    name = f"fotograma-s3-{port}"
    assert journal.read_text().splitlines() == ["version", f"rm --force {name}", f"kill {name}"]


@pytest.mark.parametrize("version", [None, "4.02", "no version"])
@pytest.mark.parametrize("docker", ["missing", "no engine"])
def test_without_any_it_says_what_to_install(
    bare_system: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    docker: str,
    version: str | None,
) -> None:
    monkeypatch.setenv("PATH", str(bare_system))
    if version:
        _install(bare_system / "weed", _WEED.format(version=version))
    if docker == "no engine":
        _install_docker(bare_system, status=1)
    with pytest.raises(SeaweedFSMissing, match=r"weed, 4.26 or newer, .* or start Docker"):
        _choose(tmp_path)
