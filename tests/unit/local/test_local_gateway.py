"""Where Caddy comes from: the wheel, the search path, else Docker, else a line that says so."""

from pathlib import Path

import pytest
from fotograma_local.gateway import (
    SITES,
    CaddyMissing,
    Gateway,
    GatewayAddresses,
    GatewayContainer,
    GatewayPorts,
    Upstreams,
    gateway_server,
)

_CADDY = "#!/bin/sh\necho '{version} h1:abc='\n"
_DOCKER = '#!/bin/sh\necho "$@" >> "{journal}"\nexit {status}\n'
_ADDRESSES = GatewayAddresses("http", GatewayPorts(8080, 8081, 8082, 8083, 8084))


@pytest.fixture
def bare_system(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine without a wheel; its search path is a folder that a test puts programs into."""
    programs = tmp_path / "programs"
    programs.mkdir()
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    monkeypatch.setattr("sys.executable", str(tmp_path / "venv" / "bin" / "python"))
    return programs


def install(program: Path, text: str) -> None:
    program.parent.mkdir(parents=True, exist_ok=True)
    program.write_text(text)
    program.chmod(0o755)


def choose(folder: Path) -> Gateway:
    here = dict.fromkeys(("auth_api", "video_api", "notify_api", "s3", "aws"), "127.0.0.1:9")
    return gateway_server(
        folder / "gateway",
        addresses=_ADDRESSES,
        upstreams=Upstreams(bucket="fotograma", aws_key="a secret", **here),
        links={},
        log=folder / "log",
    )


def test_gateway_takes_caddy_of_the_wheel_first(bare_system: Path, tmp_path: Path) -> None:
    wheel = tmp_path / "venv" / "bin" / "caddy"
    install(wheel, _CADDY.format(version="v2.11.7"))
    install(bare_system / "caddy", _CADDY.format(version="v2.99.0"))
    assert choose(tmp_path).process.program.command[0] == str(wheel)


@pytest.mark.parametrize("version", ["v2.11.0", "2.12.1", "v3.0.0"])
def test_gateway_takes_caddy_of_the_search_path(
    bare_system: Path, tmp_path: Path, version: str
) -> None:
    install(bare_system / "caddy", _CADDY.format(version=version))
    assert choose(tmp_path).process.program.command[0] == str(bare_system / "caddy")


def test_gateway_runs_in_a_container_where_caddy_is_too_old(
    bare_system: Path, tmp_path: Path
) -> None:
    journal = bare_system / "journal"
    install(bare_system / "docker", _DOCKER.format(journal=journal, status=0))
    install(bare_system / "caddy", _CADDY.format(version="2.6.2"))
    server = choose(tmp_path)
    assert isinstance(server, GatewayContainer)
    command = " ".join(server.process.program.command)
    assert "--network host" in command
    assert f"--volume {SITES}:{SITES}:ro" in command
    assert "--env AWS_KEY" in command
    assert "a secret" not in command
    server.prepare()
    server.kill()
    name = "fotograma-gateway-8080"
    assert journal.read_text().splitlines() == ["version", f"rm --force {name}", f"kill {name}"]


@pytest.mark.parametrize("version", [None, "2.6.2", "no version"])
@pytest.mark.parametrize("docker", ["missing", "no engine"])
def test_gateway_says_what_to_install(
    bare_system: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    docker: str,
    version: str | None,
) -> None:
    monkeypatch.setenv("PATH", str(bare_system))
    if version:
        install(bare_system / "caddy", _CADDY.format(version=version))
    if docker == "no engine":
        install(bare_system / "docker", _DOCKER.format(journal=bare_system / "journal", status=1))
    with pytest.raises(CaddyMissing, match=r"Caddy 2.11 is needed .* or start Docker"):
        choose(tmp_path)
