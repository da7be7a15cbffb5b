"""S3 behind the gateway, attacked by who has an account and presigned URLs of their own."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from fixtures.clips import make_clip
from fixtures.composition import ComposedProduct
from fixtures.product import Archive, fetch
from fixtures.store_attacks import PART, Store
from fotograma_local.s3_users import PROVISION

BUCKET = "fotograma"
S3_URL = "https://localhost:8443"
COMMAND_PORT = 18333
"""Of SeaweedFS's S3 server, for commands that name users; in every network that S3 is in."""
_CALL = """
import socket, ssl, sys
context = ssl.create_default_context()
context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
context.set_alpn_protocols(["h2"])
preface = b"PRI * HTTP/2.0\\r\\n\\r\\nSM\\r\\n\\r\\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])
for wrap in (lambda each: each, context.wrap_socket):
    try:
        with wrap(socket.create_connection(("s3", int(sys.argv[1])), timeout=5)) as connection:
            connection.sendall(preface)
            print("answered" if connection.recv(9) else "closed")
    except ssl.SSLError as error:
        print(error.reason)
"""


@pytest.fixture
async def http(product: ComposedProduct) -> AsyncIterator[httpx.AsyncClient]:
    """Whoever reaches the address."""
    async with httpx.AsyncClient(trust_env=False, timeout=60) as http:
        yield http


async def test_store_refuses_what_is_not_presigned(
    product: ComposedProduct, http: httpx.AsyncClient, tmp_path: Path
) -> None:
    victim, attacker = await product.user(), await product.user()
    extracted = await victim.upload(make_clip(tmp_path / "clip.mp4", seconds=1))
    await victim.completed(extracted)
    url = await download_url(victim.http, extracted.video_id)
    content = await fetch(url)
    Archive(content).assert_whole()
    key = urlsplit(url).path.removeprefix(f"/{BUCKET}/")
    own = await attacker.upload(make_clip(tmp_path / "own.mp4", seconds=1))
    await attacker.completed(own)
    upload_id, part_url = await open_upload(attacker.http)
    read_url = await download_url(attacker.http, own.video_id)
    store = Store(S3_URL, BUCKET, key, part_url, read_url)
    s3 = product.stack.store.of(PROVISION).client("s3")
    before = objects(s3)

    answers = {attack.name: (await attack.send(http)).status_code for attack in store.attacks()}

    assert {name: status for name, status in answers.items() if status < 400} == {}
    for attack in store.attacks():
        assert not attack.has_header or answers[attack.name] == 403, attack.name
    assert objects(s3) == before
    assert (await attacker.http.get(f"/video/uploads/{upload_id}")).json()["parts"] == []
    assert await fetch(url) == content
    # And what the URL is for it does.
    assert (await http.put(part_url, content=PART)).status_code == 200
    (part,) = (await attacker.http.get(f"/video/uploads/{upload_id}")).json()["parts"]
    assert part["size_bytes"] == len(PART)
    assert (await attacker.http.delete(f"/video/uploads/{upload_id}")).status_code == 204


@pytest.mark.parametrize("service", ["worker", "video-api"])
def test_store_command_port_is_closed(product: ComposedProduct, service: str) -> None:
    composition = product.composition
    container, *_ = composition.containers(service)
    answers = composition.execute(container, "python", "-c", _CALL, str(COMMAND_PORT))
    assert answers.split() == ["closed", "TLSV13_ALERT_CERTIFICATE_REQUIRED"]


async def download_url(http: httpx.AsyncClient, video_id: str) -> str:
    """Where the archive of a video is."""
    return str((await http.get(f"/video/{video_id}/download")).headers["Location"])


async def open_upload(http: httpx.AsyncClient) -> tuple[str, str]:
    """An upload of one small part: its id, and where the part goes."""
    body = {"name": "small.mp4", "size_bytes": len(PART)}
    upload_id = (await http.post("/video/uploads", json=body)).json()["id"]
    signed = await http.post(f"/video/uploads/{upload_id}/parts", json={"numbers": [1]})
    return upload_id, signed.json()["urls"]["1"]


def objects(s3: Any) -> dict[str, str]:
    """What is in the bucket, by key: what tells one content from another. Pieces come and go."""
    found = s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])
    return {each["Key"]: each["ETag"] for each in found if "/pieces/" not in each["Key"]}
