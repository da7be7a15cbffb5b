"""All of Fotograma on this machine: servers, services, gateway; found again where it was left."""

import asyncio
import contextlib
import fcntl
import os
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from fotograma_web import STATIC

from fotograma_local import provision
from fotograma_local.aws import Aws, AwsServer
from fotograma_local.emulated_objects import move_objects
from fotograma_local.gateway import Gateway, GatewayAddresses, GatewayPorts, gateway_server
from fotograma_local.ports import HOST, PortBook, PortTaken, is_free
from fotograma_local.postgres import Postgres, PostgresServer
from fotograma_local.processes import NotReady, Process
from fotograma_local.rabbitmq import RabbitMQ, RabbitMQPorts, rabbitmq_server
from fotograma_local.s3_users import PROVISION, s3_users
from fotograma_local.seaweedfs import ObjectStore, SeaweedFSPorts, seaweedfs_server
from fotograma_local.secrets import Secrets
from fotograma_local.services import (
    BUCKET,
    DATABASES,
    FEEDBACK_QUEUE,
    MAIL_QUEUE,
    SENDER,
    TABLE,
    Deployment,
    Service,
    migration,
    process_names,
    row_user,
)
from fotograma_local.supervisor import Report, Supervisor

_STORE_PORTS = {name: name.replace("_", "-") for name in SeaweedFSPorts.__dataclass_fields__}
_SERVER_PORTS = (
    *("postgres", "aws", "amqp", "management", "distribution", "epmd"),
    *_STORE_PORTS.values(),
    *GatewayPorts.names(),
)
_MIGRATION_SECONDS = 120.0


class AlreadyRunning(Exception):
    """Another stack runs on the same data folder."""


@dataclass(frozen=True)
class Options:
    """What may differ from one stack to another."""

    folder: Path
    """Data, secrets and logs; what is in it is found again."""
    port: int | None = 8080
    """The gateway's; `None` takes a free one."""
    workers: int = 2
    https: bool = False
    """Whether the gateway answers by https, with a certificate of its own authority."""
    overrides: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """More environment: by process (`worker-1`), by service (`worker`), or for all (`*`)."""
    durable: bool = True
    """Whether data is to be found again. Tests need not wait for the disk, nor for servers to
    put their data in order at the end."""


@dataclass(frozen=True)
class Stack:
    """A running stack: where its parts are, and a hand on each of its processes.

    The processes are `postgres`, `rabbitmq`, `aws`, `s3`, `auth-api`, `auth-background`,
    `video-api`, `video-background`, `notify-api`, `notify-background`, `worker-1`, `worker-2` …,
    `gateway`.
    """

    gateway: GatewayAddresses
    postgres: Postgres
    rabbitmq: RabbitMQ
    aws: Aws
    store: ObjectStore
    logs: Path
    _deployment: Deployment = field(repr=False)
    _supervisor: Supervisor = field(repr=False)

    @property
    def url(self) -> str:
        """The product, at the gateway."""
        return self.gateway.url

    def address(self, process: str) -> str:
        """The base URL of one of our own processes, past the gateway: health and metrics too."""
        return f"http://{HOST}:{self._deployment.ports[process]}"

    def environment(self, process: str) -> dict[str, str]:
        """The environment of one of our own processes; operator commands take it as well."""
        return self._deployment.environment(process)

    def database_url(self, service: str) -> str:
        """The database of `auth` or `video`, for its owner."""
        return self._deployment.database_url(service)

    def pid(self, process: str) -> int:
        """The process id that a process has now."""
        return self._supervisor.pid(process)

    def kill(self, process: str) -> None:
        """`kill -9`: it is started again like after any crash."""
        self._supervisor.kill(process)

    async def stop(self, process: str) -> None:
        """Stop a process as it wants to be stopped, until `start`."""
        await self._supervisor.stop(process)

    async def start(self, process: str) -> None:
        """Start a process that was stopped; returns when it is ready. Raises `NotReady`."""
        await self._supervisor.start(process)


