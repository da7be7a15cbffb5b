"""What a web page that a developer visits can do to the stack on the same machine: nothing.

A browser reaches every port of the loopback interface. It sends a page's request without asking
first if it is simple, and shows the page no answer that does not say so; or it is given a name of
the page's own for 127.0.0.1, and then sends anything, and shows everything, under that name.
"""

import asyncio
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fixtures.listeners import descendants, listening_ports
from fixtures.product import Product, User
from fixtures.raw_http import Exchange, Server
from fotograma_local.ports import HOST
from fotograma_local.s3_users import PROVISION
from fotograma_local.services import BUCKET, TABLE, process_names

ELSEWHERE = "elsewhere.example"
PATHS = (
    "/",
    "/_ministack/reset",
    "/_ministack/ses/messages",
    f"/{BUCKET}",
    f"/{BUCKET}/sources/a",
    "/?Action=ListQueues&Version=2012-11-05",
    "/api/overview",
    "/api/definitions",
    "/metrics",
    "/health/ready",
    "/auth/.well-known/jwks.json",
    "/video/limits",
    "/config/",
    "/load",
    "/dir/status",
    "/status",
    "/debug/vars",
    "/debug/pprof/",
)
STATUS_PAGES = frozenset({"/", "/status", "/dir/status"})
SCAN = (
    "X-Amz-Target: DynamoDB_20120810.Scan\r\n"
    "Authorization: AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, "
    f"SignedHeaders=host, Signature={'0' * 64}\r\n"
)
GUEST = "Authorization: Basic Z3Vlc3Q6Z3Vlc3Q=\r\n"


@dataclass(frozen=True)
class Attack:
    """One request of the page's."""

    method: str
    path: str
    host: str
    headers: str = ""
    body: str = ""

    def request(self, port: int) -> bytes:
        """As the browser sends it."""
        body = f"Content-Length: {len(self.body)}\r\n" if self.method != "GET" else ""
        return (
            f"{self.method} {self.path} HTTP/1.1\r\nHost: {self.host}:{port}\r\n"
            f"Origin: https://{ELSEWHERE}\r\nConnection: close\r\n{self.headers}{body}\r\n"
            f"{self.body}"
        ).encode()


def attacks() -> Iterator[Attack]:
    """Simple requests under our names, and any under another."""
    for path in PATHS:
        for host in (HOST, "localhost", ELSEWHERE):
            yield Attack("GET", path, host)
            yield Attack("POST", path, host, "Content-Type: text/plain\r\n", "{}")
        yield Attack("PUT", path, ELSEWHERE, body="x")
        yield Attack("DELETE", path, ELSEWHERE)
        yield Attack("GET", path, ELSEWHERE, GUEST)
    yield Attack("POST", "/", ELSEWHERE, SCAN, f'{{"TableName": "{TABLE}"}}')
    yield Attack("POST", "/", HOST, "Content-Type: text/plain\r\n", f'{{"TableName": "{TABLE}"}}')


def may_be_read(attack: Attack, exchange: Exchange) -> bool:
    """Whether the page sees anything of an answer."""
    head, _, body = exchange.received.partition(b"\r\n\r\n")
    if not exchange.statuses:
        return False
    shown = attack.host == ELSEWHERE or b"access-control-allow-origin" in head.lower()
    return shown and exchange.statuses[-1] < 400 and bool(body)


@pytest.mark.middle
async def test_web_page_elsewhere_reads_and_changes_nothing(product: Product) -> None:
    user = await product.user()  # whose mail has a link that is as good as a password
    await product.settled()
    ports = {port: pid for pid in descendants(os.getpid()) for port in listening_ports(pid)}
    own = [int(product.stack.address(name).rpartition(":")[2]) for name in process_names(2)]
    gateway = product.stack.gateway.ports
    known = {*own, gateway.gateway, gateway.gateway_store, product.stack.postgres.port}
    assert known < set(ports)
    before = await state(product)

    read = [each for found in await asyncio.gather(*map(readable, ports)) for each in found]

    told = {
        f"{program(ports[port])} at {port}: {attack.method} {attack.path} of {attack.host}"
        for port, attack, _ in read
        if attack.path.partition("?")[0] not in pages_for_all(product, port, program(ports[port]))
    }
    assert sorted(told) == []
    contents = b"".join(body for _, _, body in read)
    assert [secret for secret in secrets(product, user) if secret.encode() in contents] == []
    assert await state(product) == before


def pages_for_all(product: Product, port: int, program: str) -> frozenset[str]:
    """Pages that cannot be switched off, and tell nothing that is anybody's.

    RabbitMQ's asks for a password. Those of SeaweedFS's inner servers show how full they are.
    """
    if port == product.stack.rabbitmq.management_port:
        return frozenset({"/"})
    is_inner = program == "weed" and not product.stack.store.endpoint_url.endswith(f":{port}")
    return STATUS_PAGES if is_inner else frozenset()


def secrets(product: Product, user: User) -> list[str]:
    """What none of those pages may show."""
    keys = [each.secret_access_key for each in product.stack.store.users.values()]
    return [user.email, *keys]


def program(pid: int) -> str:
    """The name of the program that a process runs."""
    return Path(f"/proc/{pid}/comm").read_text().strip()


async def readable(port: int) -> list[tuple[int, Attack, bytes]]:
    """What of a port the page sees, with its bodies. Who speaks no HTTP is silent, or hangs up."""
    if not (await answer(port, Attack("GET", "/", HOST))).statuses:
        return []
    answers = [(attack, await answer(port, attack)) for attack in attacks()]
    return [
        (port, attack, exchange.received)
        for attack, exchange in answers
        if may_be_read(attack, exchange)
    ]


async def answer(port: int, attack: Attack) -> Exchange:
    """What comes back."""
    try:
        return await Server(HOST, port).exchange(attack.request(port))
    except TimeoutError:
        return Exchange(b"", ended=False)


async def state(product: Product) -> dict[str, Any]:
    """What there is to lose."""

    def look() -> dict[str, Any]:
        stack = product.stack
        s3, sqs, dynamodb = (
            stack.store.of(PROVISION).client("s3"),
            stack.aws.client("sqs"),
            stack.aws.client("dynamodb"),
        )
        return {
            "mail": len(stack.aws.mailbox()),
            "buckets": [each["Name"] for each in s3.list_buckets()["Buckets"]],
            "queues": sqs.list_queues()["QueueUrls"],
            "rows": dynamodb.scan(TableName=TABLE)["Count"],
            "RabbitMQ's queues": sorted(stack.rabbitmq.queues()),
        }

    return {
        "users": await product.fetch_value("auth", "SELECT count(*) FROM users"),
        "objects": await product.objects(),
        **await asyncio.to_thread(look),
    }
