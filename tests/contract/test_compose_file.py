"""docker-compose.yml and the Dockerfile: hardened, apart from each other, and taken by Compose
without a warning."""

import hashlib
import re
import subprocess
import sys
from pathlib import Path

import pytest
from fixtures.compose import DEPLOY, FILE, ROOT, compose_file, services
from fixtures.images import image
from fotograma_local.gateway import SITES
from fotograma_web import STATIC

ONE_SHOTS = {
    "auth-migrate",
    "backup",
    "databases",
    "move-objects",
    "move-table",
    "provision",
    "secrets",
    "topology",
    "video-migrate",
}
NEEDED_CAPABILITIES = {
    "backup": {"CHOWN", "DAC_OVERRIDE", "FOWNER"},
    "gateway": {"NET_BIND_SERVICE"},
    "postgres": {"CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"},
    "s3": {"CHOWN", "SETGID", "SETUID"},
}
"""What reads and restores everybody's files, and entry points that begin as root and become
somebody else."""

PROFILES = sorted({name for each in services().values() for name in each.get("profiles", [])})
MOVED = ROOT / "deploy" / "compose" / "aws.yml"
QUICK = ROOT / "tests" / "compose" / "quick.yml"
DOCKERFILE = ROOT / "Dockerfile"
PAGE_DOCKERFILE = ROOT / "deploy" / "images" / "page" / "Dockerfile"
SERVICES = ("auth", "notify", "video", "worker")


def networks(name: str) -> set[str]:
    """The networks a service is in."""
    return set(services()[name].get("networks", []))


def neighbours(name: str) -> set[str]:
    """The services that share a network with this one, those of profiles left out."""
    return {
        other
        for other, service in services().items()
        if other != name and networks(other) & networks(name) and "profiles" not in service
    }


