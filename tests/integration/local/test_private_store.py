"""The embedded SeaweedFS keeps what it took, answers nobody but S3's users, and leaves nothing."""

import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from botocore.exceptions import BotoCoreError, ClientError
from fixtures.deadlines import until
from fixtures.leftovers import processes_of
from fixtures.listeners import listening_ports
from fotograma_local.ports import HOST, answers, free_ports
from fotograma_local.provision import create_bucket
from fotograma_local.s3_users import PROVISION, VIDEO, WORKER, s3_users
from fotograma_local.seaweedfs import (
    PARTS,
    SeaweedFS,
    SeaweedFSContainer,
    SeaweedFSPorts,
    seaweedfs_server,
)
from fotograma_local.secrets import Secrets

BUCKET = "videos"
PAGE = "http://localhost:8080"
PART_BYTES = 5 * 1024**2
WRITERS = 6
SECRET = b"frames of somebody's video"
EVIL = "https://evil.example"
PATHS = (
    *("/", "/ui/index.html", "/status", "/metrics", "/debug/pprof/", "/1,01637037d6"),
    *("/dir/status", "/dir/assign", "/vol/grow", "/cluster/status", "/buckets/", "/etc/iam/"),
    *(f"/{BUCKET}", f"/{BUCKET}/secret", f"/buckets/{BUCKET}/secret"),
)
"""What the four servers serve, or would if they were asked to."""

Store = SeaweedFS | SeaweedFSContainer


def store(folder: Path, ports: SeaweedFSPorts) -> Store:
    """A server on a data folder, with the product's users."""
    secrets = Secrets.in_folder(folder / "secrets")
    users = s3_users(secrets, BUCKET).values()
    return seaweedfs_server(folder / "data", ports=ports, users=users, log=folder / "log")


def eight_ports() -> SeaweedFSPorts:
    return SeaweedFSPorts(*free_ports(8))


def client(server: Store, user: str = PROVISION) -> Any:
    return server.address.of(user).client("s3", attempts=1)


def put(s3: Any, key: str, content: bytes) -> str:
    return str(s3.put_object(Bucket=BUCKET, Key=key, Body=content)["ETag"])


def read(s3: Any, key: str) -> bytes:
    content: bytes = s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
    return content


def start_upload(s3: Any, key: str) -> tuple[str, str]:
    """Its id, and the ETag of its first part."""
    upload_id = s3.create_multipart_upload(Bucket=BUCKET, Key=key)["UploadId"]
    return upload_id, upload_part(s3, key, upload_id, 1)


def upload_part(s3: Any, key: str, upload_id: str, number: int) -> str:
    part = {"Bucket": BUCKET, "Key": key, "UploadId": upload_id, "PartNumber": number}
    return str(s3.upload_part(**part, Body=bytes([number]) * PART_BYTES)["ETag"])


