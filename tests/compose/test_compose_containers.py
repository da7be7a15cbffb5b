"""Each container as it runs: locked down, apart from what is not its business, small."""

import json

import pytest
from fixtures.compose import services
from fixtures.composition import LASTING, ComposedProduct, Composition
from fixtures.deadlines import until

IDLE_API_MB = 100
_STATUS = "for line in open('/proc/1/status'): print(line, end='')"
_CONNECT = """
import socket, sys
from concurrent.futures import ThreadPoolExecutor

def reached(target):
    host, _, port = target.rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=3).close()
    except OSError:
        return None
    return target

with ThreadPoolExecutor(64) as pool:
    print(*filter(None, pool.map(reached, sys.argv[1:])))
"""
_WRITE = """
import sys
try:
    open(sys.argv[1] + "/x", "w")
    print("written")
except OSError:
    print("refused")
"""
OURS = [name for name in LASTING if "build" in services()[name]]


def status_of(composition: Composition, container: str) -> dict[str, str]:
    """What the kernel says of a container's first process."""
    text = composition.execute(container, "python", "-c", _STATUS)
    return {
        name: value.strip() for name, value in (line.split(":", 1) for line in text.splitlines())
    }


def test_compose_starts_without_a_warning(composition: Composition) -> None:
    assert composition.warnings() == ""


@pytest.mark.parametrize("service", LASTING)
async def test_containers_are_healthy(composition: Composition, service: str) -> None:
    await until(lambda: composition.is_healthy(service), seconds=60)
    assert composition.containers(service)


@pytest.mark.parametrize("service", OURS)
def test_processes_have_no_privileges(composition: Composition, service: str) -> None:
    for container in composition.containers(service):
        status = status_of(composition, container)
        assert status["Uid"].split() == ["10001"] * 4
        assert {int(status[name], 16) for name in ("CapEff", "CapPrm", "CapBnd")} == {0}
        assert status["NoNewPrivs"] == "1"
        assert status["Seccomp"] == "2"
        for folder in ("/", "/app", "/run/fotograma", "/home"):
            refused = composition.execute(container, "python", "-c", _WRITE, folder)
            assert refused == "refused\n", folder


def test_worker_reaches_rabbitmq_and_s3_only(composition: Composition) -> None:
    container, *_ = composition.containers("worker")
    others = [name for name in LASTING if name != "worker"]
    ports = {"postgres": 5432, "rabbitmq": 5672, "s3": 8333, "aws": 4566, "gateway": 443}
    targets = [f"{name}:{ports.get(name, 8000)}" for name in others]
    addresses = {
        name: [
            network["IPAddress"]
            for network in composition.inspect(composition.containers(name)[0])["NetworkSettings"][
                "Networks"
            ].values()
        ]
        for name in others
    }
    by_address = [
        f"{address}:{ports.get(name, 8000)}"
        for name in others
        if name not in {"rabbitmq", "s3"}
        for address in addresses[name]
    ]
    outside = ["1.1.1.1:443", "169.254.169.254:80"]
    reached = composition.execute(
        container, "python", "-c", _CONNECT, *targets, *by_address, *outside
    )
    assert set(reached.split()) == {"rabbitmq:5672", "s3:8333"}


def test_worker_sandbox_is_complete(composition: Composition) -> None:
    for container in composition.containers("worker"):
        ready = json.loads(composition.get(container, "/health/ready"))
        assert ready["status"] == "ok"
        assert ready["checks"]["sandbox"].startswith("ok: seccomp, Landlock"), ready
        environment = composition.inspect(container)["Config"]["Env"]
        assert "SANDBOX=required" in environment


def test_worker_image_has_no_compiler_and_no_ffmpeg(composition: Composition) -> None:
    container, *_ = composition.containers("worker")
    for program in ("gcc", "cc", "g++", "ffmpeg"):
        found = composition.execute(
            container, "python", "-c", f"import shutil; print(shutil.which('{program}'))"
        )
        assert found == "None\n"


@pytest.mark.parametrize("service", ["auth-api", "video-api", "notify-api"])
async def test_idle_api_stays_below_its_memory_bound(
    composition: Composition, service: str
) -> None:
    composition.run("up", "-d", "--no-deps", "--force-recreate", service)
    await until(lambda: composition.is_healthy(service), seconds=60)
    (container,) = composition.containers(service)
    status = status_of(composition, container)
    assert int(status["RssAnon"].split()[0]) * 1024 < IDLE_API_MB * 10**6


def test_container_environments_have_no_password(composition: Composition) -> None:
    secrets = [
        composition.read_volume("databases", "/run/fotograma/superuser-password"),
        composition.read_volume("databases", "/run/fotograma/auth-password"),
        composition.read_volume("databases", "/run/fotograma/video-password"),
    ]
    for service in LASTING:
        for container in composition.containers(service):
            environment = " ".join(composition.inspect(container)["Config"]["Env"])
            assert not any(secret in environment for secret in secrets)


async def test_containers_publish_the_gateway_only(product: ComposedProduct) -> None:
    for service in LASTING:
        for container in product.composition.containers(service):
            ports = product.composition.inspect(container)["NetworkSettings"]["Ports"] or {}
            published = [bound for bound in ports.values() if bound]
            assert bool(published) is (service == "gateway"), service
