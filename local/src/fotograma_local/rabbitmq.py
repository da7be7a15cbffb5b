"""A private RabbitMQ: the system's `rabbitmq-server`, on its own ports and its own data folder.

Nothing of the system's installation is used but its programs: the node has a name, a cookie, a
configuration and an epmd of its own, so it neither sees nor disturbs a broker that runs here
already. Debian's 3.10 and the 4.x packages both work.
"""

import json
import os
import shutil
import signal
import urllib.request
from base64 import b64encode
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fotograma_local.containers import docker, docker_answers
from fotograma_local.ports import HOST
from fotograma_local.processes import Process, Program, Server

USER = "fotograma"
IMAGE = "rabbitmq:4.2.9-management"
READY_SECONDS = 90.0
"""Erlang starts in seconds; two busy cores make a minute of it."""
_REQUEST_SECONDS = 30.0
_STOP_SECONDS = 20.0

_SERVERS = (
    "/usr/lib/rabbitmq/bin/rabbitmq-server",  # Debian, RPM: the program behind the wrapper
    "/opt/rabbitmq/sbin/rabbitmq-server",  # the official image, the generic build
    "/usr/local/sbin/rabbitmq-server",
    "/opt/homebrew/sbin/rabbitmq-server",
)
_ERLANG_ROOTS = ("/usr/lib/erlang", "/usr/lib64/erlang", "/opt/erlang/lib/erlang")


class RabbitMQMissing(Exception):
    """No `rabbitmq-server` is installed."""


@dataclass(frozen=True)
class RabbitMQ:
    """A broker's address, that of its management interface, and the administrator of both."""

    host: str
    port: int
    management_port: int
    user: str
    password: str

    def url(self, vhost: str = "/") -> str:
        """What a service takes as its `RABBITMQ_URL`."""
        secret = quote(self.password, safe="")
        return f"amqp://{self.user}:{secret}@{self.host}:{self.port}/{quote(vhost, safe='')}"

    @property
    def management_url(self) -> str:
        """The management page, and below it the API."""
        return f"http://{self.host}:{self.management_port}"

    def create_vhost(self, name: str) -> str:
        """Make a virtual host; returns its URL."""
        self.request("PUT", f"vhosts/{quote(name, safe='')}")
        return self.url(name)

    def delete_vhost(self, name: str) -> None:
        """Delete a virtual host with all it holds; its connections are closed."""
        self.request("DELETE", f"vhosts/{quote(name, safe='')}")

    def queues(self, vhost: str = "/") -> dict[str, dict[str, Any]]:
        """What the management interface knows of each queue, by name."""
        return {
            str(queue["name"]): queue
            for queue in self.request("GET", f"queues/{quote(vhost, safe='')}")
        }

    def request(self, method: str, path: str, body: Any = None) -> Any:
        """One call of the management API. Raises `OSError` when it is refused or not answered."""
        request = urllib.request.Request(  # noqa: S310 - the address is ours
            f"{self.management_url}/api/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Authorization": "Basic "
                + b64encode(f"{self.user}:{self.password}".encode()).decode(),
                "Content-Type": "application/json",
            },
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=_REQUEST_SECONDS) as answer:
            content = answer.read()
        return json.loads(content) if content else None

    def answers(self) -> bool:
        """Whether the broker takes connections; its own word, as a proxy may take them for it."""
        try:
            self.request("GET", "health/checks/protocol-listener/amqp091")
        except (OSError, HTTPException):
            return False
        return True


@dataclass(frozen=True)
class RabbitMQPorts:
    """One node's ports: AMQP, management, Erlang distribution, and the node's own epmd."""

    amqp: int
    management: int
    distribution: int
    epmd: int


