"""Each private server: its data is there again after a restart, its processes are gone."""

import secrets
import shutil
from pathlib import Path
from typing import Any

import aio_pika
import asyncpg
import pytest
from aio_pika import DeliveryMode
from fixtures.deadlines import eventually, until
from fixtures.leftovers import processes_of
from fixtures.servers import fresh_name
from fotograma_local.aws import AwsServer
from fotograma_local.ports import answers, free_ports
from fotograma_local.postgres import Postgres, PostgresServer
from fotograma_local.postgres_programs import programs
from fotograma_local.processes import Server
from fotograma_local.provision import create_queue, create_table
from fotograma_local.rabbitmq import RabbitMQPorts, RabbitMQServer

_UNUSED = shutil.ignore_patterns("*.a", "include", "pginstall")
_ROW_STATEMENTS = {
    "INSERT INTO TABLE (word) VALUES ('a') RETURNING id": 1,
    "UPDATE TABLE SET word = 'b' RETURNING word": "b",
    "DELETE FROM TABLE RETURNING word": "b",
}
_PASSWORD, _OTHER = f"/@{secrets.token_urlsafe()}", secrets.token_urlsafe()


async def _nothing_is_left(folder: Path, *ports: int) -> None:
    await until(lambda: not processes_of(folder))
    assert not any(answers(port) for port in ports)


def _postgres(folder: Path, port: int) -> PostgresServer:
    return PostgresServer(folder / "data", port=port, password=_PASSWORD, log=folder / "log")


def _rabbitmq(folder: Path, ports: RabbitMQPorts) -> RabbitMQServer:
    return RabbitMQServer(folder / "data", ports=ports, password=_PASSWORD, log=folder / "log")


def _known_quorum_queues(folder: Path) -> bytes:
    (names,) = folder.glob("data/data/*/quorum/*/names.dets")
    return names.read_bytes()


async def _query(url: str, statement: str) -> Any:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""), timeout=10)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


