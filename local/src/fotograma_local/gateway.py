"""The gateway: Caddy, with the sites that docker compose serves (`sites/`).

One address for everything, one for presigned requests to S3, and the mailbox. Caddy comes from its
wheel, else from the system, else from a container.
"""

import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from http.client import HTTPException
from pathlib import Path

from fotograma_local.containers import docker, docker_answers
from fotograma_local.ports import HOST
from fotograma_local.processes import Process, Program, Server, base_environment

IMAGE = "caddy:2.11.7-alpine"
OLDEST = (2, 11)
"""The first version that knows all the sites say."""
UPSTREAM_SOURCE = "127.0.0.2" if sys.platform == "linux" else HOST
"""Where the gateway's connections to the services come from, by which they know it. Only Linux has
the whole of 127.0.0.0/8 without being told."""

SITES = Path(__file__).with_name("sites")
_REQUEST_SECONDS = 5.0
_VERSION_SECONDS = 20.0
_GRACE_SECONDS = 2
"""How long open streams may go on when it is stopped."""


class CaddyMissing(Exception):
    """There is no Caddy that can be run."""


@dataclass(frozen=True)
class GatewayPorts:
    """Where it listens: for the product, S3, the mailbox, its own health, and itself."""

    gateway: int
    gateway_store: int
    gateway_mailbox: int
    gateway_internal: int
    gateway_guard: int

    @classmethod
    def names(cls) -> list[str]:
        """Of the ports, as a book of ports keeps them."""
        return [each.name for each in fields(cls)]


@dataclass(frozen=True)
class GatewayAddresses:
    """What users are told."""

    scheme: str
    ports: GatewayPorts

    @property
    def url(self) -> str:
        """The product."""
        return f"{self.scheme}://localhost:{self.ports.gateway}"

    @property
    def store_url(self) -> str:
        """S3, for who holds a presigned URL."""
        return f"{self.scheme}://localhost:{self.ports.gateway_store}"

    @property
    def mailbox_url(self) -> str:
        """The mail that was sent."""
        return f"http://localhost:{self.ports.gateway_mailbox}"


@dataclass(frozen=True)
class Upstreams:
    """What it forwards to: each a host and a port."""

    auth_api: str
    video_api: str
    notify_api: str
    s3: str
    bucket: str
    aws: str
    aws_key: str = field(repr=False)
    """What the mailbox is asked for with."""


class Gateway(Server):
    """Caddy as a process."""

    def __init__(self, process: Process, addresses: GatewayAddresses) -> None:
        self._addresses = addresses
        super().__init__(process)

    def is_ready(self) -> bool:
        """Whether it serves, and has its certificates, which it makes meanwhile."""
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        ports = self._addresses.ports
        try:
            with opener.open(
                f"http://{HOST}:{ports.gateway_internal}/health", timeout=_REQUEST_SECONDS
            ) as answer:
                healthy = bool(answer.status == 200)
            if self._addresses.scheme == "https":
                for port in (ports.gateway, ports.gateway_store):
                    _shake_hands(port)
        except (OSError, HTTPException):
            return False
        return healthy


class GatewayContainer(Gateway):
    """Caddy in a container that has this machine's network."""

    ready_seconds = 330.0
    """The first start may have to fetch the image."""

    def __init__(self, process: Process, addresses: GatewayAddresses, name: str) -> None:
        self._name = name
        super().__init__(process, addresses)

    def prepare(self) -> None:
        """Remove the container of a run that was killed; a client's death does not end it."""
        docker("rm", "--force", self._name)

    def kill(self) -> None:
        """Kill the container, and with it the client that waits for it."""
        docker("kill", self._name)
        super().kill()