class RabbitMQServer(Server):
    """One private broker; its data stays in `folder`."""

    ready_seconds = READY_SECONDS

    def __init__(self, folder: Path, *, ports: RabbitMQPorts, password: str, log: Path) -> None:
        self.address = RabbitMQ(HOST, ports.amqp, ports.management, USER, password)
        self._folder = folder
        self._ports = ports
        super().__init__(
            Process(self._program(), log), helpers=[Process(self._epmd_program(), log)]
        )

    def prepare(self) -> None:
        """Write the configuration. Raises `RabbitMQMissing`."""
        if find_server() is None:
            raise RabbitMQMissing("rabbitmq-server is not installed")
        for folder in (self._folder, self._home):
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o700)  # the configuration and the cookie are secrets
        self._configuration.write_text(self._configuration_text())
        self._plugins.write_text("[rabbitmq_management].\n")
        self._environment_file.write_text("")

    def is_ready(self) -> bool:
        """Whether it takes connections."""
        return self.address.answers()

    @property
    def _home(self) -> Path:
        return self._folder / "home"

    @property
    def _configuration(self) -> Path:
        return self._folder / "rabbitmq.conf"

    @property
    def _plugins(self) -> Path:
        return self._folder / "enabled_plugins"

    @property
    def _environment_file(self) -> Path:
        return self._folder / "rabbitmq-env.conf"

    def _configuration_text(self) -> str:
        settings = {
            "listeners.tcp.1": f"{self.address.host}:{self.address.port}",
            "management.tcp.ip": self.address.host,
            "management.tcp.port": self.address.management_port,
            "default_user": self.address.user,
            "default_pass": self.address.password,
            "default_user_tags.administrator": "true",
            "log.file": "false",
            "log.console": "true",
            "log.console.level": "info",
            "log.console.use_colors": "off",
        }
        return "".join(f"{name} = {value}\n" for name, value in settings.items())

    def _environment(self) -> dict[str, str]:
        return {
            "HOME": str(self._home),  # the Erlang cookie lies there
            "ERL_EPMD_PORT": str(self._ports.epmd),
            "ERL_EPMD_ADDRESS": self.address.host,
            "ERL_CRASH_DUMP": str(self._folder / "erl_crash.dump"),
        }

    def _program(self) -> Program:
        return Program(
            "rabbitmq",
            (find_server() or _SERVERS[0],),
            {
                **self._environment(),
                "RABBITMQ_NODENAME": f"{USER}@localhost",  # the data belongs to the name
                "RABBITMQ_DIST_PORT": str(self._ports.distribution),
                "RABBITMQ_MNESIA_BASE": str(self._folder / "data"),
                "RABBITMQ_LOG_BASE": str(self._folder / "logs"),
                "RABBITMQ_CONFIG_FILE": str(self._configuration),
                "RABBITMQ_ENABLED_PLUGINS_FILE": str(self._plugins),
                "RABBITMQ_CONF_ENV_FILE": str(self._environment_file),
                "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": (
                    "-kernel inet_dist_use_interface {127,0,0,1}"
                ),
                # Makes the script become the Erlang machine rather than its parent: signals
                # and our death reach the broker itself.
                "RUNNING_UNDER_SYSTEMD": "true",
            },
            stop_seconds=_STOP_SECONDS,
            # Killed, 3.10 forgets the quorum queues it was given within the last half second.
            orphan_signal=signal.SIGTERM,
        )

    def _epmd_program(self) -> Program:
        # Started here, the broker does not start one itself, which would be nobody's child.
        return Program(
            "rabbitmq-epmd",
            (_find_epmd(), "-port", str(self._ports.epmd), "-address", self.address.host),
            self._environment(),
        )


def rabbitmq_server(
    folder: Path, *, ports: RabbitMQPorts, password: str, log: Path
) -> "RabbitMQServer | RabbitMQContainer":
    """The system's RabbitMQ, or a container where there is none and Docker answers.

    Raises `RabbitMQMissing` when there is neither.
    """
    if find_server() is not None:
        return RabbitMQServer(folder, ports=ports, password=password, log=log)
    if docker_answers():
        return RabbitMQContainer(folder, ports=ports, password=password, log=log)
    raise RabbitMQMissing(
        "RabbitMQ is needed: install the package rabbitmq-server, or start Docker"
    )


class RabbitMQContainer(Server):
    """A broker in a container of its own; its data stays in `folder`."""

    ready_seconds = READY_SECONDS + 300.0
    """The first start may have to fetch the image."""

    def __init__(self, folder: Path, *, ports: RabbitMQPorts, password: str, log: Path) -> None:
        self.address = RabbitMQ(HOST, ports.amqp, ports.management, USER, password)
        self._data = folder / "container-data"
        self._name = f"fotograma-rabbitmq-{ports.amqp}"
        super().__init__(Process(self._program(), log))

    def prepare(self) -> None:
        """Remove the container of a run that was killed; a client's death does not end it."""
        self._data.mkdir(parents=True, exist_ok=True)
        docker("rm", "--force", self._name)

    def is_ready(self) -> bool:
        """Whether it takes connections."""
        return self.address.answers()

    def kill(self) -> None:
        """Kill the container, and with it the client that waits for it."""
        docker("kill", self._name)
        super().kill()

    def _program(self) -> Program:
        return Program(
            "rabbitmq",
            (
                *("docker", "run", "--rm", "--name", self._name),
                *("--hostname", "fotograma"),  # the data belongs to the node's name
                *("--env", "RABBITMQ_DEFAULT_USER", "--env", "RABBITMQ_DEFAULT_PASS"),
                *("--publish", f"{HOST}:{self.address.port}:5672"),
                *("--publish", f"{HOST}:{self.address.management_port}:15672"),
                *("--volume", f"{self._data.resolve()}:/var/lib/rabbitmq"),
                IMAGE,
            ),
            {
                "RABBITMQ_DEFAULT_USER": self.address.user,
                "RABBITMQ_DEFAULT_PASS": self.address.password,
            },
            stop_seconds=_STOP_SECONDS,
            orphan_signal=signal.SIGTERM,  # the client hands it on to the container
        )


def find_server() -> str | None:
    """Where the system keeps `rabbitmq-server`, if it has one."""
    return next((path for path in _SERVERS if os.access(path, os.X_OK)), None)


def _find_epmd() -> str:
    """Where Erlang keeps its port mapper; beside the programs, or below its own library."""
    found = shutil.which("epmd")
    if found:
        return found
    libraries = (Path(root) for root in _ERLANG_ROOTS)
    return next(
        (str(path) for root in libraries for path in sorted(root.glob("erts-*/bin/epmd"))), "epmd"
    )