async def test_row_user_reads_and_writes_rows_and_changes_nothing_else(postgres: Postgres) -> None:
    """Rows of tables that were there before, and of those that the owner makes later."""
    name, user = fresh_name("rows"), fresh_name("user")
    owner_url = await postgres.create_database(name, owner=fresh_name("owner"), password=_PASSWORD)
    await _query(owner_url, "CREATE TABLE before (id bigserial PRIMARY KEY, word text)")
    url = await postgres.create_row_user(name, user, _OTHER)
    assert url == await postgres.create_row_user(name, user, _OTHER)
    await _query(owner_url, "CREATE UNLOGGED TABLE later (id bigserial PRIMARY KEY, word text)")
    for table in ("before", "later"):
        for statement, answer in _ROW_STATEMENTS.items():
            assert await _query(url, statement.replace("TABLE", table)) == answer
        for refused in (
            f"DROP TABLE {table}",
            f"TRUNCATE {table}",
            f"ALTER TABLE {table} ADD COLUMN more text",
            f"CREATE TRIGGER t AFTER INSERT ON {table} EXECUTE FUNCTION now()",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await _query(url, refused)
    for refused in ("CREATE TABLE mine (id int)", "CREATE SCHEMA mine", "CREATE ROLE mine"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await _query(url, refused)
    await postgres.drop_database(name)


@pytest.mark.parametrize("end", [Server.stop, Server.kill])
async def test_postgres_keeps_committed_rows(tmp_path: Path, end: Any) -> None:
    (port,) = free_ports(1)
    server = _postgres(tmp_path, port)
    server.start()
    url = await server.address.create_database("video", owner="video", password=_PASSWORD)
    await _query(url, "CREATE TABLE t AS SELECT 42 AS answer")
    end(server)
    await _nothing_is_left(tmp_path, port)

    again = _postgres(tmp_path, port)
    again.start()
    assert await again.address.create_database("video", "video", _PASSWORD) == url
    assert await _query(url, "SELECT answer FROM t") == 42
    again.stop()
    await _nothing_is_left(tmp_path, port)


async def test_postgres_runs_in_a_private_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = programs().parents[1]
    for folder in (package, package.with_name(f"{package.name}.libs")):
        shutil.copytree(folder, tmp_path / "wheels" / folder.name, ignore=_UNUSED)
    monkeypatch.syspath_prepend(tmp_path / "wheels")
    assert programs().is_relative_to(tmp_path)
    server = _postgres(tmp_path, *free_ports(1))
    server.start()
    url = await server.address.create_database("video", owner="video", password=_PASSWORD)
    assert await _query(url, "SELECT 42") == 42
    server.stop()


async def test_postgres_keeps_one_service_out_of_another_s_database(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    server = _postgres(tmp_path, port)
    server.start()
    try:
        await server.address.create_database("auth", owner="auth", password=_PASSWORD)
        await server.address.create_database("video", owner="video", password=_OTHER)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await _query(server.address.url("auth", "video", _OTHER), "SELECT 1")
        with pytest.raises(asyncpg.InvalidPasswordError):
            await _query(server.address.url("auth", "auth", _OTHER), "SELECT 1")
    finally:
        server.stop()


async def test_postgres_starts_over_when_the_first_start_was_cut_short(tmp_path: Path) -> None:
    (tmp_path / "data" / "data.new").mkdir(parents=True)
    (tmp_path / "data" / "data.new" / "PG_VERSION").write_text("18")
    server = _postgres(tmp_path, *free_ports(1))
    server.start()
    try:
        assert await _query(server.address.url("postgres"), "SELECT 1") == 1
        assert not (tmp_path / "data" / "data.new").exists()
    finally:
        server.stop()


@pytest.mark.middle
@pytest.mark.parametrize("end", [Server.stop, Server.kill])
async def test_rabbitmq_keeps_persistent_messages(tmp_path: Path, end: Any) -> None:
    ports = RabbitMQPorts(*free_ports(4))
    server = _rabbitmq(tmp_path, ports)
    server.start()
    async with await aio_pika.connect(server.address.url()) as connection:
        channel = await connection.channel()
        await channel.declare_queue("q", durable=True, arguments={"x-queue-type": "quorum"})
        message = aio_pika.Message(b"kept", delivery_mode=DeliveryMode.PERSISTENT)
        await channel.default_exchange.publish(message, "q")
    # 3.10 writes down within a second which quorum queues it has; killed before, it forgets them.
    await until(lambda: b"%2F_q" in _known_quorum_queues(tmp_path))
    end(server)
    await _nothing_is_left(tmp_path, ports.amqp, ports.management, ports.epmd)

    again = _rabbitmq(tmp_path, ports)
    again.start()
    try:
        async with await aio_pika.connect(again.address.url()) as connection:
            queue = await (await connection.channel()).get_queue("q")
            # A quorum queue elects its leader after the broker takes connections.
            got = await eventually(lambda: queue.get(fail=False, no_ack=True))
        assert got.body == b"kept"
    finally:
        again.stop()
    await _nothing_is_left(tmp_path, ports.amqp, ports.management, ports.epmd)


@pytest.mark.middle
async def test_aws_keeps_messages_and_items(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    server = AwsServer(tmp_path / "data", port=port, secret="secret", log=tmp_path / "log")
    server.start()
    aws = server.address
    queue_url = create_queue(aws, "mail")
    aws.client("sqs").send_message(QueueUrl=queue_url, MessageBody="hello")
    create_table(aws, "notify")
    item = {"pk": {"S": "a"}, "sk": {"S": "b"}}
    aws.client("dynamodb").put_item(TableName="notify", Item=item)
    server.stop()
    await _nothing_is_left(tmp_path, port)

    again = AwsServer(tmp_path / "data", port=port, secret="secret", log=tmp_path / "log")
    again.start()
    try:
        assert create_queue(aws, "mail") == queue_url
        received = aws.client("sqs").receive_message(QueueUrl=queue_url)
        assert [message["Body"] for message in received["Messages"]] == ["hello"]
        create_table(aws, "notify")
        assert aws.client("dynamodb").scan(TableName="notify")["Items"] == [item]
    finally:
        again.stop()
    await _nothing_is_left(tmp_path, port)