def sockets(ports: SeaweedFSPorts) -> list[Path]:
    """What a server with these ports has left where everybody may write."""
    return [
        path
        for part in PARTS
        for path in Path("/tmp").glob(f"*-{part}-*{ports.of(part)[1]}*")  # noqa: S108
    ]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One server for all tests that do not end it."""
    server = store(tmp_path_factory.mktemp("store"), eight_ports())
    server.start()
    create_bucket(server.address.of(PROVISION), BUCKET, [PAGE])
    yield server
    server.kill()


@pytest.mark.parametrize("end", ["stop", "kill"])
@pytest.mark.middle
async def test_store_finds_objects_and_uploads_again(tmp_path: Path, end: str) -> None:
    ports = eight_ports()
    server = store(tmp_path, ports)
    server.start()
    create_bucket(server.address.of(PROVISION), BUCKET, [PAGE])
    assert len(sockets(ports)) == len(PARTS)
    etag = put(client(server), "a/b", b"frames")
    upload_id, first = start_upload(client(server), "sources/1")
    getattr(server, end)()
    await until(lambda: not processes_of(tmp_path))
    assert not any(answers(port) for port in (ports.s3, ports.master, ports.volume, ports.filer))
    assert not sockets(ports)

    # Whoever took one of its ports meanwhile does not keep it from its data.
    again = store(tmp_path, replace(eight_ports(), s3=ports.s3))
    again.start()
    try:
        s3 = client(again)
        assert read(s3, "a/b") == b"frames"
        assert s3.head_object(Bucket=BUCKET, Key="a/b")["ETag"] == etag
        second = upload_part(s3, "sources/1", upload_id, 2)
        parts = [{"PartNumber": n, "ETag": tag} for n, tag in enumerate((first, second), 1)]
        s3.complete_multipart_upload(
            Bucket=BUCKET, Key="sources/1", UploadId=upload_id, MultipartUpload={"Parts": parts}
        )
        assert read(s3, "sources/1") == b"\x01" * PART_BYTES + b"\x02" * PART_BYTES
        assert put(s3, "a/b", b"frames") == etag
    finally:
        again.kill()


class Writer(threading.Thread):
    """Stores objects until it cannot; knows which of them were taken."""

    def __init__(self, s3: Any, number: int) -> None:
        super().__init__()
        self._s3 = s3
        self._number = number
        self.taken: dict[str, bytes] = {}

    def run(self) -> None:
        while True:
            key = f"{self._number}/{len(self.taken)}"
            content = key.encode() * (20_000 * (1 + len(self.taken) % 5))
            try:
                put(self._s3, key, content)
            except (BotoCoreError, ClientError):
                return
            self.taken[key] = content


@pytest.mark.middle
async def test_store_killed_under_load_has_everything_it_took(tmp_path: Path) -> None:
    ports = eight_ports()
    server = store(tmp_path, ports)
    server.start()
    create_bucket(server.address.of(PROVISION), BUCKET, [PAGE])
    writers = [Writer(client(server), number) for number in range(WRITERS)]
    for writer in writers:
        writer.start()
    await until(lambda: all(len(writer.taken) > 20 for writer in writers), 60)
    server.kill()
    for writer in writers:
        writer.join(30)

    again = store(tmp_path, ports)
    again.start()
    try:
        s3 = client(again)
        for writer in writers:
            for key, content in writer.taken.items():
                assert read(s3, key) == content, key
    finally:
        again.kill()


@pytest.mark.middle
def test_store_lets_no_page_in_at_any_port(running: Store) -> None:
    s3 = client(running)
    put(s3, "secret", SECRET)
    ports = listening_ports(running.process.pid)
    assert len(ports) == 8
    with httpx.Client(trust_env=False, timeout=10, headers={"Origin": EVIL}) as http:
        for port in ports:
            for method in ("GET", "OPTIONS", "PUT", "POST", "DELETE"):
                for path in PATHS:
                    assert not let_in(http, method, f"http://{HOST}:{port}{path}"), (port, path)
    assert read(s3, "secret") == SECRET
    assert [each["Name"] for each in s3.list_buckets()["Buckets"]] == ["fotograma-ready", BUCKET]


def let_in(http: httpx.Client, method: str, url: str) -> bool:
    """Whether a page of another site was shown an object, or may read anything that it was told."""
    try:
        answer = http.request(method, url, content=b"x" if method in {"PUT", "POST"} else None)
    except httpx.TransportError:
        return False
    may_read = answer.headers.get("access-control-allow-origin") in {"*", EVIL}
    return SECRET in answer.content or (may_read and answer.is_success and bool(answer.content))


@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "DELETE"])
def test_store_s_volumes_want_signatures(running: Store, method: str) -> None:
    volume = next(
        option.partition("=")[2]
        for option in running.process.program.command
        if option.startswith("-volume.port=")
    )
    answer = httpx.request(method, f"http://{HOST}:{volume}/1,01637037d6", trust_env=False)
    assert answer.status_code == 401


def test_store_s_parts_talk_to_nobody_without_their_certificate(running: Store) -> None:
    # What a gRPC client says first in clear text; TLS answers with an alert, or not at all.
    hello = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(3) + b"\x04" + bytes(5)
    for port in running.process.program.command:
        name, _, number = port.partition("=")
        if name.endswith(".port.grpc"):
            with socket.create_connection((HOST, int(number)), 5) as connection:
                connection.sendall(hello)
                assert not connection.recv(100).startswith(b"\x00\x00"), name


@pytest.mark.parametrize(
    ("user", "key", "may"),
    [
        (VIDEO, "sources/1/video", True),
        (WORKER, "extractions/1/archive", True),
        (WORKER, "sources/1/video", False),
    ],
)
def test_store_lets_each_user_write_what_is_theirs(
    running: Store, user: str, key: str, *, may: bool
) -> None:
    s3 = client(running, user)
    if may:
        put(s3, key, b"x")
        assert read(s3, key) == b"x"
    else:
        with pytest.raises(ClientError, match="AccessDenied"):
            put(s3, key, b"x")


def test_store_keeps_its_files_to_itself_and_takes_little_disk(running: Store) -> None:
    folder = running._folder
    assert folder.stat().st_mode & 0o077 == 0
    identities = json.loads((folder / "s3.json").read_text())
    assert {each["name"] for each in identities["identities"]} == {PROVISION, VIDEO, WORKER}
    used = sum(path.stat().st_blocks * 512 for path in folder.rglob("*") if path.is_file())
    assert used < 5 * 1024**2