@pytest.mark.parametrize("name", services())
def test_compose_locks_down_every_container(name: str) -> None:
    service = services()[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert set(service.get("cap_add", [])) == NEEDED_CAPABILITIES.get(name, set())
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert re.fullmatch(r"\d+[mg]", service["mem_limit"])
    assert 0 < service["pids_limit"] <= 500
    assert service["restart"] == ("no" if name in ONE_SHOTS else "unless-stopped")
    assert service["logging"]["options"]["max-size"]


@pytest.mark.parametrize("name", services())
def test_compose_has_a_health_check_for_every_lasting_container(name: str) -> None:
    service = services()[name]
    check = service.get("healthcheck")
    if name in ONE_SHOTS or name == "debug":
        assert check == {"disable": True}
    else:
        assert "build" in service if check is None else check["test"]


def test_compose_waits_for_every_dependency() -> None:
    for name, service in services().items():
        for dependency, how in service.get("depends_on", {}).items():
            expected = (
                "service_completed_successfully" if dependency in ONE_SHOTS else "service_healthy"
            )
            assert how == {"condition": expected}, f"{name} on {dependency}"


def test_compose_publishes_the_gateway_only() -> None:
    published = {name for name, service in services().items() if "ports" in service}
    assert published == {"gateway", "grafana", "debug"}
    for name in published - {"gateway"}:
        assert services()[name]["profiles"]
        assert all(port.startswith("127.0.0.1:") for port in services()[name]["ports"])


def test_compose_makes_rabbitmq_anew_when_its_users_permissions_change() -> None:
    """By a label, since what a mounted file holds makes no difference to Compose."""
    definitions = (DEPLOY / "rabbitmq" / "definitions.json").read_bytes()
    expected = hashlib.sha256(definitions).hexdigest()[:16]
    assert services()["rabbitmq"]["labels"] == {"fotograma.definitions": expected}


def test_compose_lets_only_published_containers_leave_the_host() -> None:
    for name, network in compose_file()["networks"].items():
        assert network == ({} if name == "edge" else {"internal": True})
    outside = {name for name in services() if "edge" in networks(name)}
    assert outside == {"alertmanager", "gateway", "grafana", "debug"}


def test_compose_worker_reaches_rabbitmq_and_s3_only() -> None:
    assert neighbours("worker") == {"rabbitmq", "s3"}
    assert services()["worker"].get("network_mode") is None


def test_compose_containers_in_several_networks_listen_in_one() -> None:
    # They reach many parts, or the Internet, and listen in one network only.
    aliases = {
        "alertmanager": "alertmanager.observe",
        "debug": "debug.edge",
        "prometheus": "prometheus.observe",
    }
    for name, alias in aliases.items():
        service = services()[name]
        with_alias = [
            network
            for network, options in service["networks"].items()
            if options.get("aliases") == [alias]
        ]
        assert len(with_alias) == 1
        assert alias in " ".join(service["command"])


def test_compose_databases_are_reached_by_their_services_only() -> None:
    expected = {"auth-api", "auth-background", "auth-migrate", "databases"}
    expected |= {"video-api", "video-background", "video-migrate"}
    assert neighbours("postgres") >= expected
    in_network = {name for name in services() if "databases" in networks(name)}
    assert in_network == expected | {"postgres", "debug", "move-objects"}


def test_compose_builds_our_images_from_the_dockerfile() -> None:
    for service in services().values():
        if match := re.fullmatch(r"fotograma/([a-z]+):local", service["image"]):
            assert service["build"] == {"context": ".", "args": {"SERVICE": match[1]}}


@pytest.mark.parametrize("profile", ["", *PROFILES, "*"])
@pytest.mark.parametrize(
    "beside", [(), (MOVED,), (QUICK,)], ids=["alone", "on AWS", "as tests start it"]
)
def test_compose_takes_the_file_without_a_warning(profile: str, beside: tuple[Path, ...]) -> None:
    compose = Path(sys.executable).with_name("docker-compose")
    files = [argument for path in (FILE, *beside) for argument in ("--file", str(path))]
    # What a developer has set, in .env or around us, has no say.
    done = subprocess.run(
        [compose, "--env-file", "/dev/null", *files, "--profile", profile, "config", "--quiet"],
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_compose_file_interpolates_named_variables_only() -> None:
    # Every use gives its default, so that the file says all there is to set.
    assert not re.search(r"\$(?!\{[A-Z0-9_]+:?-)", FILE.read_text())


def test_compose_mounts_files_that_exist() -> None:
    for service in services().values():
        for volume in service.get("volumes", []):
            if volume.startswith("./"):
                source, _, mode = volume.split(":")
                assert (ROOT / source).exists(), source
                assert mode == "ro"


@pytest.mark.parametrize("dockerfile", [DOCKERFILE, PAGE_DOCKERFILE], ids=["services", "page"])
def test_dockerfile_passes_hadolint(dockerfile: Path) -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    done = subprocess.run(
        [hadolint, "--no-color", dockerfile],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def stages(path: Path = DOCKERFILE) -> dict[str, tuple[str, dict[str, str]]]:
    """A Dockerfile's stages by name: the base of each, and its instructions by their word."""
    found: dict[str, tuple[str, dict[str, str]]] = {}
    for word, rest in instructions(path):
        if word == "FROM":
            base, _, name = rest.partition(" AS ")
            current: dict[str, str] = {}
            found[name or "image"] = base, current
        elif found:
            current[word] = rest
    return found


def instructions(path: Path = DOCKERFILE) -> list[list[str]]:
    """A Dockerfile's instructions, continued lines joined: the word and the rest."""
    text = path.read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [line.split(maxsplit=1) for line in lines]


def test_dockerfile_hardens_every_image_alike() -> None:
    base, found = stages()["image"]
    assert base == "$SERVICE"
    assert found["USER"] == "10001:10001"
    assert "HEALTHCHECK" in found
    assert "org.opencontainers.image.title" in found["LABEL"]
    # scripts/compose-images builds without BuildKit too, which alone knows these.
    assert "--mount" not in DOCKERFILE.read_text()
    assert "--link" not in DOCKERFILE.read_text()


def test_page_image_is_hardened_and_serves_what_the_gateway_serves() -> None:
    base, found = stages(PAGE_DOCKERFILE)["image"]
    assert base == image("caddy")
    assert found["USER"] == stages()["image"][1]["USER"]
    assert "HEALTHCHECK" in found
    # A program that asks for a right does not start in a pod that drops them all.
    assert found["RUN"] == "cp /usr/bin/caddy /tmp/caddy && mv -f /tmp/caddy /usr/bin/caddy"
    copied = [rest.split()[0] for word, rest in instructions(PAGE_DOCKERFILE) if word == "COPY"]
    assert [ROOT / path for path in copied] == [
        PAGE_DOCKERFILE.with_name("Caddyfile"),
        SITES,
        STATIC,
    ]
    # The context of a build holds them.
    kept = (ROOT / ".dockerignore").read_text().splitlines()
    assert all(any(path.startswith(line[1:]) for line in kept if line[0] == "!") for path in copied)


@pytest.mark.parametrize("service", SERVICES)
def test_dockerfile_has_a_stage_for_each_service_that_starts_its_process(service: str) -> None:
    base, found = stages()[service]
    factory = "worker" if service == "worker" else "api"
    assert base == "base"
    assert found["CMD"] == f'["fotograma_{service}.main:{factory}"]'
    # Set later than CMD it would reset it.
    assert stages()["base"][1]["ENTRYPOINT"].startswith('["uvicorn"')
    assert "ENTRYPOINT" not in stages()["image"][1]


def test_dockerfile_begins_with_pinned_images() -> None:
    bases = [base for base, _ in stages().values() if base not in {*stages(), "$SERVICE"}]
    assert bases == [
        image("ghcr.io/astral-sh/uv"),
        image("python"),
        image("python"),
    ]


def test_dockerfile_sees_every_member_of_the_workspace() -> None:
    copied = {rest.split()[0] for word, rest in instructions() if word == "COPY"}
    members = [ROOT / "cli", ROOT / "local"]
    members += [folder for kind in ("libs", "services") for folder in (ROOT / kind).iterdir()]
    for member in members:
        if (member / "pyproject.toml").exists():
            assert f"{member.relative_to(ROOT)}/pyproject.toml" in copied