def gateway_server(
    folder: Path,
    *,
    addresses: GatewayAddresses,
    upstreams: Upstreams,
    links: Mapping[str, str],
    page: Path | None = None,
    log: Path,
) -> Gateway:
    """The gateway, not started yet.

    `links` are more addresses for the page at `/about`: `MAILBOX_URL`, `RABBITMQ_URL`. `page` is
    the folder of the page that is served at `/`. Raises `CaddyMissing`.
    """
    environment = _environment(folder, addresses, upstreams, page) | dict(links)
    arguments = ("run", "--config", str(SITES / "Caddyfile"), "--adapter", "caddyfile")
    if caddy := find_caddy():
        program = Program("gateway", (str(caddy), *arguments), environment)
        return Gateway(Process(program, log), addresses)
    if not docker_answers():
        raise CaddyMissing(
            f"Caddy {'.'.join(map(str, OLDEST))} is needed and there is no wheel of it for this "
            "machine: install the package caddy, or start Docker"
        )
    name = f"fotograma-gateway-{addresses.ports.gateway}"
    folder.mkdir(parents=True, exist_ok=True)
    container = (
        *("docker", "run", "--rm", "--name", name, "--network", "host"),
        *("--user", f"{os.getuid()}:{os.getgid()}"),
        *("--volume", f"{SITES}:{SITES}:ro", "--volume", f"{folder}:{folder}"),
        *(("--volume", f"{page}:{page}:ro") if page else ()),
        *(part for variable in environment for part in ("--env", variable)),
    )
    program = Program("gateway", (*container, IMAGE, "caddy", *arguments), environment)
    return GatewayContainer(Process(program, log), addresses, name)


def _environment(
    folder: Path, addresses: GatewayAddresses, upstreams: Upstreams, page: Path | None
) -> dict[str, str]:
    """What the sites' parameters are."""
    ports = addresses.ports
    return {
        "SCHEME": addresses.scheme,
        "GATEWAY_PORT": str(ports.gateway),
        "STORE_PORT": str(ports.gateway_store),
        "MAILBOX_PORT": str(ports.gateway_mailbox),
        "INTERNAL_PORT": str(ports.gateway_internal),
        "GUARD_PORT": str(ports.gateway_guard),
        "S3_PUBLIC_URL": addresses.store_url,
        "S3_BUCKET": upstreams.bucket,
        "S3": upstreams.s3,
        "AWS": upstreams.aws,
        "AWS_KEY": upstreams.aws_key,
        "AUTH_API": upstreams.auth_api,
        "VIDEO_API": upstreams.video_api,
        "NOTIFY_API": upstreams.notify_api,
        "UPSTREAM_SOURCE": UPSTREAM_SOURCE,
        "PAGE_ROOT": str(page or folder / "no-page"),
        "GRACE_PERIOD": f"{_GRACE_SECONDS}s",
        "XDG_DATA_HOME": str(folder),  # certificates, and the authority that signs them
        "XDG_CONFIG_HOME": str(folder),
    }


def _shake_hands(port: int) -> None:
    """Raise `OSError` where there is no certificate yet."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with (
        socket.create_connection((HOST, port), timeout=_REQUEST_SECONDS) as connection,
        context.wrap_socket(connection, server_hostname="localhost"),
    ):
        pass


def certificate(folder: Path) -> Path:
    """Of the authority that signs for this machine, once the gateway has served https."""
    return folder / "caddy" / "pki" / "authorities" / "local" / "root.crt"


def find_caddy() -> Path | None:
    """Caddy from its wheel, else the system's unless it is too old."""
    wheel = Path(sys.executable).with_name("caddy")
    if os.access(wheel, os.X_OK):
        return wheel
    system = shutil.which("caddy")
    return Path(system) if system and _version(system) >= OLDEST else None


def _version(program: str) -> tuple[int, ...]:
    done = subprocess.run(  # noqa: S603 - the program is Caddy
        [program, "version"],
        check=False,
        capture_output=True,
        text=True,
        env=base_environment(),
        timeout=_VERSION_SECONDS,
    )
    found = re.match(r"v?(\d+)\.(\d+)", done.stdout)
    return tuple(map(int, found.groups())) if found else ()
