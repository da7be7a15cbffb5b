"""Real servers for tests. They start once per run, when the first test asks, in a folder of
their own; nothing has to run beforehand and nothing is left.

| fixture | scope | gives |
|---|---|---|
| `postgres` | session | `fotograma_local.postgres.Postgres`: the server |
| `database_url` | test | `DATABASE_URL` of an empty database of its own (asyncpg) |
| `rabbitmq` | session | `fotograma_local.rabbitmq.RabbitMQ`: the server |
| `rabbitmq_url` | test | `RABBITMQ_URL` of an empty virtual host of its own |
| `s3_server` | session | `fotograma_local.aws.Aws` of S3: `endpoint_url`, `client("s3")` |
| `aws` | session | the same of SQS, SES and DynamoDB: `client("sqs")`, `mailbox()` |
| `bucket` | test | the name of an empty bucket |
| `queue_url` | test | the URL of an empty SQS queue with a dead-letter queue |
| `table` | test | the name of an empty table of the notify service |

Asking for `s3_server` or `aws` (or what needs them) puts credentials for them into the environment.
The mailbox is one for the whole run: look for a recipient's address of your own in it.
"""

import gc
import os
import signal
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import structlog
from fixtures import sizes
from fixtures.buckets import empty_bucket
from fixtures.servers import Servers, choose_servers, credentials, fresh_name
from fotograma_local import ports
from fotograma_local.aws import Aws
from fotograma_local.postgres import Postgres
from fotograma_local.provision import create_bucket, create_queue, create_table
from fotograma_local.rabbitmq import RabbitMQ

# A shell that runs this in the background has it ignore SIGINT, and so would every program that a
# test starts in order to interrupt it.
signal.signal(signal.SIGINT, signal.default_int_handler)

# A port is found free a while before its server listens: processes of tests that run side by side
# look for theirs in different places.
_PROCESS = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
ports._PORTS = ports._PORTS[_PROCESS :: int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--size`."""
    parser.addoption(
        "--size",
        choices=[*sizes.Size],
        default=sizes.Size.SMALL,
        help="How much campaigns and properties try; middle runs these alone.",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Choose the size before tests are imported: their decorators ask for it."""
    sizes.choose(sizes.Size(config.getoption("--size")))


@pytest.fixture(scope="session", autouse=True)
def logs_can_be_captured() -> Iterator[None]:
    """Have loggers ask for the configuration each time.

    One that is cached keeps the processors of its first use, and `capture_logs` sees nothing of it
    once another service has been configured in the same process.
    """
    configure = structlog.configure

    def configure_without_cache(**options: Any) -> None:
        configure(**options | {"cache_logger_on_first_use": False})

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(structlog, "configure", configure_without_cache)
        yield


def pytest_collection_finish() -> None:
    """Have the garbage collector look at less, and less often: it took a third of the time."""
    gc.freeze()  # the tests themselves stay
    gc.set_threshold(5_000, 20, 10)


@pytest.hookimpl(trylast=True)  # Hypothesis marks its tests first
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what a run of this size does not include."""
    if left_out := [item for item in items if not sizes.runs(item)]:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if sizes.runs(item)]


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Servers:
    """Where the servers come from on this machine."""
    return choose_servers(tmp_path_factory.mktemp("servers"))


@pytest.fixture(scope="session")
def postgres(servers: Servers) -> Iterator[Postgres]:
    """A PostgreSQL server."""
    with servers.postgres() as server:
        yield server


@pytest.fixture
async def database_url(postgres: Postgres) -> AsyncIterator[str]:
    """The URL of an empty database that is dropped after the test."""
    name = fresh_name("test")
    yield await postgres.create_database(name, owner="test", password=fresh_name("secret"))
    await postgres.drop_database(name)


@pytest.fixture(scope="session")
def rabbitmq(servers: Servers) -> Iterator[RabbitMQ]:
    """A RabbitMQ broker."""
    with servers.rabbitmq() as server:
        yield server


@pytest.fixture
def rabbitmq_url(rabbitmq: RabbitMQ) -> Iterator[str]:
    """The URL of an empty virtual host that is deleted after the test."""
    name = fresh_name("test")
    yield rabbitmq.create_vhost(name)
    rabbitmq.delete_vhost(name)


@pytest.fixture(scope="session")
def aws_credentials() -> Iterator[None]:
    """In the environment, where boto3 looks for them."""
    with pytest.MonkeyPatch.context() as environment:
        for name, value in credentials().items():
            environment.setenv(name, value)
        yield


@pytest.fixture(scope="session")
def s3_server(servers: Servers, aws_credentials: None) -> Iterator[Aws]:
    """S3, for a user who may do everything."""
    with servers.s3() as server:
        yield server


@pytest.fixture(scope="session")
def empty_buckets() -> list[str]:
    """Names of buckets that tests have left behind, emptied: a first object waits for volumes."""
    return []


@pytest.fixture
def bucket(s3_server: Aws, empty_buckets: list[str]) -> Iterator[str]:
    """The name of an empty bucket."""
    name = empty_buckets.pop() if empty_buckets else fresh_name("test")
    create_bucket(s3_server, name, allowed_origins=["*"])
    yield name
    empty_bucket(s3_server, name)
    empty_buckets.append(name)


@pytest.fixture(scope="session")
def aws(servers: Servers, aws_credentials: None) -> Iterator[Aws]:
    """SQS, SES and DynamoDB."""
    with servers.aws() as server:
        yield server


@pytest.fixture
def queue_url(aws: Aws) -> str:
    """The URL of an empty SQS queue."""
    return create_queue(aws, fresh_name("test"))


@pytest.fixture
def table(aws: Aws) -> str:
    """The name of an empty table with the notify service's schema."""
    name = fresh_name("test")
    create_table(aws, name)
    return name