@contextlib.asynccontextmanager
async def run_stack(options: Options, report: Report = lambda _line: None) -> AsyncIterator[Stack]:
    """Run a stack while the context is entered; to be used in the main thread.

    `report` is told in a line what is being done, and later what happens unasked. Raises
    `AlreadyRunning`, `PortTaken`, or what keeps a server from starting: `RabbitMQMissing`,
    `SeaweedFSMissing`, `CaddyMissing`, `PostgresUnusable`, `ObjectsNotMoved`, `NotReady`.
    """
    with _locked(options.folder):
        ports = _assign_ports(options)
        secrets = Secrets.in_folder(options.folder / "secrets")
        async with Supervisor(report) as supervisor:
            report(
                "starting PostgreSQL, RabbitMQ, SeaweedFS for S3, "
                "and MiniStack for SQS, DynamoDB and SES"
            )
            servers = await _start_servers(supervisor, options, ports, secrets)
            report("preparing databases, bucket, queues, table and mail identity")
            gateway = _addresses(options, ports)
            queue_urls = await asyncio.to_thread(_provision, servers, gateway.url)
            store = servers.store.of(PROVISION)
            await asyncio.to_thread(
                move_objects, options.folder / "aws" / "s3", store, BUCKET, report
            )
            deployment = Deployment(
                postgres=servers.postgres,
                rabbitmq=servers.rabbitmq,
                aws=servers.aws,
                store=servers.store,
                secrets=secrets,
                ports=ports,
                gateway=gateway,
                queue_urls=queue_urls,
                overrides=options.overrides,
            )
            await _prepare_databases(deployment)
            await _migrate(deployment, _logs(options))
            report("starting auth, video, notify and the workers")
            await supervisor.start_together(_services(deployment, options))
            await supervisor.start_together([_gateway(deployment, options)])
            yield Stack(
                gateway,
                servers.postgres,
                servers.rabbitmq,
                servers.aws,
                servers.store,
                _logs(options),
                deployment,
                supervisor,
            )


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Keep everybody else off a data folder."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)  # it holds users' videos
    with (folder / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            raise AlreadyRunning(f"process {lock.read()} runs on {folder}") from error
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def _assign_ports(options: Options) -> dict[str, int]:
    ports = PortBook(options.folder / "ports.json").assign(
        [*_SERVER_PORTS, *process_names(options.workers)]
    )
    if options.port is not None:
        if not is_free(options.port):
            raise PortTaken(f"port {options.port} is taken")
        ports["gateway"] = options.port
    return ports


def _addresses(options: Options, ports: Mapping[str, int]) -> GatewayAddresses:
    return GatewayAddresses(
        "https" if options.https else "http",
        GatewayPorts(**{name: ports[name] for name in GatewayPorts.names()}),
    )


def _logs(options: Options) -> Path:
    return options.folder / "logs"


@dataclass(frozen=True)
class _Servers:
    """What the services stand on."""

    postgres: Postgres
    rabbitmq: RabbitMQ
    aws: Aws
    store: ObjectStore


async def _start_servers(
    supervisor: Supervisor, options: Options, ports: Mapping[str, int], secrets: Secrets
) -> _Servers:
    data, logs = options.folder, _logs(options)
    postgres = PostgresServer(
        data / "postgres",
        port=ports["postgres"],
        password=secrets.password("postgres"),
        log=logs / "postgres.log",
        durable=options.durable,
    )
    rabbitmq = rabbitmq_server(
        data / "rabbitmq",
        ports=RabbitMQPorts(*(ports[name] for name in RabbitMQPorts.__dataclass_fields__)),
        password=secrets.password("rabbitmq"),
        log=logs / "rabbitmq.log",
    )
    aws = AwsServer(
        data / "aws", port=ports["aws"], secret=secrets.password("aws"), log=logs / "aws.log"
    )
    store = seaweedfs_server(
        data / "s3",
        ports=SeaweedFSPorts(**{name: ports[port] for name, port in _STORE_PORTS.items()}),
        users=s3_users(secrets, BUCKET).values(),
        log=logs / "s3.log",
    )
    for slow_to_stop in (rabbitmq, aws, store):
        slow_to_stop.disposable = not options.durable
    await supervisor.start_together([postgres, rabbitmq, aws, store])
    return _Servers(postgres.address, rabbitmq.address, aws.address, store.address)


def _provision(servers: _Servers, url: str) -> dict[str, str]:
    """Make what the services need on AWS; returns the queues' URLs by name."""
    origins = [url, url.replace("localhost", HOST)]
    provision.create_bucket(servers.store.of(PROVISION), BUCKET, origins)
    provision.create_table(servers.aws, TABLE)
    provision.create_mail_identity(servers.aws, SENDER)
    names = (MAIL_QUEUE, FEEDBACK_QUEUE)
    return {name: provision.create_queue(servers.aws, name) for name in names}


async def _prepare_databases(deployment: Deployment) -> None:
    for name in DATABASES:
        await deployment.postgres.create_database(
            name, owner=name, password=deployment.database_password(name)
        )
        await deployment.postgres.create_row_user(
            name, row_user(name), deployment.rows_password(name)
        )


async def _migrate(deployment: Deployment, logs: Path) -> None:
    """Run all migrations at once. Raises `NotReady` with the end of the log of one that fails."""
    migrations = [
        Process(
            migration(
                name,
                deployment.environment(f"{name}-api")
                | {"DATABASE_URL": deployment.database_url(name)},
            ),
            logs / f"{name}-migrate.log",
        )
        for name in DATABASES
    ]
    for process in migrations:
        process.start()
    try:
        for process in migrations:
            await asyncio.to_thread(process.wait, _MIGRATION_SECONDS)
            if process.exit_status != 0:
                raise NotReady(f"{process.name} failed\n{process.log_tail()}")
    finally:
        for process in migrations:
            process.kill()


def _services(deployment: Deployment, options: Options) -> list[Service]:
    return [
        Service(
            name,
            port=deployment.ports[name],
            environment=deployment.environment(name),
            log=_logs(options) / f"{name}.log",
        )
        for name in process_names(options.workers)
    ]


def _gateway(deployment: Deployment, options: Options) -> Gateway:
    """What stands before them; started last, it is stopped first."""
    return gateway_server(
        options.folder / "gateway",
        addresses=deployment.gateway,
        upstreams=deployment.upstreams(),
        links={
            "MAILBOX_URL": deployment.gateway.mailbox_url,
            "RABBITMQ_URL": deployment.rabbitmq.management_url,
        },
        page=STATIC,
        log=_logs(options) / "gateway.log",
    )
